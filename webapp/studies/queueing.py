"""What waits in the database without a message or a worker: the part that makes a lost message harmless."""

import random
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from webapp.studies import claims
from webapp.studies.models import Delivery, Round, StudyState

# A message may wait this long in the broker before another one is sent; doubled at each repetition
_PATIENCE = timedelta(seconds=60)
# A row whose worker died is queued again sooner
_PATIENCE_AFTER_DEATH = timedelta(seconds=5)
_MOST_DOUBLINGS = 6


def stranded_rounds(now: datetime | None = None) -> list[int]:
    """Return complete rounds that nobody works on and whose message seems lost; note them as queued now."""
    now = now or timezone.now()
    waiting = Round.objects.filter(state=StudyState.COMPLETE, queued_at__lte=now - _PATIENCE_AFTER_DEATH)
    found = [row for row in waiting.order_by("queued_at")[:200] if _is_stranded(row, now)]
    for row in found:
        Round.objects.filter(pk=row.pk).update(queued_at=now, queued_times=row.queued_times + 1)
    return [row.pk for row in found]


def rounds_to_resume(now: datetime | None = None) -> list[int]:
    """Return every complete round that nobody works on, whatever became of its message; note them as queued now.

    For a worker that starts: what the one before it had taken and not begun is in no queue any more.
    """
    waiting = Round.objects.filter(state=StudyState.COMPLETE).order_by("queued_at")
    found = [row.pk for row in waiting[:200] if not claims.is_live(row.claimed_by, row.claimed_until)]
    Round.objects.filter(pk__in=found).update(queued_at=now or timezone.now())
    return found


def _is_stranded(row: Round, now: datetime) -> bool:
    if row.claimed_by:
        return not claims.is_live(row.claimed_by, row.claimed_until)
    doublings = min(row.queued_times - 1, _MOST_DOUBLINGS)
    patience: timedelta = _PATIENCE * 2**doublings
    return row.queued_at <= now - patience


def due_deliveries(now: datetime | None = None) -> list[int]:
    """Return deliveries that are due and not under way; note them as queued now."""
    now = now or timezone.now()
    silent = Q(queued_at__isnull=True) | Q(queued_at__lte=now - _PATIENCE)
    orphaned = ~Q(claimed_by="") & Q(queued_at__lte=now - _PATIENCE_AFTER_DEATH)
    due = Delivery.objects.unfinished().filter(silent | orphaned, next_attempt_at__lte=now)
    found = [row.pk for row in due.order_by("next_attempt_at")[:200] if not _is_held(row)]
    Delivery.objects.filter(pk__in=found).update(queued_at=now)
    return found


def _is_held(row: Delivery) -> bool:
    return claims.is_live(row.claimed_by, row.claimed_until)


def try_later(round_: Round, *, count_attempt: bool = True) -> None:
    """Give a round back: another worker takes it after the patience of a lost message."""
    Round.objects.filter(pk=round_.pk, state=StudyState.COMPLETE).update(
        claimed_by="",
        claimed_until=None,
        queued_at=timezone.now(),
        queued_times=1,
        attempts=round_.attempts if count_attempt else round_.attempts - 1,
    )


def back_off(attempts: int) -> timedelta:
    """Return the pause before the next try: doubling, capped, with jitter so that peers are not hit in step."""
    longest = settings.NODE_RETRY_LONGEST_SECONDS
    pause = min(settings.NODE_RETRY_FIRST_SECONDS * 2 ** min(attempts - 1, 20), longest)
    return timedelta(seconds=pause * random.uniform(0.5, 1.0))
