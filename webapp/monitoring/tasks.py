"""What the clock does for the operations side."""

from celery import shared_task
from django.conf import settings

from webapp.monitoring import canary as canaries
from webapp.monitoring import housekeeping, switch, turns, watch


@shared_task(name="monitoring.watch")
def evaluate() -> None:
    """Evaluate the alert rules, and send what is due."""
    watch.evaluate_if_due()


@shared_task(name="monitoring.canary")
def canary(scheduled: bool = False) -> None:
    """Send a canary; not while the AI is paused, and on the schedule one at a time."""
    if switch.open_pause() is not None:
        return
    if scheduled and not turns.take("canary", 0.9 * settings.NODE_CANARY_EVERY_SECONDS):
        return
    canaries.run()


@shared_task(name="monitoring.housekeep")
def housekeep() -> None:
    """Compare for drift, and delete what may go."""
    if turns.take("housekeep", housekeeping.EVERY_SECONDS):
        housekeeping.run()
