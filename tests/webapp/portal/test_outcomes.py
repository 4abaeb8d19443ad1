"""What became of a study: entered, listed, and counted in the model's figures."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from tests.webapp.monitoring.entries import make_entry
from tests.webapp.portal.reading_room import Reader
from webapp.accounts.roles import Role
from webapp.monitoring.models import Outcome
from webapp.monitoring.performance import live_figures
from webapp.studies.models import (
    OutcomeEntry,
    Study,
)

pytestmark = pytest.mark.django_db


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


def test_who_reads_second_is_not_told_what_the_first_entered(
    alice: Reader, dora: Reader, study: Study, settings: Settings
) -> None:
    settings.NODE_SECOND_READING = True

    def entered(reader: Reader) -> tuple[list[str], bool]:
        body = reader.client.get(f"{reader.address}outcomes/").json()
        return [row["entered_by"] for row in body["results"]], body["withheld"]

    assert entered(dora) == ([], False)
    assert alice.reads("4A") == 201
    assert alice.enters("recall").status_code == 201
    assert entered(dora) == ([], True)
    assert entered(alice) == (["alice"], False)
    assert entered(Reader("bob", study, Role.ADMINISTRATOR)) == (["alice"], False)
    assert dora.enters("no-recall").status_code == 201
    assert entered(dora) == (["dora"], True)
    assert dora.reads("2") == 201
    assert entered(dora) == (["alice", "dora"], False)
