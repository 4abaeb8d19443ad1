"""Studies over HTTP."""

from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django.fixtures import Settings

from tests import synthetic
from tests.factories import make_delivery, make_prediction, make_report, make_round, make_study, make_user
from webapp.accounts.roles import Role
from webapp.studies.models import ImageResult, StudyState

pytestmark = pytest.mark.django_db


@pytest.fixture
def bob(client: Client) -> Client:
    """Bob is staff."""
    client.force_login(make_user("bob", Role.ADMINISTRATOR, is_staff=True))
    return client


@pytest.fixture
def charlie(client: Client) -> Client:
    """Charlie has an account and no access."""
    client.force_login(User.objects.create_user("charlie"))
    return client


def test_nobody_reads_without_signing_in(client: Client) -> None:
    study = make_study()
    for path in ("/api/studies/", f"/api/studies/{study.study_instance_uid}/"):
        answer = client.get(path)
        assert answer.status_code == 401
        assert answer["Content-Type"] == "application/problem+json"


def test_charlie_has_no_role_and_sees_nothing(charlie: Client) -> None:
    study = make_study()
    assert charlie.get("/api/studies/").status_code == 403
    assert charlie.get(f"/api/studies/{study.study_instance_uid}/").status_code == 403


def test_study_being_received_has_no_result_yet(bob: Client) -> None:
    study = make_study()
    body = bob.get(f"/api/studies/{study.study_instance_uid}/").json()
    assert body["state"] == "RECEIVING"
    assert body["round"] == 0
    assert body["research_use_only"] is True
    assert [image["analysed"] for image in body["images"]] == [False] * 4


@pytest.mark.parametrize("vr", [b"FD", b"SL", b"XX"])
def test_a_study_whose_dates_call_themselves_something_else_is_shown(
    bob: Client, settings: Settings, tmp_path: Path, vr: bytes
) -> None:
    study = make_study(views=(("R", "CC"),))
    settings.NODE_ARCHIVE_DIR = tmp_path
    image = synthetic.write(synthetic.make_mg(), tmp_path / "dates.dcm")
    content = image.read_bytes()
    for element in (b"\x10\x00\x30\x00DA", b"\x08\x00\x20\x00DA"):
        assert content.count(element) == 1
        content = content.replace(element, element[:4] + vr)
    image.write_bytes(content)
    study.instances.update(path=image.name)
    body = bob.get(f"/api/studies/{study.study_instance_uid}/").json()
    assert (body["study_date"], body["patient_birth_date"]) == (None, None)


def test_analysed_study_shows_scores_and_reasons(bob: Client) -> None:
    study = make_study()
    round_ = make_round(study, state=StudyState.ANALYSED)
    scored, left_out, *_ = study.instances.all()
    ImageResult.objects.create(round=round_, instance=scored, raw_score=0.7, probability=0.8, label="Malignant")
    ImageResult.objects.create(round=round_, instance=left_out, not_analysed="IMPLANT", reason="An implant is there.")
    make_prediction(round_, breasts=[{"laterality": "R", "probability": 0.8}])
    delivery = make_delivery(make_report(round_))
    body = bob.get(f"/api/studies/{study.study_instance_uid}/").json()
    images = {image["sop_instance_uid"]: image for image in body["images"]}
    assert images[scored.sop_instance_uid]["probability"] == 0.8
    assert images[left_out.sop_instance_uid]["reason"] == "An implant is there."
    assert body["model"]["version"] == "1"
    assert body["prediction"] == "Malignant"
    assert body["deliveries"][0]["destination"] == str(delivery.destination)


def test_failed_study_shows_stage_and_reason(bob: Client) -> None:
    study = make_study()
    round_ = make_round(study, state=StudyState.FAILED)
    round_.failure_stage, round_.failure_reason = "convert", "two patients."
    round_.save()
    body = bob.get(f"/api/studies/{study.study_instance_uid}/").json()
    assert body["failure"] == {"stage": "convert", "reason": "two patients."}


def test_only_who_may_see_a_study_reads_the_patient(client: Client) -> None:
    study = make_study()
    study.patient_name, study.patient_id = "Tëst^Pérson", "PID-77"
    study.save()
    paths = "/api/studies/", f"/api/studies/{study.study_instance_uid}/"
    client.force_login(make_user("dora", Role.RADIOLOGIST))
    assert all(b"PID-77" not in client.get(path).content for path in paths)
    client.force_login(make_user("alice", Role.RADIOLOGIST, sites=(study.site,)))
    assert all(b"PID-77" in client.get(path).content for path in paths)
