"""Things that one process at a time does: whoever moves the time forward in the database has the turn."""

from datetime import datetime, timedelta

from django.utils import timezone

from webapp.monitoring.models import Turn
from webapp.studies import claims


def take(name: str, every_seconds: float, *, late_by_seconds: float = 0.0, now: datetime | None = None) -> bool:
    """Take the turn where it is due, or overdue by so much; True for one caller alone."""
    now = now or timezone.now()
    due = Turn.objects.filter(name=name, due_at__lte=now - timedelta(seconds=late_by_seconds))
    # looked at before it is written, so that those without a turn take no lock
    if not due.exists():
        if Turn.objects.filter(name=name).exists():
            return False
        # the very first one: due at once for the regular caller, later for a deputy
        Turn.objects.get_or_create(name=name, defaults={"due_at": now})
    taken = due.update(due_at=now + timedelta(seconds=every_seconds), taken_by=claims.holder())
    return taken == 1
