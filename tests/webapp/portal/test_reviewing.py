"""What readers say of a study over HTTP: who may, when, of what; and who is shown it."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from tests import synthetic
from tests.factories import (
    make_delivery,
    make_diagnosis,
    make_prediction,
    make_report,
    make_round,
    make_study,
    make_token,
    make_user,
)
from tests.webapp.monitoring.entries import make_entry
from webapp.accounts.roles import Role
from webapp.accounts.tokens import Scope
from webapp.diagnosis.models import Diagnosis, UploadShare
from webapp.monitoring.models import Outcome
from webapp.monitoring.performance import live_figures
from webapp.studies.models import (
    DeliveryEvent,
    ImageResult,
    OutcomeEntry,
    Report,
    Review,
    Study,
    StudyShare,
    StudyState,
    StudyUpload,
)

pytestmark = pytest.mark.django_db

MARK = {"centre": [40.0, 50.0], "outline": [], "score": 0.9, "probability": 0.8}
TRIANGLE = [[10.0, 10.0], [30.0, 10.0], [20.0, 25.5]]


@pytest.fixture
def study(settings: Settings, tmp_path: Path) -> Study:
    """An analysed study of one image with one mark of the AI."""
    settings.NODE_ARCHIVE_DIR = tmp_path
    study = make_study(views=(("R", "CC"),))
    round_ = make_round(study, state=StudyState.ANALYSED)
    make_prediction(round_, breasts=[{"laterality": "R", "probability": 0.8, "prediction": "Malignant"}])
    instance = study.instances.get()
    instance.path = synthetic.write(synthetic.make_mg(), tmp_path / "image.dcm").name
    instance.save()
    ImageResult.objects.create(
        round=round_, instance=instance, raw_score=0.7, probability=0.8, label="Malignant", marks=[MARK]
    )
    return study


class Reader:
    """A radiologist of the study's site, at the portal."""

    def __init__(self, name: str, study: Study, *roles: Role) -> None:
        self.user: User = make_user(name, *(roles or (Role.RADIOLOGIST,)), sites=(study.site,))
        self.client = Client()
        self.client.force_login(self.user)
        self.address = f"/api/v1/studies/{study.study_instance_uid}/"

    def says(self, kind: str = "reading", **word: Any) -> Any:
        return self.client.post(f"{self.address}reviews/", {"kind": kind, **word}, content_type="application/json")

    def reads(self, birads: str, kind: str = "reading") -> int:
        answer = self.says(kind, breasts=[{"laterality": "R", "birads": birads}])
        status: int = answer.status_code
        return status

    def enters(self, kind: str, **others: Any) -> Any:
        body = {"kind": kind, "happened_on": timezone.localdate().isoformat(), **others}
        return self.client.post(f"{self.address}outcomes/", body, content_type="application/json")

    def hears(self) -> tuple[list[str], bool]:
        body = self.client.get(f"{self.address}reviews/").json()
        return [row["reader"] for row in body["results"]], body["withheld"]

    def detail(self) -> dict[str, Any]:
        body: dict[str, Any] = self.client.get(self.address).json()
        return body


@pytest.fixture
def alice(study: Study) -> Reader:
    return Reader("alice", study)


@pytest.fixture
def dora(study: Study) -> Reader:
    return Reader("dora", study)


@pytest.fixture
def erik(study: Study) -> Reader:
    return Reader("erik", study)


def _finding(study: Study, **word: Any) -> dict[str, Any]:
    return {"sop_instance_uid": study.instances.get().sop_instance_uid, **word}


def test_a_review_is_taken_and_given_back_as_it_was_said(alice: Reader, study: Study) -> None:
    alice.user.first_name, alice.user.last_name = "Alice", "Reader"
    alice.user.save()
    sent: dict[str, Any] = {
        "breasts": [{"laterality": "R", "agreement": "agree", "birads": "4A", "density": "c"}],
        "findings": [
            _finding(study, mark_index=0, agreement="disagree", polygon=None, text="a fold"),
            _finding(study, mark_index=None, agreement="none", polygon=TRIANGLE, text=""),
        ],
        "comment": "Compare with 2024.",
    }
    # what the node knows itself is not believed
    answer = alice.says(**sent, ai_was_hidden=True, reader="dora", at="2001-01-01T00:00:00Z")
    assert answer.status_code == 201, answer.content
    (row,) = alice.client.get(f"{alice.address}reviews/").json()["results"]
    assert {name: row[name] for name in sent} == sent
    assert (row["reader"], row["kind"], row["ai_was_hidden"], row["round"]) == ("Alice Reader", "reading", False, 1)
    assert row["mine"] is True
    assert row["at"] > "2026"
    assert alice.detail()["reading"] == {"state": "final", "readers": ["Alice Reader"], "open_kinds": ["reading"]}


def test_a_double_click_is_one_review_and_a_later_word_another(alice: Reader) -> None:
    first, second = (alice.says(comment="Nothing seen.") for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["id"] == second.json()["id"]
    assert alice.says(comment="Nothing seen after all.").status_code == 201
    Review._base_manager.filter(reader=alice.user).update(at=timezone.now() - timedelta(minutes=2))
    assert alice.says(comment="Nothing seen after all.").status_code == 201
    assert Review.objects.count() == 3


@pytest.mark.parametrize(
    ("finding", "sentence"),
    [
        ({"mark_index": 1}, "has not made"),
        ({"mark_index": 0, "polygon": TRIANGLE}, "not both"),
        ({}, "not both"),
        ({"polygon": [[-1, 0], [3, 3], [0, 3]]}, "outside"),
        ({"polygon": [[0, 0], [3, 3], [0, 100_000]]}, "outside"),
        ({"polygon": TRIANGLE, "agreement": "agree"}, "agrees with nothing"),
        ({"sop_instance_uid": "1.2.3", "polygon": TRIANGLE}, "not in this study"),
    ],
)
def test_a_finding_that_cannot_be_is_refused_in_words(
    alice: Reader, study: Study, finding: dict[str, Any], sentence: str
) -> None:
    answer = alice.says(findings=[_finding(study) | finding])
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    assert sentence in answer.json()["detail"]
    assert not Review.objects.exists()


@pytest.mark.parametrize(
    ("word", "status", "sentence"),
    [
        ({}, 422, "says nothing"),
        ({"comment": "   "}, 422, "says nothing"),
        ({"breasts": [{"laterality": "R"}]}, 422, "says nothing"),
        ({"breasts": [{"laterality": "R", "birads": "7"}]}, 400, "breasts.0.birads"),
        ({"breasts": [{"laterality": "R", "density": "e"}]}, 400, "breasts.0.density"),
        ({"breasts": [{"laterality": "B", "birads": "1"}]}, 400, "breasts.0.laterality"),
        ({"breasts": [{"laterality": "R", "birads": "1"}] * 2}, 400, "once"),
        ({"findings": [{"sop_instance_uid": "1.2", "polygon": TRIANGLE[:2]}]}, 400, "findings.0.polygon"),
        ({"findings": [{"sop_instance_uid": "1.2", "polygon": TRIANGLE * 70}]}, 400, "findings.0.polygon"),
        ({"findings": [{"sop_instance_uid": "1.2", "polygon": [[1], [2, 2], [3, 3]]}]}, 400, "polygon"),
        ({"findings": [{"sop_instance_uid": "1.2", "polygon": [["nan", 0], [2, 2], [3, 3]]}]}, 400, "polygon"),
        ({"findings": [{"sop_instance_uid": "1.2", "mark_index": -1}]}, 400, "mark_index"),
        ({"comment": "x" * 10_001}, 400, "comment"),
        ({"kind": "guess", "comment": "x"}, 400, "kind"),
    ],
)
def test_a_word_that_is_not_well_formed_names_its_place(
    alice: Reader, word: dict[str, Any], status: int, sentence: str
) -> None:
    answer = alice.says(**word)
    assert answer.status_code == status, answer.content
    assert sentence in answer.json()["detail"]
    assert not Review.objects.exists()


def test_where_the_image_cannot_be_read_no_mark_is_taken_and_no_image_means_no_review(
    alice: Reader, study: Study, settings: Settings
) -> None:
    (settings.NODE_ARCHIVE_DIR / "image.dcm").unlink()
    answer = alice.says(findings=[_finding(study, polygon=TRIANGLE)])
    assert answer.status_code == 422
    assert "cannot be read" in answer.json()["detail"]
    empty = Reader("frank", make_study(views=()))
    assert empty.says(comment="Too early.").status_code == 409


def test_only_radiologists_review_and_tokens_need_the_scope(alice: Reader, study: Study) -> None:
    bob, nina = Reader("bob", study, Role.ADMINISTRATOR), Reader("nina", study, Role.CLINICIAN)
    StudyShare.objects.create(study=study, person=nina.user, shared_by=bob.user)
    assert [who.reads("1") for who in (bob, nina)] == [403, 403]
    assert [who.detail()["permissions"]["review"] for who in (alice, bob, nina)] == [True, False, False]
    assert [who.detail()["permissions"]["outcome"] for who in (alice, bob, nina)] == [True, True, False]
    assert alice.reads("2") == 201
    assert nina.hears() == (["alice"], False)
    for scope, status in ((Scope.READ, 403), (Scope.REVIEW, 201)):
        header = f"Token {make_token(alice.user, scope, name=scope)}"
        answer = Client().post(
            f"{alice.address}reviews/",
            {"kind": "reading", "comment": "by token"},
            content_type="application/json",
            headers={"Authorization": header},
        )
        assert answer.status_code == status


def test_two_readers_who_agree_have_read_the_study_and_nobody_else_need(
    alice: Reader, dora: Reader, erik: Reader, settings: Settings
) -> None:
    settings.NODE_SECOND_READING = True
    assert alice.reads("1") == 201
    assert alice.reads("2") == 201  # a later word of her own makes her no second reader
    assert alice.detail()["reading"]["state"] == "first"
    assert dora.reads("1") == 201
    assert dora.detail()["reading"] == {"state": "second", "readers": ["alice", "dora"], "open_kinds": ["reading"]}
    for kind, sentence in (("reading", "they agree"), ("arbitration", "nothing to arbitrate")):
        answer = erik.says(kind, comment="Me, too.")
        assert (answer.status_code, sentence in answer.json()["detail"]) == (409, True)
    assert erik.detail()["reading"]["open_kinds"] == []


def test_readers_who_differ_are_arbitrated_by_one_who_has_not_read(
    alice: Reader, dora: Reader, erik: Reader, settings: Settings
) -> None:
    settings.NODE_SECOND_READING = True
    assert erik.reads("1", "arbitration") == 409
    assert [alice.reads("2"), dora.reads("4B")] == [201, 201]
    assert alice.detail()["reading"]["state"] == "differs"
    assert alice.reads("4B", "arbitration") == 409
    assert erik.detail()["reading"]["open_kinds"] == ["arbitration"]
    assert erik.reads("4B") == 409
    assert erik.reads("4B", "arbitration") == 201
    assert erik.detail()["reading"]["state"] == "final"
    answer = dora.says(comment="And yet.")
    assert (answer.status_code, "arbitrated" in answer.json()["detail"]) == (409, True)


def test_the_second_reader_is_not_told_what_the_first_said(
    alice: Reader, dora: Reader, erik: Reader, study: Study, settings: Settings
) -> None:
    settings.NODE_SECOND_READING = True
    alice.reads("2")
    assert dora.hears() == ([], True)
    assert alice.hears() == (["alice"], False)
    assert Reader("bob", study, Role.ADMINISTRATOR).hears() == (["alice"], False)
    settings.NODE_SECOND_READER_SEES_FIRST = True
    assert dora.hears() == (["alice"], False)
    settings.NODE_SECOND_READER_SEES_FIRST = False
    dora.reads("4B")
    # both have read: they, and whoever arbitrates, see both
    assert [who.hears() for who in (alice, dora, erik)] == [(["alice", "dora"], False)] * 3


def test_without_second_reading_everybody_hears_everybody(alice: Reader, dora: Reader) -> None:
    alice.reads("2")
    assert dora.hears() == (["alice"], False)
    assert dora.reads("4B") == 201
    assert dora.says("arbitration", comment="x").status_code == 409


def test_a_first_impression_unveils_the_ai_and_says_nothing_of_it(
    alice: Reader, dora: Reader, study: Study, settings: Settings
) -> None:
    settings.NODE_AI_AFTER_FIRST_IMPRESSION = True
    assert alice.detail()["reading"]["open_kinds"] == ["first-impression"]
    answer = alice.says(comment="At once.")
    assert (answer.status_code, "first impression" in answer.json()["detail"]) == (409, True)
    for word in (
        {"breasts": [{"laterality": "R", "agreement": "agree"}]},
        {"findings": [_finding(study, mark_index=0, text="I guess there is one")]},
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


def test_an_outcome_is_entered_listed_and_never_of_tomorrow(alice: Reader, study: Study) -> None:
    tomorrow = (timezone.localdate() + timedelta(days=1)).isoformat()
    answer = alice.enters("recall", happened_on=tomorrow)
    assert (answer.status_code, "Correct its date" in answer.json()["detail"]) == (422, True)
    assert alice.enters("guess").status_code == 400
    assert alice.enters("recall", happened_on="soon").status_code == 400
    first, second = (alice.enters("biopsy-benign", laterality="R", text="B2") for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    bob = Reader("bob", study, Role.ADMINISTRATOR)
    assert bob.enters("recall").status_code == 201
    rows = alice.client.get(f"{alice.address}outcomes/").json()["results"]
    assert [(row["kind"], row["laterality"], row["text"], row["entered_by"]) for row in rows] == [
        ("biopsy-benign", "R", "B2", "alice"),
        ("recall", None, "", "bob"),
    ]
    assert OutcomeEntry.objects.count() == 2


def _kept(study: Study) -> tuple[bool, str, bool, str] | None:
    row = Outcome.objects.filter(study_instance_uid=study.study_instance_uid).first()
    return None if row is None else (row.recalled, row.biopsy, row.followed_up_negative, row.density)


def test_what_is_said_reaches_the_models_figures_and_the_newest_counts(
    alice: Reader, study: Study, django_capture_on_commit_callbacks: Any
) -> None:
    make_entry(study_instance_uid=study.study_instance_uid, level="STUDY", sop_instance_uid="", prediction="Malignant")
    with django_capture_on_commit_callbacks(execute=True):
        alice.says(breasts=[{"laterality": "R", "birads": "2", "density": "b"}])
    assert _kept(study) == (False, "", False, "b")
    assert live_figures()[0].agreement.value == 0.0
    with django_capture_on_commit_callbacks(execute=True):
        alice.says(breasts=[{"laterality": "R", "birads": "4C", "density": "b"}])
    assert _kept(study) == (True, "", False, "b")
    assert live_figures()[0].agreement.value == 1.0
    for kind, biopsy in (("biopsy-benign", "BENIGN"), ("biopsy-malignant", "MALIGNANT")):
        with django_capture_on_commit_callbacks(execute=True):
            assert alice.enters(kind, laterality="R").status_code == 201
        assert _kept(study) == (True, biopsy, False, "b")
    assert live_figures()[0].sensitivity.value == 1.0
    # of the whole study, and later: it takes the place of the right breast's
    with django_capture_on_commit_callbacks(execute=True):
        alice.enters("biopsy-benign")
    assert _kept(study) == (True, "BENIGN", False, "b")
    with django_capture_on_commit_callbacks(execute=True):
        alice.enters("no-recall")
    assert _kept(study) == (False, "BENIGN", False, "b")


def test_readers_who_have_not_decided_change_no_figure(
    alice: Reader, dora: Reader, erik: Reader, study: Study, settings: Settings, django_capture_on_commit_callbacks: Any
) -> None:
    settings.NODE_SECOND_READING = True
    with django_capture_on_commit_callbacks(execute=True):
        alice.reads("2")
        dora.reads("5")
    assert _kept(study) is None
    with django_capture_on_commit_callbacks(execute=True):
        erik.reads("5", "arbitration")
    assert _kept(study) == (True, "", False, "")


def test_a_follow_up_is_negative_when_it_is_of_both_breasts(
    alice: Reader, study: Study, django_capture_on_commit_callbacks: Any
) -> None:
    for side, expected in (("L", False), ("R", True)):
        with django_capture_on_commit_callbacks(execute=True):
            alice.enters("follow-up", laterality=side)
        kept = _kept(study)
        assert kept is not None
        assert kept[2] is expected
