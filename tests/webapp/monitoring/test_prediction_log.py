"""The prediction log: one row a prediction, from the real signals; exported and scoped."""

import csv
import io
import json
import logging
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pydicom import Dataset

from tests.factories import make_delivery, make_report, make_round, make_study, make_user
from tests.journey import leaks
from tests.webapp.monitoring.entries import make_entry
from webapp.accounts.roles import Role
from webapp.monitoring import prediction_log, tallies
from webapp.monitoring.models import CanaryRun, PredictionEntry
from webapp.studies import events
from webapp.studies.events import UploadScored
from webapp.studies.models import ImageResult, Prediction, Round, StudyState

pytestmark = pytest.mark.django_db


def _analysed() -> Round:
    """Return an analysed round: three images scored, one left out."""
    round_ = make_round(make_study(), state=StudyState.ANALYSED)
    round_.timings_ms = {"receive": 12.0, "infer": 345.678}
    round_.save()
    Prediction.objects.create(
        round=round_,
        model_name="m",
        model_version="0.2.0",
        model_sha256="a" * 64,
        operating_point="balanced",
        threshold=0.5,
        label="Malignant",
        probability=0.8,
        confidence=0.8,
    )
    *scored, left_out = round_.new_instances.all()
    for number, instance in enumerate(scored):
        score = 0.3 + number * 0.2
        ImageResult.objects.create(round=round_, instance=instance, raw_score=score, probability=score, label="Benign")
    ImageResult.objects.create(round=round_, instance=left_out, not_analysed="UNREADABLE", reason="it says so")
    return round_


def _tell(round_: Round) -> None:
    header = Dataset()
    header.Manufacturer, header.SoftwareVersions, header.PatientAge = "ACME", ["2.1", "x"], "057Y"
    header.PatientName = leaks.NAME
    uid = round_.new_instances.first().sop_instance_uid  # type: ignore[union-attr]
    evidence = SimpleNamespace(headers=(header,), instances=tuple(round_.new_instances.all()))
    analysis: Any = SimpleNamespace(input_means={uid: 0.25})
    events.tell_now(events.prediction_made, "test", round_=round_, evidence=evidence, analysis=analysis)


def test_a_round_leaves_a_row_for_each_image_and_one_for_the_study() -> None:
    round_ = _analysed()
    _tell(round_)
    rows = PredictionEntry.objects.filter(study_instance_uid=round_.study.study_instance_uid)
    assert rows.filter(level="IMAGE", result="ANALYSED").count() == 3
    left_out = rows.get(result="NOT_ANALYSED")
    assert (left_out.reason, left_out.confidence) == ("UNREADABLE", None)
    study = rows.get(level="STUDY")
    assert (study.prediction, study.malignancy_probability, study.confidence) == ("Malignant", 0.8, 0.8)
    assert (study.model_version, study.model_sha256, study.operating_point) == ("0.2.0", "a" * 64, "balanced")
    assert (study.asked_by, study.manufacturer, study.software_version, study.age_band) == (
        "PACS",
        "ACME",
        "2.1",
        "50-59",
    )
    assert study.latency_ms == {"receive": 12.0, "infer": 345.68}
    assert rows.filter(input_mean=0.25).count() == 1


def test_a_step_that_runs_twice_leaves_its_rows_once() -> None:
    round_ = _analysed()
    _tell(round_)
    _tell(round_)
    assert PredictionEntry.objects.count() == 5


def test_what_became_of_the_report_is_noted() -> None:
    round_ = _analysed()
    _tell(round_)
    delivery = make_delivery(make_report(round_))
    delivery.send_ms = 77.0
    prediction_log.log_delivery(delivery, "sent")
    study = PredictionEntry.objects.get(level="STUDY")
    assert (study.result, study.latency_ms["send"]) == ("SENT", 77.0)
    assert PredictionEntry.objects.filter(result="NOT_ANALYSED").count() == 1
    prediction_log.log_delivery(delivery, "failed")
    assert PredictionEntry.objects.get(level="STUDY").result == "SEND_FAILED"


def test_a_canary_is_counted_nowhere() -> None:
    tallies.flush()
    round_ = _analysed()
    CanaryRun.objects.create(study_instance_uid=round_.study.study_instance_uid, started_at=round_.completed_at)
    _tell(round_)
    assert set(PredictionEntry.objects.values_list("is_test", flat=True)) == {True}
    assert tallies.flush() == 0


def _upload(file_name: str) -> UploadScored:
    return UploadScored(7, file_name, "alice", "Benign", 0.2, 0.8, "0.2.0", "a" * 64, "balanced", 120.0)


def test_an_upload_is_logged_with_its_file_name_which_stays_out_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("mammonode.events")
    logger.addHandler(caplog.handler)
    try:
        events.tell_now(events.upload_scored, "test", upload=_upload(f"{leaks.NAME}.png"))
    finally:
        logger.removeHandler(caplog.handler)
    row = PredictionEntry.objects.get()
    assert (row.file_name, row.asked_by, row.source) == (f"{leaks.NAME}.png", "alice", "UPLOAD")
    (line,) = [record.getMessage() for record in caplog.records if record.name == "mammonode.events"]
    assert json.loads(line)["upload_id"] == 7
    assert "alice" not in line
    leaks.refuse_patients({"line": line.encode()})


def test_a_listener_that_fails_costs_the_journey_nothing(caplog: pytest.LogCaptureFixture) -> None:
    events.tell_now(events.prediction_made, "test", round_=None, evidence=None, analysis=None)
    assert "a listener failed: on_prediction" in caplog.text


@pytest.fixture
def alice(client: Client) -> Client:
    """Alice reads, and has uploaded one image; Bob is staff."""
    client.force_login(User.objects.create_user("alice"))
    events.tell_now(events.upload_scored, "test", upload=_upload("=danger.png"))
    make_entry(asked_by="PACS")
    return client


def test_a_reader_sees_her_own_uploads_and_not_the_studies_of_others(alice: Client) -> None:
    found = alice.get("/api/monitoring/predictions/").json()
    assert [one["file_name"] for one in found["results"]] == ["=danger.png"]


def test_nobody_sees_anything_without_signing_in(client: Client) -> None:
    make_entry()
    assert client.get("/api/monitoring/predictions/").status_code in {401, 403}


def test_staff_sees_all_and_can_narrow_it(client: Client) -> None:
    client.force_login(make_user("bob", Role.ADMINISTRATOR, is_staff=True))
    wanted = make_entry(prediction="Malignant", probability=0.9)
    make_entry()
    assert client.get("/api/monitoring/predictions/").json()["count"] == 2
    found = client.get(f"/api/monitoring/predictions/?search={wanted.study_instance_uid}").json()
    assert [one["id"] for one in found["results"]] == [wanted.pk]
    assert client.get("/api/monitoring/predictions/?since=2999-01-01T00:00:00Z").json()["count"] == 0
    answer = client.get("/api/monitoring/predictions/?since=yesterday")
    assert (answer.status_code, "2026-01-31T08:00:00Z" in answer.json()["detail"]) == (400, True)


def _content(answer: Any) -> str:
    return b"".join(answer.streaming_content).decode()


def test_the_csv_export_defuses_formulas(alice: Client) -> None:
    answer = alice.get("/api/monitoring/predictions/?export=csv")
    (row,) = csv.DictReader(io.StringIO(_content(answer)))
    assert row["file_name"] == "'=danger.png"
    assert row["total_ms"] == "120.0"


def test_the_json_lines_export_has_one_object_a_line(alice: Client) -> None:
    (line,) = _content(alice.get("/api/monitoring/predictions/?export=jsonl")).splitlines()
    assert json.loads(line)["malignancy_probability"] == 0.2
