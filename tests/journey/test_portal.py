"""The portal in a real browser before the running node: what radiologists, clinicians and strangers find there."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page, expect

from dicom_node.convert import convert
from tests import canvases, synthetic
from tests.chromium import chromium, new_page, violations
from tests.journey import dcmtk, portal, studies
from tests.journey.node import Node
from tests.journey.portal import Account, Signed
from tests.webapp.diagnosis.uploads import encoded, phantom

pytestmark = [pytest.mark.peer("chromium"), pytest.mark.peer("dcmsend")]

NAME = "portal"
# of the four views, in the order of EXPECTED_VIEWS
GREY_LEVELS = (("LINEAR", "MONOCHROME2"), ("SIGMOID", "MONOCHROME2"), ("LUT", "MONOCHROME2"), ("LINEAR", "MONOCHROME1"))


@dataclass(frozen=True)
class Sent:
    """A study that DCMTK sent while Alice watched her worklist, and the grey levels of its files, 0 to 255."""

    uid: str
    levels: dict[str, NDArray[np.float64]]
    sop_of: dict[str, str]
    row_text: str


@pytest.fixture(scope="module")
def accounts(node: Node) -> dict[str, Account]:
    return portal.make_accounts(node, **{"alice-portal": ("radiologist",), "charlie-portal": ()})


@pytest.fixture(scope="module")
def alice(accounts: dict[str, Account]) -> Account:
    return accounts["alice-portal"]


@pytest.fixture(scope="module")
def signed(node: Node) -> Iterator[Signed]:
    with chromium() as browser:
        yield Signed(browser, node.url)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> studies.PhantomStudy:
    """Four views of one study, each brought to grey levels in another way."""
    images = [
        studies.image(
            NAME,
            laterality=side,
            view=view,
            instance_number=number,
            rows=1024,
            columns=768,
            voi=voi,
            photometric=photometric,
        )
        for number, ((side, view), (voi, photometric)) in enumerate(
            zip(synthetic.EXPECTED_VIEWS, GREY_LEVELS, strict=True), start=1
        )
    ]
    return studies.write(images, tmp_path_factory.mktemp("portal"), NAME)


@pytest.fixture(scope="module")
def sent(node: Node, signed: Signed, alice: Account, files: studies.PhantomStudy) -> Sent:
    """Send the study while the worklist is open, and wait until it stands there as sent, without a reload."""
    with signed.page(alice, "/worklist") as page:
        page.get_by_role("searchbox").fill(f"PID-7Q4XK-{studies.seed_of(NAME)}")
        page.get_by_text("No studies here").wait_for()
        page.evaluate("() => { globalThis.neverReloaded = true; }")
        outcome = dcmtk.dcmsend(files.paths, node.dicom_port)
        assert outcome.statuses == (0, 0, 0, 0), outcome.text
        row = page.get_by_role("row").filter(has_text=str(studies.seed_of(NAME)))
        row.wait_for()
        row.filter(has_text=re.compile("Sent|Delivered")).wait_for(timeout=90_000)
        assert page.evaluate("() => globalThis.neverReloaded") is True
        text = row.inner_text()
    names = [f"{side} {view}" for side, view in synthetic.EXPECTED_VIEWS]
    return Sent(
        files.uid,
        {uid: convert(path).pixels / 257.0 for uid, path in zip(files.sop_instance_uids, files.paths, strict=True)},
        dict(zip(names, files.sop_instance_uids, strict=True)),
        text,
    )


@pytest.fixture
def study_page(signed: Signed, alice: Account, sent: Sent) -> Iterator[Page]:
    """The study's screen, painted."""
    with signed.page(alice, f"/studies/{sent.uid}") as page:
        canvases.wait_until_painted(page)
        yield page


def test_a_study_comes_to_the_open_worklist_and_is_analysed_there(sent: Sent) -> None:
    assert "4 of 4 analysed" in sent.row_text
    assert re.search(r"\d %|\d%", sent.row_text), "no score"


def test_the_row_opens_four_views_with_the_grey_levels_of_the_reference_conversion(
    signed: Signed, alice: Account, sent: Sent
) -> None:
    with signed.page(alice, f"/worklist?search=PID-7Q4XK-{studies.seed_of(NAME)}") as page:
        page.get_by_role("row").get_by_role("link").click()
        canvases.wait_until_painted(page)
        # full data wait for the pictures, which come from the cache as likely as not
        expect(page.locator("[data-viewport][data-previewed=true]")).to_have_count(4)
        found = canvases.read(page)
        for name, sop in sent.sop_of.items():
            label = portal.view(page, name).get_by_test_id("label")
            expect(label).to_contain_text(name)
            assert portal.view(page, name).get_attribute("data-sop") == sop
        assert violations(page) == []
    assert set(found) == set(sent.levels)
    for (sop, levels), kind in zip(sent.levels.items(), GREY_LEVELS, strict=True):
        canvases.expect_levels(found[sop], levels, "C-STORE, " + " ".join(kind))


def test_marks_and_heat_map_are_off_until_a_key_shows_them(study_page: Page) -> None:
    marks, heat = study_page.get_by_role("button", name="AI marks"), study_page.get_by_test_id("heat-map")
    said = study_page.get_by_text(re.compile("marks? of the AI, research use only"))
    assert (marks.get_attribute("aria-pressed"), said.count(), heat.count()) == ("false", 0, 0)
    study_page.keyboard.press("m")
    expect(said).to_have_count(4)
    expect(marks).to_have_attribute("aria-pressed", "true")
    with study_page.expect_response(re.compile(r"saliency\.png$")) as answered:
        study_page.keyboard.press("h")
    assert answered.value.status == 200
    expect(heat).to_have_count(4)
    for key in "mh":
        study_page.keyboard.press(key)
    expect(said).to_have_count(0)
    expect(heat).to_have_count(0)


def test_the_panel_shows_scores_what_the_ai_saw_and_the_stages(study_page: Page) -> None:
    results = portal.section(study_page, "AI results")
    expect(results.get_by_text("Research use only. Not for diagnosis.")).to_be_visible()
    expect(results.get_by_test_id("study-probability")).to_have_text(re.compile(r"\d"))
    seen = portal.section(study_page, "What the AI saw").get_by_role("img", name=re.compile("the network was given it"))
    expect(seen).to_be_visible()
    study_page.wait_for_function("(image) => image.complete && image.naturalWidth > 100", arg=seen.element_handle())
    timeline = portal.section(study_page, "Timeline")
    for stage in ("Received", "Complete", "Analysed", "Sent"):
        expect(timeline.get_by_text(stage, exact=True).first).to_be_visible()


def test_a_review_is_saved_and_there_after_a_reload(study_page: Page) -> None:
    right = study_page.get_by_role("group", name="Right breast")
    right.get_by_label("BI-RADS category").select_option("4A")
    study_page.get_by_label("Comment").fill("Spiculated, in the upper outer quadrant.")
    study_page.get_by_role("button", name="Save review").click()
    entry = study_page.get_by_test_id("review").filter(has_text="Spiculated")
    expect(entry).to_contain_text("BI-RADS 4A")
    study_page.reload()
    canvases.wait_until_painted(study_page)
    expect(entry).to_contain_text(re.compile("alice", re.IGNORECASE))
    expect(study_page.get_by_test_id("reading-state")).to_contain_text(re.compile("alice", re.IGNORECASE))


def _matrix(page: Page, name: str) -> list[float]:
    words = portal.view(page, name).get_by_test_id("plane").get_attribute("transform") or ""
    return [float(word) for word in words.removeprefix("matrix(").removesuffix(")").split(" ")]


def test_a_length_is_measured_in_millimetres_at_the_detector(study_page: Page) -> None:
    box = portal.view(study_page, "L CC").bounding_box()
    assert box is not None
    x, y = box["x"] + 40, box["y"] + box["height"] / 2
    study_page.keyboard.press("l")
    study_page.mouse.move(x, y)
    study_page.mouse.down()
    study_page.mouse.move(x + 30, y + 40, steps=4)
    study_page.mouse.up()
    said = portal.view(study_page, "L CC").get_by_test_id("length")
    expect(said).to_contain_text("at the detector")
    millimetres = float((said.text_content() or "").split(" mm")[0])
    # thirty across and forty down are fifty of the screen
    expected = 50 / _matrix(study_page, "L CC")[0] * synthetic.PIXEL_SPACING_MM
    assert millimetres == pytest.approx(expected, abs=0.06)


_READ_LENS = """(lens) => {
  const pixels = lens.getContext('2d').getImageData(0, 0, lens.width, lens.height).data;
  return Array.from(pixels.filter((_, index) => index % 4 === 0));
}"""


def test_the_magnifier_shows_stored_pixels_where_it_is_held(study_page: Page, sent: Sent) -> None:
    one = portal.view(study_page, "L CC")
    box = one.bounding_box()
    assert box is not None
    across, down = 60.0, box["height"] / 2
    study_page.keyboard.press("g")
    study_page.mouse.move(box["x"] + across, box["y"] + down)
    study_page.mouse.down()
    lens = one.locator("canvas[aria-hidden=true]")
    side = int(lens.get_attribute("width") or 0)
    shown = np.asarray(lens.evaluate(_READ_LENS), np.float64).reshape(side, side)
    study_page.mouse.up()
    expect(lens).to_have_count(0)
    scale_x, _, _, scale_y, left, top = _matrix(study_page, "L CC")
    column, row = round((across - left) / scale_x) - side // 2, round((down - top) / scale_y) - side // 2
    levels = sent.levels[sent.sop_of["L CC"]]
    near = [
        np.abs(shown - levels[row + dy : row + dy + side, column + dx : column + dx + side]).max()
        for dx in (-1, 0, 1)
        for dy in (-1, 0, 1)
    ]
    assert min(near) <= 1.0, "the lens shows the pixels under it, give or take the pixel that the pointer is on"


def test_a_png_is_uploaded_with_its_result_and_what_is_no_image_is_refused_in_words(
    signed: Signed, alice: Account, tmp_path: Path
) -> None:
    picture = tmp_path / "film.png"
    picture.write_bytes(encoded("PNG", phantom(seed=31)))
    with signed.page(alice, "/upload") as page:
        portal.choose(page, picture)
        card = page.get_by_role("article", name="film.png")
        card.get_by_text("Confidence").wait_for()
        assert card.get_by_text(re.compile("^(Benign|Malignant)$")).count() == 1
        assert card.get_by_text("Research use only. Not for diagnosis.").is_visible()
        heat = card.get_by_role("img", name=re.compile("Heat map"))
        page.wait_for_function("(image) => image.complete && image.naturalWidth > 100", arg=heat.element_handle())
        portal.drop(page, page.get_by_role("group", name="Drop mammograms here"), "notes.txt", b"no image at all")
        refusal = page.get_by_role("article", name="notes.txt").get_by_role("alert")
        expect(refusal).to_contain_text("PNG, JPEG")
        assert violations(page) == []


def test_a_chat_comes_to_an_assessment_whose_guidelines_outlast_a_reload(node: Node, signed: Signed) -> None:
    page = new_page(signed.browser, node.url)
    broken = portal.watch(page)
    page.goto("/chat")
    portal.talk_until_assessed(page, "Hello, I am a woman of 45 and I have a lump in my breast")
    cited = page.get_by_role("listitem").get_by_role("link")
    expect(cited.first).to_have_attribute("href", re.compile("^https://"))
    titles = cited.all_inner_texts()
    page.reload()
    page.locator("#assessment").wait_for()
    assert cited.all_inner_texts() == titles
    page.context.close()
    assert broken == []


def test_charlie_without_a_role_sees_no_study(signed: Signed, accounts: dict[str, Account], sent: Sent) -> None:
    charlie = accounts["charlie-portal"]
    with signed.page(charlie, "/") as page:
        page.get_by_role("heading", name="Nothing to see for this account").wait_for()
        page.goto("/worklist")
        page.get_by_text(re.compile("Not for this account|No studies here")).wait_for()
        assert page.get_by_role("row").count() == 0
        page.goto(f"/studies/{sent.uid}")
        page.get_by_text(re.compile("^(Not found|Not for this account)$")).wait_for()
        assert "7Q4XK" not in page.content()
        assert page.locator("canvas").count() == 0


def test_who_does_nothing_is_warned_and_signed_out(node: Node, signed: Signed, alice: Account) -> None:
    page = new_page(signed.browser, node.url)
    page.clock.install()
    page.goto("/worklist")
    portal.sign_in(page, alice)
    page.get_by_role("heading", name="Worklist").wait_for()
    portal.leave_seconds(node, page, 8)
    # the page asks how long its session has
    page.clock.fast_forward(31_000)
    page.clock.resume()
    warning = page.get_by_role("dialog", name="You will be signed out")
    expect(warning.get_by_role("timer")).to_have_text(re.compile("second"))
    page.get_by_text("You were signed out because nothing was done for a while.").wait_for()
    page.goto("/worklist")
    page.get_by_label("User name").wait_for()
    page.context.close()


def test_the_whole_way_without_a_mouse(node: Node, signed: Signed, alice: Account, sent: Sent) -> None:
    page = new_page(signed.browser, node.url)
    broken = portal.watch(page)
    page.goto(f"/worklist?search=PID-7Q4XK-{studies.seed_of(NAME)}")
    portal.tab_to(page, page.get_by_label("User name"))
    page.keyboard.type(alice.name)
    portal.tab_to(page, page.locator("input[name=password]"))
    page.keyboard.type(alice.password)
    page.keyboard.press("Enter")
    portal.tab_to(page, page.get_by_role("row").get_by_role("link"))
    page.keyboard.press("Enter")
    canvases.wait_until_painted(page)
    page.keyboard.press("m")
    expect(page.get_by_role("button", name="AI marks")).to_have_attribute("aria-pressed", "true")
    portal.tab_to(page, portal.view(page, "R MLO"))
    page.keyboard.press("Enter")
    expect(page.locator("[data-viewport]")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator("[data-viewport]")).to_have_count(4)
    page.keyboard.press("?")
    page.get_by_role("dialog", name="Keyboard shortcuts").wait_for()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    portal.tab_to(page, page.get_by_role("button", name="Sign out"))
    page.keyboard.press("Enter")
    page.get_by_label("User name").wait_for()
    page.context.close()
    assert broken == []
