"""A claim belongs to a living process."""

import os
import subprocess
import sys
from datetime import timedelta

import psutil
import pytest
from django.utils import timezone

from tests.factories import make_delivery, make_report, make_round, make_study
from webapp.studies import claims
from webapp.studies.models import Delivery, Round, StudyState

pytestmark = pytest.mark.django_db


def _name_of(process: subprocess.Popen[bytes]) -> str:
    machine, _, _ = claims.holder().rsplit(":", 2)
    return f"{machine}:{process.pid}:{int(psutil.Process(process.pid).create_time())}"


def test_round_claimed_by_a_living_process_is_left_alone_until_that_process_is_killed() -> None:
    round_ = make_round(make_study())
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        until = timezone.now() + timedelta(seconds=300)
        Round.objects.filter(pk=round_.pk).update(claimed_by=_name_of(other), claimed_until=until)
        assert claims.take_round(round_.pk) is None
        other.kill()
        other.wait()
        taken = claims.take_round(round_.pk)
    assert taken is not None
    assert taken.claimed_by == claims.holder()
    assert taken.attempts == 1


def test_own_claim_can_be_taken_again() -> None:
    round_ = make_round(make_study())
    assert claims.take_round(round_.pk) is not None
    assert claims.take_round(round_.pk) is not None


def test_claim_of_another_machine_ends_with_its_time_limit() -> None:
    future, past = (timezone.now() + timedelta(seconds=seconds) for seconds in (9, -1))
    assert claims.is_live("elsewhere:1:1", future)
    assert not claims.is_live("elsewhere:1:1", past)


def test_reused_process_id_does_not_keep_a_claim_alive() -> None:
    machine, _, _ = claims.holder().rsplit(":", 2)
    assert not claims.is_live(f"{machine}:{os.getppid()}:1", timezone.now() + timedelta(seconds=9))


def test_finished_round_cannot_be_claimed() -> None:
    round_ = make_round(make_study(), state=StudyState.ANALYSED)
    assert claims.take_round(round_.pk) is None


def test_delivery_that_is_not_due_cannot_be_claimed() -> None:
    row = make_delivery(make_report(make_round(make_study())))
    Delivery.objects.filter(pk=row.pk).update(next_attempt_at=timezone.now() + timedelta(seconds=5))
    assert claims.take_delivery(row.pk) is None
