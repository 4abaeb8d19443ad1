"""What a crash or a lost message left is found, and nothing is queued without need."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories import make_delivery, make_report, make_round, make_study
from webapp.studies import claims, queueing
from webapp.studies.models import Delivery, Round, StudyState

pytestmark = pytest.mark.django_db


def _ago(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def test_round_whose_message_is_fresh_is_not_queued_again() -> None:
    make_round(make_study(), queued_at=timezone.now() - _ago(30))
    assert queueing.stranded_rounds() == []


def test_round_whose_message_was_lost_is_queued_again_with_growing_patience() -> None:
    now = timezone.now()
    round_ = make_round(make_study(), queued_at=now - _ago(61))
    assert queueing.stranded_rounds(now) == [round_.pk]
    assert queueing.stranded_rounds(now + _ago(61)) == []
    assert queueing.stranded_rounds(now + _ago(121)) == [round_.pk]


def test_round_of_a_dead_worker_is_queued_again_soon() -> None:
    round_ = make_round(make_study(), queued_at=timezone.now() - _ago(6))
    machine, _, _ = claims.holder().rsplit(":", 2)
    until = timezone.now() + _ago(300)
    Round.objects.filter(pk=round_.pk).update(claimed_by=f"{machine}:1:1", claimed_until=until)
    assert queueing.stranded_rounds() == [round_.pk]


def test_round_under_work_is_left_alone_however_long_ago_it_was_queued() -> None:
    round_ = make_round(make_study(), queued_at=timezone.now() - _ago(3600))
    until = timezone.now() + _ago(300)
    Round.objects.filter(pk=round_.pk).update(claimed_by="elsewhere:1:1", claimed_until=until)
    assert queueing.stranded_rounds() == []


def test_worker_that_starts_takes_up_what_nobody_works_on_at_once() -> None:
    waiting = make_round(make_study(), queued_at=timezone.now())
    under_work = make_round(make_study(), queued_at=timezone.now())
    until = timezone.now() + _ago(300)
    Round.objects.filter(pk=under_work.pk).update(claimed_by="elsewhere:1:1", claimed_until=until)
    make_round(make_study(), state=StudyState.SENT, queued_at=timezone.now())
    assert queueing.rounds_to_resume() == [waiting.pk]
    assert queueing.stranded_rounds(timezone.now() + _ago(30)) == []


@pytest.mark.parametrize("state", [StudyState.ANALYSED, StudyState.SENT, StudyState.FAILED])
def test_finished_round_is_never_queued(state: StudyState) -> None:
    make_round(make_study(), state=state, queued_at=timezone.now() - _ago(9999))
    assert queueing.stranded_rounds() == []


def test_due_delivery_is_queued_once() -> None:
    row = make_delivery(make_report(make_round(make_study())))
    assert queueing.due_deliveries() == [row.pk]
    assert queueing.due_deliveries() == []
    assert queueing.due_deliveries(timezone.now() + _ago(61)) == [row.pk]


def test_delivery_waits_for_its_next_attempt() -> None:
    row = make_delivery(make_report(make_round(make_study())))
    Delivery.objects.filter(pk=row.pk).update(next_attempt_at=timezone.now() + _ago(9))
    assert queueing.due_deliveries() == []


def test_back_off_doubles_up_to_its_limit_and_is_spread() -> None:
    first = [queueing.back_off(1).total_seconds() for _ in range(50)]
    late = [queueing.back_off(60).total_seconds() for _ in range(50)]
    assert 2.5 <= min(first) < max(first) <= 5.0
    assert 450 <= min(late) < max(late) <= 900
