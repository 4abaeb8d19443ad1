"""Write docs/screenshots/: every screen of the portal of a running node, with phantoms in it. ``make screenshots``."""

import io
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, Locator, Page

from tests import synthetic
from tests.chromium import chromium, new_page, settle
from tests.journey import portal, studies
from tests.journey.node import Node
from tests.journey.pacs import PlayingPacs
from tests.journey.sender import send
from tests.phantoms import breast_phantom
from tests.webapp.diagnosis.uploads import encoded

FOLDER = Path(__file__).parents[1] / "docs" / "screenshots"
SIZE = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
BYTES_LIMIT = 200_000
NAMES = ("Phantom^Anna", "Phantom^Berta", "Phantom^Clara", "Phantom^Dora")
ROWS, COLUMNS = 2048, 1536


def main() -> int:
    """Start a node, fill it, and photograph its screens; return 1 where a picture is too large."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="mammonode-screens-") as name, PlayingPacs() as pacs:
        node = Node(Path(name), NODE_DESTINATIONS=pacs.destination)
        try:
            print("Starting the node", flush=True)
            node.start()
            uids = [_send(node, Path(name), number) for number in range(len(NAMES))]
            accounts = portal.make_accounts(node, alice=("radiologist",), bob=("administrator",))
            with chromium() as browser:
                _photograph(browser, node, accounts["alice"], uids, Path(name))
                _operations(browser, node, accounts["bob"])
            node.stop()
        finally:
            node.discard()
    too_large = [path.name for path in FOLDER.glob("*.png") if path.stat().st_size > BYTES_LIMIT]
    print(f"Written to {FOLDER}" if not too_large else f"Larger than {BYTES_LIMIT} bytes: {', '.join(too_large)}")
    return 1 if too_large else 0


def _send(node: Node, folder: Path, number: int) -> str:
    """Send one study of four views and wait until it is analysed; the last one lacks two of them."""
    views = synthetic.EXPECTED_VIEWS[: 2 if number == len(NAMES) - 1 else 4]
    images = [
        synthetic.make_mg(
            laterality=laterality,
            view=view,
            seed=40 + number,
            study=40 + number,
            instance_number=place,
            rows=ROWS,
            columns=COLUMNS,
            lesion=laterality == "R" and number % 2 == 0,
            patient_name=NAMES[number],
        )
        for place, (laterality, view) in enumerate(views, start=1)
    ]
    study = studies.write(images, folder, f"study-{number}")
    answers = send(study.paths, node.dicom_port)
    if not all(answer.is_acknowledged for answer in answers):
        raise SystemExit(f"The node did not take the study: {answers}")
    node.wait_for_study(study.uid)
    return study.uid


def _photograph(browser: Browser, node: Node, account: portal.Account, uids: Sequence[str], folder: Path) -> None:
    page = new_page(browser, node.url, viewport=SIZE, color_scheme="light", reduced_motion="reduce")
    page.goto("/")
    page.get_by_label("User name").wait_for()
    _write(page, "sign-in")
    portal.sign_in(page, account)
    page.get_by_role("row").nth(len(uids)).wait_for()
    _write(page, "worklist")
    page.goto("/account")
    page.get_by_role("heading", level=2).nth(3).wait_for()
    _write(page, "account")
    _upload(page, folder)
    _study(page, uids[0])
    page.context.close()
    for name, size in (("chat", SIZE), ("chat-phone", PHONE)):
        page = new_page(browser, node.url, viewport=size, color_scheme="light", reduced_motion="reduce")
        page.goto("/chat")
        portal.talk_until_assessed(page, "Hello, I am a woman of 45 and I have a lump in my breast")
        _scroll_to(page.locator("#assessment"))
        _write(page, name)
        page.context.close()


def _operations(browser: Browser, node: Node, account: portal.Account) -> None:
    page = new_page(browser, node.url, viewport=SIZE, color_scheme="light", reduced_motion="reduce")
    page.goto("/monitoring")
    portal.sign_in(page, account)
    page.get_by_role("heading", name="Monitoring").wait_for()
    page.locator("main svg.recharts-surface").first.wait_for()
    _write(page, "monitoring")
    page.goto("/audit")
    page.locator("tbody tr").first.wait_for()
    page.get_by_role("button", name="Check the chain of hashes").click()
    page.get_by_role("status").first.wait_for()
    _write(page, "audit")
    page.context.close()


def _upload(page: Page, folder: Path) -> None:
    picture = folder / "film.png"
    picture.write_bytes(encoded("PNG", _film()))
    page.goto("/upload")
    portal.choose(page, picture)
    card = page.get_by_role("article", name="film.png")
    heat = card.get_by_role("img", name="Heat map")
    heat.wait_for()
    page.wait_for_function("(image) => image.complete && image.naturalWidth > 0", arg=heat.element_handle())
    _scroll_to(card)
    _write(page, "upload")


def _scroll_to(element: Locator) -> None:
    """Bring it below the header."""
    element.evaluate("(element) => scrollTo(0, element.getBoundingClientRect().top + scrollY - 88)")


def _film() -> NDArray[np.uint8]:
    return breast_phantom(laterality="R", view="CC", rows=1400, columns=1000, bits=8, seed=31, lesion=True).astype(
        np.uint8
    )


def _study(page: Page, uid: str) -> None:
    page.emulate_media(color_scheme="dark")
    portal.open_study(page, uid)
    _write(page, "study")
    with page.expect_response(lambda answer: answer.url.endswith("saliency.png")):
        page.keyboard.press("h")
    page.keyboard.press("m")
    portal.section(page, "AI results")
    page.get_by_role("button", name="AI results", exact=True).click()
    seen = portal.section(page, "What the AI saw").get_by_role("img").last
    page.wait_for_function("(image) => image.complete && image.naturalWidth > 0", arg=seen.element_handle())
    page.wait_for_load_state("networkidle")
    _write(page, "study-ai")
    page.keyboard.press("?")
    page.get_by_role("dialog").wait_for()
    _write(page, "study-keys")
    page.keyboard.press("Escape")
    right = page.get_by_role("group", name="Right breast")
    right.get_by_label("BI-RADS category").select_option("4A")
    page.get_by_label("Comment").fill("Mass in the upper outer quadrant.")
    page.get_by_role("button", name="Save review").click()
    said = page.get_by_test_id("review")
    said.wait_for()
    said.scroll_into_view_if_needed()
    _write(page, "review")


def _write(page: Page, name: str) -> None:
    """Photograph the page with at most 256 colours: small, and no eye sees the difference."""
    settle(page)
    with Image.open(io.BytesIO(page.screenshot(animations="disabled"))) as shown:
        few = shown.convert("RGB").quantize(256, dither=Image.Dither.NONE)
        few.save(FOLDER / f"{name}.png", optimize=True)
    print(f"{name}.png", flush=True)


if __name__ == "__main__":
    sys.exit(main())
