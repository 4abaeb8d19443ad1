"""From sent to proved, against a peer that keeps, loses, lies, and falls silent."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.utils import timezone
from pytest_django.fixtures import Settings

from dicom_node.commitment import CommitmentResult, Reference
from tests.factories import make_delivery, make_report, make_round, make_study
from tests.webapp.studies.keeping_pacs import KeepingPacs
from tests.webapp.studies.report_file import write_report
from webapp.studies import claims, delivery, queueing
from webapp.studies.models import Delivery, Destination, Report, Study, StudyState

pytestmark = pytest.mark.django_db


@pytest.fixture
def pacs() -> Iterator[KeepingPacs]:
    with KeepingPacs() as playing:
        yield playing


@pytest.fixture
def row(settings: Settings, tmp_path: Path, pacs: KeepingPacs) -> Delivery:
    """A delivery that is to be committed and read back."""
    settings.NODE_ARCHIVE_DIR = settings.NODE_DATA_DIR = tmp_path
    settings.NODE_COMMITMENT_WAIT_SECONDS = 20.0
    return _delivery(tmp_path, pacs)


def _delivery(folder: Path, pacs: KeepingPacs, *, commit: bool = True, read_back: bool = True) -> Delivery:
    report = make_report(make_round(make_study(), state=StudyState.ANALYSED))
    write_report(report, folder)
    made = make_delivery(report, port=pacs.port)
    made.wants_commitment, made.wants_read_back = commit, read_back
    made.save()
    return made


def _step(row: Delivery) -> Delivery:
    """Take the next step as the worker does, however long its pause is."""
    Delivery.objects.filter(pk=row.pk).update(next_attempt_at=timezone.now())
    claimed = claims.take_delivery(row.pk)
    assert claimed is not None, "there is nothing left to do"
    delivery.send(claimed)
    row.refresh_from_db()
    assert row.claimed_by == ""
    return row


def _is_finished(row: Delivery) -> bool:
    return not Delivery.objects.unfinished().filter(pk=row.pk).exists()


def _study_state(row: Delivery) -> str:
    return Study.objects.get(rounds__reports=row.report).state


def test_report_that_is_kept_is_committed_and_found(row: Delivery, pacs: KeepingPacs) -> None:
    _step(row)
    assert (row.state, row.status, row.sends) == (Delivery.State.VERIFIED, "0000", 1)
    assert [event.state for event in row.events.all()] == ["SENT", "COMMITTED", "VERIFIED"]
    assert _study_state(row) == StudyState.DELIVERED
    assert _is_finished(row)


def test_delivery_without_proof_wanted_ends_as_sent(settings: Settings, tmp_path: Path, pacs: KeepingPacs) -> None:
    settings.NODE_ARCHIVE_DIR = tmp_path
    row = _step(_delivery(tmp_path, pacs, commit=False, read_back=False))
    assert row.state == Delivery.State.SENT
    assert _study_state(row) == StudyState.SENT
    assert pacs.transactions == []
    assert _is_finished(row)


def test_read_back_alone_proves_too(settings: Settings, tmp_path: Path, pacs: KeepingPacs) -> None:
    settings.NODE_ARCHIVE_DIR = tmp_path
    row = _step(_delivery(tmp_path, pacs, commit=False))
    assert row.state == Delivery.State.VERIFIED
    assert _study_state(row) == StudyState.DELIVERED


def test_peer_that_is_full_and_then_has_room_gets_it_once(row: Delivery, pacs: KeepingPacs) -> None:
    pacs.answer = lambda _: 0xA700
    _step(row)
    assert (row.state, row.status) == (Delivery.State.QUEUED, "A700")
    pacs.answer = lambda _: 0x0000
    _step(row)
    assert row.state == Delivery.State.VERIFIED
    assert len(pacs.arrivals(row.report.round.study.study_instance_uid)) == 1


def test_liar_gets_the_object_again_and_then_the_delivery_fails(
    settings: Settings, row: Delivery, pacs: KeepingPacs
) -> None:
    settings.NODE_RESEND_LIMIT = 3
    pacs.judge = lambda reference: 0x0112
    for _ in range(2):
        _step(row)
        assert row.state == Delivery.State.QUEUED
        assert "0112" in row.reason
    _step(row)
    assert row.state == Delivery.State.FAILED
    assert len(pacs.arrivals(row.report.round.study.study_instance_uid)) == 3
    assert len(pacs.reports(row.report.round.study.study_instance_uid)) == 1
    assert _study_state(row) == StudyState.FAILED


def test_object_that_was_lost_once_is_sent_again_and_kept(row: Delivery, pacs: KeepingPacs) -> None:
    answers = iter([0x0112, None])
    pacs.judge = lambda reference: next(answers)
    _step(row)
    assert (row.state, row.sends) == (Delivery.State.QUEUED, 1)
    _step(row)
    assert (row.state, row.sends) == (Delivery.State.VERIFIED, 2)
    assert len(set(pacs.transactions)) == 2


def test_peer_without_resources_is_asked_again_and_not_sent_again(row: Delivery, pacs: KeepingPacs) -> None:
    answers = iter([0x0213, None])
    pacs.judge = lambda reference: next(answers)
    _step(row)
    assert row.state == Delivery.State.SENT
    assert row.next_attempt_at > timezone.now()
    assert _study_state(row) == StudyState.SENT
    _step(row)
    assert (row.state, row.sends) == (Delivery.State.VERIFIED, 1)


def test_class_that_is_not_supported_there_fails_for_good(row: Delivery, pacs: KeepingPacs) -> None:
    pacs.judge = lambda reference: 0x0122
    _step(row)
    assert row.state == Delivery.State.FAILED
    assert "not supported" in row.reason


def test_silent_peer_is_waited_for_and_its_late_word_counts(
    settings: Settings, row: Delivery, pacs: KeepingPacs
) -> None:
    settings.NODE_COMMITMENT_WAIT_SECONDS = 0.0
    pacs.is_silent = True
    _step(row)
    assert row.state == Delivery.State.SENT
    assert row.next_attempt_at > timezone.now() + timedelta(seconds=settings.NODE_COMMITMENT_TIMEOUT_SECONDS / 2)
    assert queueing.due_deliveries() == []
    reference = Reference(row.report.sop_class_uid, row.report.sop_instance_uid)
    delivery.note_commitment(CommitmentResult(row.transaction_uid, (reference,), ()))
    row.refresh_from_db()
    assert row.state == Delivery.State.COMMITTED
    assert queueing.due_deliveries() == [row.pk]
    _step(row)
    assert row.state == Delivery.State.VERIFIED


def test_peer_that_never_answers_is_asked_again_and_then_it_fails(
    settings: Settings, row: Delivery, pacs: KeepingPacs
) -> None:
    settings.NODE_COMMITMENT_WAIT_SECONDS = 0.0
    settings.NODE_COMMITMENT_ATTEMPTS_LIMIT = 2
    pacs.is_silent = True
    _step(row)
    with time_machine.travel(row.next_attempt_at + timedelta(seconds=1), tick=False):
        assert queueing.due_deliveries() == [row.pk]
    _step(row)
    assert row.state == Delivery.State.SENT
    _step(row)
    assert row.state == Delivery.State.FAILED
    assert len(set(pacs.transactions)) == 2


def test_word_on_an_older_transaction_changes_nothing(settings: Settings, row: Delivery, pacs: KeepingPacs) -> None:
    settings.NODE_COMMITMENT_WAIT_SECONDS = 0.0
    pacs.is_silent = True
    _step(row)
    reference = Reference(row.report.sop_class_uid, row.report.sop_instance_uid)
    delivery.note_commitment(CommitmentResult("1.2.3.4", (reference,), ()))
    row.refresh_from_db()
    assert row.state == Delivery.State.SENT


def test_word_that_overtakes_the_return_of_the_request_is_kept(
    row: Delivery, pacs: KeepingPacs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The receiving process notes the commitment while the worker still waits on the line."""
    reference = Reference(row.report.sop_class_uid, row.report.sop_instance_uid)

    def request(*arguments: object, **options: object) -> None:
        uid = str(arguments[2])
        delivery.note_commitment(CommitmentResult(uid, (reference,), ()))

    monkeypatch.setattr("dicom_node.commitment.request", request)
    pacs.hides = True
    _step(row)
    assert row.state == Delivery.State.COMMITTED


def test_peer_that_offers_no_commitment_says_so(row: Delivery, pacs: KeepingPacs) -> None:
    pacs.stop()
    pacs.offers_commitment = False
    pacs.start()
    _step(row)
    assert row.state == Delivery.State.FAILED
    assert "offers no storage commitment" in row.reason


def test_object_that_is_not_found_is_asked_for_again_then_sent_again(
    settings: Settings, row: Delivery, pacs: KeepingPacs
) -> None:
    settings.NODE_COMMITMENT_ATTEMPTS_LIMIT = 2
    pacs.hides = True
    _step(row)
    assert row.state == Delivery.State.COMMITTED
    _step(row)
    assert row.state == Delivery.State.COMMITTED
    _step(row)
    assert (row.state, row.sends) == (Delivery.State.QUEUED, 1)
    pacs.hides = False
    _step(row)
    assert (row.state, row.sends) == (Delivery.State.VERIFIED, 2)


# pynetdicom drops a socket that could not connect without closing it
@pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning")
def test_peer_that_dies_between_store_and_commitment_is_asked_when_it_is_back(
    settings: Settings, row: Delivery, pacs: KeepingPacs
) -> None:
    settings.NODE_COMMITMENT_WAIT_SECONDS = 0.0
    pacs.is_silent = True
    _step(row)
    pacs.stop()
    _step(row)
    assert row.state == Delivery.State.SENT
    assert "cannot be reached" in row.reason
    pacs.is_silent = False
    settings.NODE_COMMITMENT_WAIT_SECONDS = 20.0
    pacs.start()
    _step(row)
    assert (row.state, row.sends) == (Delivery.State.VERIFIED, 1)


def test_kind_that_the_peer_does_not_take_is_declined_and_the_other_goes_on(
    settings: Settings, tmp_path: Path, pacs: KeepingPacs
) -> None:
    settings.NODE_ARCHIVE_DIR = tmp_path
    taken = _delivery(tmp_path, pacs, commit=False, read_back=False)
    other = Report.objects.create(
        round=taken.report.round,
        kind=Report.Kind.PDF,
        sop_instance_uid=f"{taken.report.sop_instance_uid}.9",
        sop_class_uid="1.2.840.10008.5.1.4.1.1.104.1",
        path=f"objects/{taken.report.sop_instance_uid}.9.dcm",
    )
    write_report(other, tmp_path)
    declined = make_delivery(other, port=pacs.port)
    _step(declined)
    assert declined.state == Delivery.State.DECLINED
    assert "accepts none" in declined.reason
    assert _study_state(declined) == StudyState.ANALYSED
    _step(taken)
    assert _study_state(taken) == StudyState.SENT


def test_destination_that_takes_nothing_at_all_fails_the_round(
    settings: Settings, tmp_path: Path, pacs: KeepingPacs
) -> None:
    settings.NODE_ARCHIVE_DIR = tmp_path
    pacs.stop()
    pacs.report_classes = ()
    pacs.start()
    row = _step(_delivery(tmp_path, pacs, commit=False, read_back=False))
    assert row.state == Delivery.State.DECLINED
    assert _study_state(row) == StudyState.FAILED


def test_report_goes_to_those_who_want_its_kind_with_their_demands() -> None:
    report = make_report(make_round(make_study(), state=StudyState.ANALYSED))
    Destination.objects.create(ae_title="CAD", host="h", port=1, objects_wanted=["CAD"])
    Destination.objects.create(ae_title="BOTH", host="h", port=2, objects_wanted=["CAD", "MEASUREMENT"])
    Destination.objects.create(ae_title="SURE", host="h", port=3, wants_commitment=True)
    rows = Delivery.objects.filter(pk__in=delivery.queue_for([report])).order_by("destination__port")
    assert [(one.destination.ae_title, one.wants_commitment) for one in rows] == [("BOTH", False), ("SURE", True)]


def test_retry_by_staff_starts_from_the_beginning(row: Delivery, pacs: KeepingPacs) -> None:
    pacs.judge = lambda reference: 0x0122
    _step(row)
    assert _study_state(row) == StudyState.FAILED
    pacs.judge = lambda reference: None
    delivery.retry(row)
    _step(row)
    assert row.state == Delivery.State.VERIFIED
    assert _study_state(row) == StudyState.DELIVERED


def test_sweep_settles_a_round_whose_proof_nobody_noticed(row: Delivery) -> None:
    Delivery.objects.filter(pk=row.pk).update(state=Delivery.State.VERIFIED)
    delivery.settle_all()
    assert _study_state(row) == StudyState.DELIVERED
