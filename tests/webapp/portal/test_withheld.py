"""What the AI said is withheld from a reader until the first impression, wherever it stands."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from tests.factories import (
    make_delivery,
    make_diagnosis,
    make_prediction,
    make_report,
    make_round,
    make_study,
)
from tests.webapp.monitoring.entries import make_entry
from tests.webapp.portal.reading_room import Reader, finding_in
from webapp.accounts.roles import Role
from webapp.diagnosis.models import Diagnosis, UploadShare
from webapp.studies.models import (
    DeliveryEvent,
    Report,
    Study,
    StudyState,
    StudyUpload,
)

pytestmark = pytest.mark.django_db


def test_a_first_impression_unveils_the_ai_and_says_nothing_of_it(
    alice: Reader, dora: Reader, study: Study, settings: Settings
) -> None:
    settings.NODE_AI_AFTER_FIRST_IMPRESSION = True
    assert alice.detail()["reading"]["open_kinds"] == ["first-impression"]
    answer = alice.says(comment="At once.")
    assert (answer.status_code, "first impression" in answer.json()["detail"]) == (409, True)
    for word in (
        {"breasts": [{"laterality": "R", "agreement": "agree"}]},
        {"findings": [finding_in(study, mark_index=0, text="I guess there is one")]},
    ):
        assert alice.says("first-impression", **word).status_code == 422
    taken = alice.says("first-impression", breasts=[{"laterality": "R", "birads": "2"}], ai_was_hidden=False)
    assert (taken.status_code, taken.json()["ai_was_hidden"]) == (201, True)
    body = alice.detail()
    assert (body["ai_hidden"], body["probability"], len(body["images"][0]["marks"])) == (False, 0.8, 1)
    assert alice.says("first-impression", comment="Another.").status_code == 409
    assert alice.says(breasts=[{"laterality": "R", "agreement": "agree"}]).json()["ai_was_hidden"] is False
    # her words name the AI's marks: who has not said a first impression does not hear them
    assert dora.hears() == ([], True)
    assert dora.detail()["ai_hidden"] is True


def test_deliveries_do_not_tell_which_images_the_ai_marked(alice: Reader, study: Study, settings: Settings) -> None:
    round_ = study.rounds.get()
    picture = make_report(round_)
    Report.objects.filter(pk=picture.pk).update(kind=Report.Kind.PRESENTATION, source=study.instances.get())
    for report in (picture, make_report(round_)):
        DeliveryEvent.objects.create(delivery=make_delivery(report), state="QUEUED")
    assert _sent_kinds(alice) == ["MEASUREMENT", "PRESENTATION"]
    settings.NODE_AI_AFTER_FIRST_IMPRESSION = True
    assert _sent_kinds(alice) == ["MEASUREMENT"]
    assert len(alice.detail()["deliveries"]) == 1


def _sent_kinds(reader: Reader) -> list[str]:
    return sorted(event["detail"].split()[0] for event in reader.detail()["timeline"] if event["event"] == "queued")


def test_a_shared_upload_of_the_study_waits_for_the_first_impression_and_an_own_one_is_remembered(
    alice: Reader, dora: Reader, study: Study, settings: Settings
) -> None:
    upload = make_diagnosis(dora.user)
    Diagnosis.objects.filter(pk=upload.pk).update(study_instance_uid=study.study_instance_uid)
    StudyUpload.objects.create(study=study, user=dora.user)
    UploadShare.objects.create(diagnosis=upload, person=alice.user, shared_by=dora.user)
    address = f"/api/v1/diagnosis/{upload.pk}/"
    assert alice.client.get(address).status_code == 200
    settings.NODE_AI_AFTER_FIRST_IMPRESSION = True
    assert alice.client.get(address).status_code == 404
    assert alice.says("first-impression", comment="x").json()["ai_was_hidden"] is True
    assert alice.client.get(address).status_code == 200
    # Dora was shown the result of her own upload
    assert dora.says("first-impression", comment="y").json()["ai_was_hidden"] is False


def test_an_administrator_who_reads_waits_for_an_upload_of_the_study_like_every_reader(
    dora: Reader, study: Study, settings: Settings
) -> None:
    upload = make_diagnosis(dora.user)
    Diagnosis.objects.filter(pk=upload.pk).update(study_instance_uid=study.study_instance_uid)
    both = Reader("chief", study, Role.RADIOLOGIST, Role.ADMINISTRATOR)
    address = f"/api/v1/diagnosis/{upload.pk}/"
    assert both.client.get(address).status_code == 200
    settings.NODE_AI_AFTER_FIRST_IMPRESSION = True
    assert [both.client.get(address + part).status_code for part in ("", "report.pdf", "heatmap.png")] == 3 * [404]
    assert Reader("bob", study, Role.ADMINISTRATOR).client.get(address).status_code == 200
    both.says("first-impression", comment="x")
    assert both.client.get(address).status_code == 200


def test_without_the_setting_there_is_no_first_impression(alice: Reader) -> None:
    answer = alice.says("first-impression", comment="I had seen it all.")
    assert (answer.status_code, "Record a reading" in answer.json()["detail"]) == (409, True)


def test_the_prediction_log_and_its_exports_wait_for_the_first_impression(
    alice: Reader, study: Study, settings: Settings
) -> None:
    make_entry(study_instance_uid=study.study_instance_uid)
    both = Reader("chief", study, Role.RADIOLOGIST, Role.ADMINISTRATOR)
    log = "/api/v1/monitoring/predictions/"
    assert [who.client.get(log).json()["count"] for who in (alice, both)] == [1, 1]
    settings.NODE_AI_AFTER_FIRST_IMPRESSION = True
    assert [who.client.get(log).json()["count"] for who in (alice, both)] == [0, 0]
    exported = alice.client.get(f"{log}?export=jsonl")
    assert b"".join(exported.streaming_content) == b""  # type: ignore[attr-defined]
    assert Reader("bob", study, Role.ADMINISTRATOR).client.get(log).json()["count"] == 1
    for reader in (alice, both):
        assert reader.says("first-impression", comment=f"Nothing seen by {reader.user}.").status_code == 201
    assert [who.client.get(log).json()["count"] for who in (alice, both)] == [1, 1]


def test_the_order_by_priority_tells_nothing_of_studies_without_a_first_impression(
    alice: Reader, study: Study, settings: Settings
) -> None:
    low, high = make_study(views=(("L", "CC"),)), make_study(views=(("L", "CC"),))
    for row, probability in ((low, 0.1), (high, 0.99)):
        make_prediction(make_round(row, state=StudyState.ANALYSED), probability)
    uids = [row.study_instance_uid for row in (high, study, low)]

    def listed() -> list[str]:
        rows = alice.client.get("/api/v1/studies/?ordering=priority").json()["results"]
        return [row["study_instance_uid"] for row in rows]

    assert listed() == uids
    settings.NODE_AI_AFTER_FIRST_IMPRESSION = True
    newest_first = [row.study_instance_uid for row in (high, low, study)]
    Study.objects.filter(pk=high.pk).update(created_at=timezone.now() - timedelta(days=1))
    assert listed() == [newest_first[1], newest_first[2], newest_first[0]]
    alice.reads("2", "first-impression")
    assert listed() == [study.study_instance_uid, low.study_instance_uid, high.study_instance_uid]
