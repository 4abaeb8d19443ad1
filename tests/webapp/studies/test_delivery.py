"""Reports on their way, to a real storage SCP on loopback."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from tests.factories import make_delivery, make_report, make_round, make_study
from tests.journey.pacs import PlayingPacs
from tests.webapp.studies.report_file import write_report
from webapp.studies import claims, delivery
from webapp.studies.models import Delivery, Destination, Study, StudyState

pytestmark = pytest.mark.django_db


@pytest.fixture
def pacs() -> Iterator[PlayingPacs]:
    """A PACS that is up."""
    with PlayingPacs() as playing:
        yield playing


@pytest.fixture
def queued(settings: Settings, tmp_path: Path, pacs: PlayingPacs) -> Delivery:
    """A delivery of a real report file to that PACS, claimed by this process."""
    settings.NODE_ARCHIVE_DIR = tmp_path
    report = make_report(make_round(make_study(), state=StudyState.ANALYSED))
    write_report(report, tmp_path)
    claimed = claims.take_delivery(make_delivery(report, port=pacs.port).pk)
    assert claimed is not None
    return claimed


def _study_state(row: Delivery) -> str:
    return Study.objects.get(rounds__reports=row.report).state


def test_accepted_report_is_sent_and_so_is_its_study(queued: Delivery, pacs: PlayingPacs) -> None:
    delivery.send(queued)
    queued.refresh_from_db()
    assert (queued.state, queued.status) == (Delivery.State.SENT, "0000")
    assert queued.send_ms is not None
    assert len(pacs.arrivals(queued.report.round.study.study_instance_uid)) == 1
    assert _study_state(queued) == StudyState.SENT


def test_report_waits_while_the_peer_is_out_of_resources(queued: Delivery, pacs: PlayingPacs) -> None:
    pacs.answer = lambda _: 0xA700
    delivery.send(queued)
    queued.refresh_from_db()
    assert (queued.state, queued.status) == (Delivery.State.QUEUED, "A700")
    assert queued.next_attempt_at > timezone.now()
    assert "A700" in queued.reason
    assert _study_state(queued) == StudyState.ANALYSED


def test_report_that_the_peer_cannot_understand_fails_for_good(queued: Delivery, pacs: PlayingPacs) -> None:
    pacs.answer = lambda _: 0xC000
    delivery.send(queued)
    queued.refresh_from_db()
    assert (queued.state, queued.status) == (Delivery.State.FAILED, "C000")
    assert _study_state(queued) == StudyState.FAILED


# pynetdicom drops a socket that could not connect without closing it
@pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning")
def test_report_waits_while_the_peer_is_down(queued: Delivery, pacs: PlayingPacs) -> None:
    pacs.stop()
    delivery.send(queued)
    queued.refresh_from_db()
    assert queued.state == Delivery.State.QUEUED
    assert queued.reason
    assert queued.claimed_by == ""


def test_study_is_sent_only_when_every_destination_has_it(queued: Delivery) -> None:
    other = make_delivery(queued.report, ae_title="OTHER", port=1)
    delivery.send(queued)
    assert _study_state(queued) == StudyState.ANALYSED
    other.state = Delivery.State.SENT
    other.save()
    delivery.settle_all()
    assert _study_state(queued) == StudyState.SENT


def test_failed_delivery_can_be_sent_again_by_staff(queued: Delivery, pacs: PlayingPacs) -> None:
    pacs.answer = lambda _: 0xC000
    delivery.send(queued)
    queued.refresh_from_db()
    pacs.answer = lambda _: 0x0000
    delivery.retry(queued)
    again = claims.take_delivery(queued.pk)
    assert again is not None
    delivery.send(again)
    assert _study_state(queued) == StudyState.SENT


def test_only_active_destinations_get_a_delivery() -> None:
    report = make_report(make_round(make_study(), state=StudyState.ANALYSED))
    Destination.objects.create(ae_title="ON", host="h", port=1)
    Destination.objects.create(ae_title="OFF", host="h", port=2, active=False)
    first = delivery.queue_for([report])
    assert delivery.queue_for([report]) == first
    assert [row.destination.ae_title for row in Delivery.objects.filter(pk__in=first)] == ["ON"]


def test_older_round_does_not_speak_for_a_study_with_a_newer_one(queued: Delivery) -> None:
    study = queued.report.round.study
    make_round(study, state=StudyState.COMPLETE)
    delivery.send(queued)
    study.refresh_from_db()
    assert study.state == StudyState.COMPLETE
