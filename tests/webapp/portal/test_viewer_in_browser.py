"""The study's screen in a real browser: four canvases with the grey levels of the reference conversion."""

from pathlib import Path

import numpy as np
import pytest
from django.conf import settings
from django.test import Client
from numpy.typing import NDArray
from pytest_django.live_server_helper import LiveServer

from dicom_node.convert import convert
from tests import canvases, synthetic
from tests.chromium import chromium, give_session, new_page
from tests.factories import make_study, make_user
from webapp.accounts.roles import Role
from webapp.studies.models import Instance, Study

GREY_LEVELS = (("LINEAR", "MONOCHROME2"), ("SIGMOID", "MONOCHROME2"), ("LUT", "MONOCHROME2"), ("LINEAR", "MONOCHROME1"))


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


def _session() -> str:
    client = Client()
    client.force_login(make_user("bob", Role.ADMINISTRATOR))
    return client.cookies["sessionid"].value


@pytest.mark.peer("chromium")
def test_four_canvases_show_the_grey_levels_of_the_reference_conversion(live_server: LiveServer) -> None:
    study = make_study(views=())
    references = dict(_store(study, number, *levels) for number, levels in enumerate(GREY_LEVELS))
    session = _session()
    broken: list[str] = []
    with chromium() as browser:
        page = new_page(browser, live_server.url)
        page.on("pageerror", lambda error: broken.append(str(error)))
        give_session(page, live_server.url, session)
        page.goto(f"/studies/{study.study_instance_uid}")
        canvases.wait_until_painted(page)
        found = canvases.read(page)
        page.keyboard.press("?")
        page.get_by_role("dialog").wait_for()
    assert broken == []
    assert set(found) == set(references)
    for (sop, reference), levels in zip(references.items(), GREY_LEVELS, strict=True):
        canvases.expect_levels(found[sop], reference, " ".join(levels))
