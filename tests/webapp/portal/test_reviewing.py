"""What readers say of a study over HTTP: who may, when, and of what."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from tests.factories import make_round, make_study, make_token
from tests.webapp.portal.reading_room import TRIANGLE, Reader, finding_in
from webapp.accounts.roles import Role
from webapp.accounts.tokens import Scope
from webapp.studies.models import Review, Study, StudyShare, StudyState

pytestmark = pytest.mark.django_db


def test_a_review_is_taken_and_given_back_as_it_was_said(alice: Reader, study: Study) -> None:
    alice.user.first_name, alice.user.last_name = "Alice", "Reader"
    alice.user.save()
    sent: dict[str, Any] = {
        "breasts": [{"laterality": "R", "agreement": "agree", "birads": "4A", "density": "c"}],
        "findings": [
            finding_in(study, mark_index=0, agreement="disagree", polygon=None, text="a fold"),
            finding_in(study, mark_index=None, agreement="none", polygon=TRIANGLE, text=""),
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


def test_a_review_of_an_older_analysis_is_refused(alice: Reader, study: Study) -> None:
    word: Any = {"findings": [finding_in(study, mark_index=0, agreement="agree")]}
    make_round(study, state=StudyState.ANALYSED)
    answer = alice.says(**word, round=1)
    assert (answer.status_code, "analysed again" in answer.json()["detail"]) == (409, True)
    # the newer analysis has no mark there
    assert alice.says(**word, round=2).status_code == 422
    assert alice.says(comment="Seen again.", round=2).json()["round"] == 2


def test_two_clicks_at_the_same_time_are_one_review(alice: Reader, study: Study, transactional_db: None) -> None:
    together = Barrier(2)

    def click(_: int) -> int:
        together.wait()
        try:
            status: int = alice.says(comment="Nothing seen.").status_code
            return status
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(click, range(2))) == [200, 201]
    assert Review.objects.count() == 1


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
    answer = alice.says(findings=[finding_in(study) | finding])
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
    answer = alice.says(findings=[finding_in(study, polygon=TRIANGLE)])
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
