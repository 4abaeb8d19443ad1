"""Who is working on a row: a claim that a killed process cannot keep.

A claim names its process. On the same machine a dead process loses its claim at once; on another machine
it ends with the time limit of the task. So a redelivered message is neither refused nor done twice.
"""

import os
import socket
from datetime import datetime, timedelta
from functools import cache

import psutil
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from webapp.studies.models import Delivery, PriorSearch, Round, StudyState


@cache
def _process_name(pid: int) -> str:
    return f"{socket.gethostname()[:64]}:{pid}:{int(psutil.Process(pid).create_time())}"


def holder() -> str:
    """Return the name of this process: machine, pid, start time."""
    return _process_name(os.getpid())


def is_live(claimed_by: str, claimed_until: datetime | None) -> bool:
    """Tell whether another process is still working under this claim."""
    if not claimed_by or claimed_by == holder() or claimed_until is None or claimed_until <= timezone.now():
        return False
    machine, pid, started = claimed_by.rsplit(":", 2)
    if machine != socket.gethostname()[:64]:
        return True
    try:
        process = psutil.Process(int(pid))
        return process.status() != psutil.STATUS_ZOMBIE and int(process.create_time()) == int(started)
    except psutil.NoSuchProcess:
        return False


@transaction.atomic
def take_round(pk: int) -> Round | None:
    """Claim a complete round for analysis; None when it is done already or another process works on it."""
    row = Round.objects.select_for_update().select_related("study").get(pk=pk)
    if row.state != StudyState.COMPLETE or is_live(row.claimed_by, row.claimed_until):
        return None
    _claim(row)
    return row


@transaction.atomic
def take_delivery(pk: int) -> Delivery | None:
    """Claim an unfinished delivery that is due; None when it is done, not due, or another process works on it."""
    row = Delivery.objects.select_for_update().select_related("report__round__study", "destination").get(pk=pk)
    due = row.next_attempt_at <= timezone.now() and Delivery.objects.unfinished().filter(pk=pk).exists()
    if not due or is_live(row.claimed_by, row.claimed_until):
        return None
    _claim(row)
    return row


@transaction.atomic
def take_prior_search(pk: int) -> PriorSearch | None:
    """Claim a queued search for priors that is due; None when it is done, not due, or being worked on."""
    row = PriorSearch.objects.select_for_update().select_related("study").get(pk=pk)
    due = row.state == PriorSearch.State.QUEUED and row.next_attempt_at <= timezone.now()
    if not due or is_live(row.claimed_by, row.claimed_until):
        return None
    _claim(row)
    return row


def _claim(row: Round | Delivery | PriorSearch) -> None:
    row.claimed_by = holder()
    row.claimed_at = timezone.now()
    row.claimed_until = row.claimed_at + timedelta(seconds=settings.NODE_ANALYSIS_SECONDS_LIMIT)
    row.attempts += 1
    row.save(update_fields=["claimed_by", "claimed_at", "claimed_until", "attempts"])
