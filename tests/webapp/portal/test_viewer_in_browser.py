"""The study's screen in a real browser: four canvases with the grey levels of the reference conversion."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.conf import settings
from django.test import Client
from numpy.typing import NDArray
from playwright.sync_api import Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from dicom_node.convert import convert
from tests import figures, synthetic
from tests.factories import make_study, make_user
from tests.journey.programs import path_of
from webapp.accounts.roles import Role
from webapp.studies.models import Instance, Study

GREY_LEVELS = (("LINEAR", "MONOCHROME2"), ("SIGMOID", "MONOCHROME2"), ("LUT", "MONOCHROME2"), ("LINEAR", "MONOCHROME1"))
MARGIN, STEP = 20, 9
# of 255: a sample between pixels is a mean of them, and the canvas rounds
MEAN_LIMIT, LARGEST_LIMIT = 1.0, 10.0

_READ_CANVASES = """() => [...document.querySelectorAll('[data-viewport]')].map((view) => {
  const canvas = view.querySelector('canvas');
  const plane = view.querySelector('[data-testid=plane]').getAttribute('transform');
  const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  return {
    sop: view.dataset.sop, width: canvas.width, height: canvas.height,
    matrix: plane.match(/matrix\\((.*)\\)/)[1].split(' ').map(Number),
    red: Array.from(pixels.filter((_, index) => index % 4 === 0)),
  };
})"""


def _store(study: Study, number: int, voi: str, photometric: str) -> tuple[str, NDArray[np.float64]]:
    """Put one view into the archive; return its UID and its grey levels, 0 to 255, as the conversion has them."""
    laterality, view = synthetic.EXPECTED_VIEWS[number]
    image = synthetic.make_mg(
        laterality=laterality, view=view, voi=voi, photometric=photometric, study=1, instance_number=number + 1
    )
    image.StudyInstanceUID = study.study_instance_uid
    folder: Path = settings.NODE_ARCHIVE_DIR
    folder.mkdir(parents=True, exist_ok=True)
    path = synthetic.write(image, folder / f"{image.SOPInstanceUID}.dcm")
    Instance.objects.create(
        study=study,
        sop_instance_uid=str(image.SOPInstanceUID),
        sop_class_uid=str(image.SOPClassUID),
        series_instance_uid=str(image.SeriesInstanceUID),
        transfer_syntax_uid="1.2.840.10008.1.2.1",
        path=path.name,
        size_bytes=path.stat().st_size,
        laterality=laterality,
        view=view,
        received_from="PACS",
        received_address="127.0.0.1",
        received_at=study.last_received_at,
        receive_ms=1.0,
    )
    return str(image.SOPInstanceUID), convert(path).pixels / 257.0


def _differences(canvas: dict[str, Any], reference: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what a canvas departs from the reference at its sample points, of 255."""
    painted = np.asarray(canvas["red"], np.float64).reshape(canvas["height"], canvas["width"])
    scale_x, _, _, scale_y, left, top = canvas["matrix"]
    rows, columns = np.mgrid[MARGIN : canvas["height"] - MARGIN : STEP, MARGIN : canvas["width"] - MARGIN : STEP]
    x = ((columns + 0.5 - left) / scale_x).astype(int)
    y = ((rows + 0.5 - top) / scale_y).astype(int)
    inside = (x > 8) & (y > 8) & (x < reference.shape[1] - 8) & (y < reference.shape[0] - 8)
    found: NDArray[np.float64] = np.abs(painted[rows, columns][inside] - reference[y[inside], x[inside]])
    return found


def _session() -> str:
    client = Client()
    client.force_login(make_user("bob", Role.ADMINISTRATOR))
    return client.cookies["sessionid"].value


def _open(page: Page, server: LiveServer, study: Study, session: str) -> None:
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": server.url}])
    page.goto(f"{server.url}/studies/{study.study_instance_uid}")
    page.locator("[data-painted=true]").nth(3).wait_for(timeout=120_000)
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


@pytest.mark.peer("chromium")
def test_four_canvases_show_the_grey_levels_of_the_reference_conversion(live_server: LiveServer) -> None:
    study = make_study(views=())
    references = dict(_store(study, number, *levels) for number, levels in enumerate(GREY_LEVELS))
    session = _session()
    broken: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path_of("chromium"), args=["--no-sandbox"])
        page = browser.new_page(locale="en-GB", viewport={"width": 1700, "height": 1000}, color_scheme="dark")
        page.on("pageerror", lambda error: broken.append(str(error)))
        _open(page, live_server, study, session)
        canvases = page.evaluate(_READ_CANVASES)
        page.keyboard.press("?")
        page.get_by_role("dialog").wait_for()
        browser.close()
    assert broken == []
    assert {canvas["sop"] for canvas in canvases} == set(references)
    for canvas, levels in zip(canvases, GREY_LEVELS, strict=True):
        found = _differences(canvas, references[canvas["sop"]])
        figures.note(
            f"{levels[0]} {levels[1]} on canvas: {found.size} points, mean {found.mean():.2f}, max {found.max():.1f}"
        )
        assert found.size > 500
        assert found.mean() < MEAN_LIMIT
        assert found.max() < LARGEST_LIMIT
