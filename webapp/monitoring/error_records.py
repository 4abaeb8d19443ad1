"""Logged errors -> groups of rows. Called by the pulse of each process, outside of any transaction that failed."""

import hashlib
from datetime import UTC, datetime
from typing import NamedTuple

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from webapp.monitoring import error_handler, tallies
from webapp.monitoring.error_handler import LoggedError
from webapp.monitoring.models import ErrorEvent, ErrorGroup

_TRACEBACK_CHARACTERS = 20_000


class _What(NamedTuple):
    """What the occurrences of a group have in common."""

    origin: str
    kind: str
    place: str
    message: str
    stage: str
    traceback: str

    @property
    def fingerprint(self) -> str:
        words = (self.origin, self.kind, self.place, self.message, self.stage)
        return hashlib.sha256("\0".join(words).encode()).hexdigest()


def flush(process: str) -> int:
    """Write what the log handler remembered; return how many errors there were."""
    errors = error_handler.drain()
    for error in errors:
        at = datetime.fromtimestamp(error.at, tz=UTC)
        _record(_what(error), at, process, next(iter(error.arguments), ""))
    return len(errors)


def record_failure(stage: str, study_instance_uid: str, process: str) -> None:
    """Record a round that failed for good. The reason stays with the round: it may quote a header."""
    what = _What(ErrorGroup.Origin.TASK, "StageError", f"stage {stage}", "a round failed for good", stage[:16], "")
    _record(what, timezone.now(), process, study_instance_uid)


def record_browser(kind: str, place: str, frames: str, process: str) -> None:
    """Record an error of a browser page; the caller has let nothing but names and places through."""
    what = _What(ErrorGroup.Origin.BROWSER, kind, place[:200], "an error in a browser page", "", frames)
    _record(what, timezone.now(), process, "")


def _what(error: LoggedError) -> _What:
    return _What(
        origin=_origin(error.logger),
        kind=error.kind[:128],
        place=error.place[:200],
        message=error.template[:400],
        stage="",
        traceback=error.traceback[:_TRACEBACK_CHARACTERS],
    )


def _origin(logger: str) -> str:
    if logger.startswith(("django.request", "django.security", "webapp.problems")):
        return ErrorGroup.Origin.REQUEST
    if logger.startswith(("dicom_node", "webapp.studies.management", "pynetdicom")):
        return ErrorGroup.Origin.ASSOCIATION
    if logger.startswith(("webapp.studies", "celery", "webapp.chatbot.tasks")):
        return ErrorGroup.Origin.TASK
    return ErrorGroup.Origin.PROCESS


@transaction.atomic
def _record(what: _What, at: datetime, process: str, study_instance_uid: str) -> None:
    group, is_new = ErrorGroup.objects.get_or_create(
        fingerprint=what.fingerprint,
        defaults={**what._asdict(), "count": 1, "first_at": at, "last_at": at},
    )
    if not is_new:
        # a group that was resolved and comes back is open again, and says so
        reopened = ErrorGroup.objects.filter(pk=group.pk, state=ErrorGroup.State.RESOLVED, resolved_at__lt=at)
        reopened.update(
            state=ErrorGroup.State.OPEN,
            resolved_at=None,
            resolved_by=None,
            reopened_times=F("reopened_times") + 1,
        )
        changes = {"traceback": what.traceback} if what.traceback else {}
        ErrorGroup.objects.filter(pk=group.pk).update(count=F("count") + 1, last_at=at, **changes)
    ErrorEvent.objects.create(group=group, at=at, process=process[:64], study_instance_uid=study_instance_uid[:64])
    tallies.add("errors", origin=what.origin.lower(), kind=what.kind)


def resolve(group: ErrorGroup, user: User) -> None:
    """Say that a group is dealt with; its next occurrence opens it again."""
    group.state, group.resolved_at, group.resolved_by = ErrorGroup.State.RESOLVED, timezone.now(), user
    group.save(update_fields=["state", "resolved_at", "resolved_by"])


def reopen(group: ErrorGroup) -> None:
    """Say that a group is not dealt with after all."""
    group.state, group.resolved_at, group.resolved_by = ErrorGroup.State.OPEN, None, None
    group.save(update_fields=["state", "resolved_at", "resolved_by"])
