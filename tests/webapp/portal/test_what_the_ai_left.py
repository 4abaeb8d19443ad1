"""What an analysis left for readers: heat map, the network's input, the reports; and who is not shown it yet."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from django.test import Client
from PIL import Image
from pydicom import dcmread
from pytest_django.fixtures import Settings

from dicom_node import overlay
from dicom_node.sr.measurement import build_measurement_report, to_part10
from tests import synthetic
from tests.dicom_node.sr.cases import content_of, four_views
from tests.factories import make_prediction, make_report, make_round, make_study, make_user
from webapp.accounts.roles import Role
from webapp.studies import saliency_files
from webapp.studies.models import ImageResult, Report, Study, StudyState

pytestmark = pytest.mark.django_db

HEAT = np.linspace(0, 1, 64 * 48, dtype=np.float32).reshape(64, 48)


@pytest.fixture
def study(settings: Settings, tmp_path: Path) -> Study:
    """An analysed study of one image and one report, with their files."""
    settings.NODE_ARCHIVE_DIR = settings.NODE_DERIVED_DIR = tmp_path
    study = make_study(views=(("R", "CC"),))
    round_ = make_round(study, state=StudyState.ANALYSED)
    make_prediction(round_)
    instance = study.instances.get()
    instance.path = synthetic.write(synthetic.make_mg(), tmp_path / "image.dcm").name
    instance.save()
    saliency = saliency_files.keep(round_, instance.sop_instance_uid, HEAT)
    ImageResult.objects.create(
        round=round_, instance=instance, raw_score=0.7, probability=0.8, label="Malignant", saliency=saliency
    )
    images = four_views()
    report = build_measurement_report(content_of(images, probabilities=(0.875, 0.03125, 0.90625, 0.015625)), images)
    (tmp_path / "report.dcm").write_bytes(to_part10(report))
    Report.objects.filter(pk=make_report(round_).pk).update(path="report.dcm")
    return study


def _addresses(study: Study) -> dict[str, str]:
    base = f"/api/v1/studies/{study.study_instance_uid}"
    image, report = study.instances.get().sop_instance_uid, Report.objects.get(round__study=study).sop_instance_uid
    return {
        "saliency": f"{base}/images/{image}/saliency.png",
        "input": f"{base}/images/{image}/input.png",
        "report": f"{base}/reports/{report}/",
        "file": f"{base}/reports/{report}.dcm",
    }


@pytest.fixture
def rita(client: Client, study: Study) -> Client:
    """A radiologist of the study's site."""
    client.force_login(make_user("rita", Role.RADIOLOGIST, sites=(study.site,)))
    return client


def test_the_heat_map_is_the_one_that_was_kept_and_costs_304_when_known(rita: Client, study: Study) -> None:
    answer = rita.get(_addresses(study)["saliency"])
    assert answer.content == overlay.transparent_png(HEAT)
    again = rita.get(_addresses(study)["saliency"], headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_where_no_heat_map_was_kept_the_answer_says_so(rita: Client, study: Study) -> None:
    saliency_files.path_of(ImageResult.objects.get().saliency).unlink()
    answer = rita.get(_addresses(study)["saliency"])
    assert answer.status_code == 404
    assert "no heat map" in answer.json()["detail"]


def test_the_networks_input_is_a_picture_of_its_own_size_with_the_breast_in_it(rita: Client, study: Study) -> None:
    answer = rita.get(_addresses(study)["input"])
    with Image.open(BytesIO(answer.content)) as picture:
        levels = np.asarray(picture)
    assert levels.shape[0] > levels.shape[1] > 100
    assert 0 < np.count_nonzero(levels) < levels.size
    ImageResult.objects.update(probability=None, not_analysed="IMPLANT", reason="An implant is there.")
    assert rita.get(_addresses(study)["input"]).status_code == 409


def test_a_report_is_read_in_words_and_given_as_the_file_that_was_written(
    rita: Client, study: Study, settings: Settings
) -> None:
    body = rita.get(_addresses(study)["report"]).json()
    written = dcmread(settings.NODE_ARCHIVE_DIR / "report.dcm")
    assert body["title"] == written.ConceptNameCodeSequence[0].CodeMeaning
    labels = {item["label"] for item in body["items"]}
    assert {item.ConceptNameCodeSequence[0].CodeMeaning for item in written.ContentSequence} == labels
    answer = rita.get(_addresses(study)["file"])
    assert b"".join(answer.streaming_content) == (settings.NODE_ARCHIVE_DIR / "report.dcm").read_bytes()  # type: ignore[attr-defined]
    assert answer["Content-Disposition"].startswith("attachment")


def test_a_report_whose_file_is_gone_says_so(rita: Client, study: Study, settings: Settings) -> None:
    (settings.NODE_ARCHIVE_DIR / "report.dcm").unlink()
    assert {rita.get(_addresses(study)[kind]).status_code for kind in ("report", "file")} == {410}


def test_before_a_first_impression_nothing_of_the_ai_is_shown(rita: Client, study: Study, settings: Settings) -> None:
    settings.NODE_AI_AFTER_FIRST_IMPRESSION = True
    assert {rita.get(_addresses(study)[kind]).status_code for kind in ("saliency", "report", "file")} == {403}
    body = rita.get(f"/api/v1/studies/{study.study_instance_uid}/").json()
    assert body["ai_hidden"] is True
    assert (body["probability"], body["prediction"], body["breasts"], body["reports"]) == (None, None, [], [])
    (image,) = body["images"]
    assert (image["probability"], image["prediction"], image["marks"], image["has_saliency"]) == (None, None, [], False)


def test_the_timeline_tells_what_happened_in_order(rita: Client, study: Study) -> None:
    timeline = rita.get(f"/api/v1/studies/{study.study_instance_uid}/").json()["timeline"]
    assert timeline[0]["event"] == "received"
    times = [entry["at"] for entry in timeline if entry["at"]]
    assert times == sorted(times)
