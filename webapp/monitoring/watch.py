"""The evaluation of the alert rules, by whoever has the turn."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from webapp.monitoring import alerting, notices, turns
from webapp.monitoring.models import Turn

TURN = "watch"
# a deputy waits for so many missed turns of the clock
_PATIENCE_TURNS = 2


def evaluate_if_due() -> bool:
    """Evaluate the rules and send notices where this is due; the clock calls it."""
    if not turns.take(TURN, settings.NODE_WATCH_SECONDS):
        return False
    _evaluate()
    return True


def is_late() -> bool:
    """Tell whether the clock has missed its turns."""
    late = timezone.now() - timedelta(seconds=_patience_seconds())
    row = Turn.objects.filter(name=TURN).first()
    return row is None or row.due_at <= late


def stand_in() -> bool:
    """Do the clock's work where it is late."""
    if not turns.take(TURN, settings.NODE_WATCH_SECONDS, late_by_seconds=_patience_seconds()):
        return False
    _evaluate()
    return True


def _patience_seconds() -> float:
    return _PATIENCE_TURNS * float(settings.NODE_WATCH_SECONDS)


def _evaluate() -> None:
    alerting.evaluate()
    notices.send_due()
