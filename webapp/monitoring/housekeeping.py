"""What is done once an hour: drift, retention, old rows."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from webapp.monitoring import canary, drift, retention
from webapp.monitoring.models import CanaryRun, ErrorEvent, Notice, ProcessStart

EVERY_SECONDS = 3600.0


def run() -> None:
    """Do all of it."""
    drift.compare()
    retention.apply()
    canary.clean_up()
    _forget_old_rows()


def _forget_old_rows() -> None:
    old = timezone.now() - timedelta(days=settings.NODE_ERROR_EVENTS_DAYS)
    ErrorEvent.objects.filter(at__lt=old).delete()
    ProcessStart.objects.filter(at__lt=old).delete()
    Notice.objects.exclude(state=Notice.State.QUEUED).filter(created_at__lt=old).delete()
    # the last run stays, whatever its age: it is what the alerts look at
    newest = (
        CanaryRun.objects.filter(state=CanaryRun.State.PASSED).order_by("-ended_at").values_list("pk", flat=True)[:1]
    )
    CanaryRun.objects.filter(ended_at__lt=old).exclude(pk__in=list(newest)).delete()
