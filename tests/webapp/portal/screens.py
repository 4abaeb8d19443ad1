"""Rows and files behind every screen of the portal, and the way to each screen."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import Page
from pydicom.uid import UID

from dicom_node.sr.measurement import build_measurement_report, to_part10
from tests import canvases, synthetic
from tests.dicom_node.sr.cases import content_of, four_views
from tests.factories import make_diagnosis, make_prediction, make_report, make_round, make_study, make_token, make_user
from tests.journey import portal
from webapp.accounts.roles import Role
from webapp.studies import saliency_files
from webapp.studies.models import ImageResult, Instance, Prior, PriorSearch, Report, Round, Study, StudyState

HEAT = np.linspace(0, 1, 64 * 48, dtype=np.float32).reshape(64, 48)
MARK = {
    "centre": [200, 305],
    "outline": [[150, 250], [250, 250], [250, 360], [150, 360]],
    "score": 0.9,
    "probability": 0.7,
}


@dataclass(frozen=True)
class Screen:
    """A screen, and what is done there before it is looked at."""

    name: str
    path: str
    prepare: Callable[[Page], None]
    is_open: bool = False


def rows_behind() -> Study:
    """Write what the screens show into the database and the archive; return the study to open."""
    reader = make_user("alice", Role.ADMINISTRATOR, Role.RADIOLOGIST, is_staff=True)
    study = make_study()
    reader.sites.set([study.site])
    _describe(study, "Phantom^Anna", "ACC-1")
    round_ = make_round(study, state=StudyState.ANALYSED)
    make_prediction(round_, 0.71, breasts=[{"laterality": "R", "probability": 0.71, "label": "Malignant"}])
    for number, instance in enumerate(study.instances.order_by("id"), start=1):
        _analyse(round_, instance, number)
    _prior_of(study)
    images = four_views()
    report = build_measurement_report(content_of(images, probabilities=(0.875, 0.03125, 0.90625, 0.015625)), images)
    path = Path(settings.NODE_ARCHIVE_DIR) / "report.dcm"
    path.write_bytes(to_part10(report))
    Report.objects.filter(pk=make_report(round_).pk).update(path=path.name)
    failed = make_study()
    _describe(failed, "Phantom^Berta", "ACC-2")
    Round.objects.filter(pk=make_round(failed, state=StudyState.FAILED).pk).update(
        failure_stage="send", failure_reason="The PACS refused it."
    )
    _describe(make_study(views=(("R", "CC"),)), "Phantom^Clara", "ACC-3")
    make_diagnosis(reader)
    make_token(reader)
    return study


def _describe(study: Study, name: str, accession: str) -> None:
    study.patient_name, study.accession_number, study.patient_id = name, accession, f"P-{accession}"
    study.save()


def _prior_of(study: Study) -> None:
    """Give a study an earlier one, whose images are here."""
    earlier = make_study()
    _describe(earlier, "Phantom^Anna", "ACC-0")
    for number, instance in enumerate(earlier.instances.order_by("id"), start=1):
        _write(instance, number)
    search = PriorSearch.objects.create(study=study, state=PriorSearch.State.DONE, next_attempt_at=timezone.now())
    Prior.objects.create(
        search=search,
        study_instance_uid=earlier.study_instance_uid,
        study_date=date(2022, 1, 2),
        state=Prior.State.HERE,
        images_expected=4,
        images_here=4,
    )


def _analyse(round_: Round, instance: Instance, number: int) -> None:
    """Give an instance a file, a score, a mark and a heat map."""
    _write(instance, number)
    saliency = saliency_files.keep(round_, instance.sop_instance_uid, HEAT)
    ImageResult.objects.create(
        round=round_,
        instance=instance,
        raw_score=0.7,
        probability=0.71,
        label="Malignant",
        saliency=saliency,
        marks=[MARK],
    )


def _write(instance: Instance, number: int) -> None:
    image = synthetic.make_mg(
        laterality=instance.laterality, view=instance.view, rows=832, columns=512, instance_number=number, study=1
    )
    image.StudyInstanceUID = instance.study.study_instance_uid
    image.SeriesInstanceUID = instance.series_instance_uid
    image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = UID(instance.sop_instance_uid)
    folder = Path(settings.NODE_ARCHIVE_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    path = synthetic.write(image, folder / f"{instance.sop_instance_uid}.dcm")
    instance.path, instance.size_bytes = path.name, path.stat().st_size
    instance.save()


def screens_of(study: Study) -> tuple[Screen, ...]:
    """Return every screen: a new one gets a line here."""
    return (
        Screen("sign-in", "/sign-in", _by_selector("input[name=password]"), is_open=True),
        Screen("chat", "/chat", _by_selector("button[type=submit]"), is_open=True),
        Screen("chat, assessed", "/chat", _assess, is_open=True),
        Screen("not found", "/nowhere", _by_selector("main h1"), is_open=True),
        Screen("worklist", "/worklist?ordering=arrival", _by_selector("tbody tr")),
        Screen("worklist, empty", "/worklist?search=nobody", _by_selector("main [role=status]")),
        Screen("study", f"/studies/{study.study_instance_uid}", _see_study),
        Screen("study, keys", f"/studies/{study.study_instance_uid}", _see_keys),
        Screen("study over its prior", f"/studies/{study.study_instance_uid}", _see_prior),
        Screen("study not found", "/studies/1.2.3", _by_selector("main [role=alert]")),
        Screen("upload", "/upload", _by_selector("main li")),
        Screen("upload, result", "/upload", _open_result),
        Screen("monitoring", "/monitoring", _open_tables),
        Screen("audit trail", "/audit", _prove),
        Screen("account", "/account", _by_selector("main h2 >> nth=3")),
    )


def _by_selector(selector: str) -> Callable[[Page], None]:
    return lambda page: page.locator(selector).first.wait_for()


def _assess(page: Page) -> None:
    portal.talk_until_assessed(page, "Hello, I am a woman of 45 and I have a lump in my breast")


def _see_study(page: Page) -> None:
    canvases.wait_until_painted(page)
    for key in "mh":
        page.keyboard.press(key)
    page.get_by_test_id("heat-map").first.wait_for()
    closed = page.locator("aside button[aria-expanded=false]")
    while closed.count():
        closed.first.click()


def _see_prior(page: Page) -> None:
    canvases.wait_until_painted(page)
    page.get_by_role("button", name="Prior").click()
    page.locator("[data-viewport^=prior][data-painted=true]").nth(1).wait_for()
    assert page.locator("[data-viewport^=current][data-painted=true]").count() == 2
    assert page.get_by_text("Prior of Jan 2, 2024").count() == 2


def _see_keys(page: Page) -> None:
    canvases.wait_until_painted(page)
    page.keyboard.press("?")
    page.get_by_role("dialog").wait_for()


def _open_result(page: Page) -> None:
    page.locator("main li button").first.click()
    page.get_by_role("dialog").locator("dl").wait_for()


def _open_tables(page: Page) -> None:
    """Show the numbers behind the charts."""
    page.locator("main details").first.wait_for()
    closed = page.locator("main details:not([open]) > summary")
    while closed.count():
        closed.first.click()


def _prove(page: Page) -> None:
    page.locator("tbody tr").first.wait_for()
    page.get_by_role("button").filter(has_text="Check the chain").click()
    page.locator("main [role=status], main [role=alert]").first.wait_for()
