"""Which events somebody may read: auditors and administrators all of them, everybody else none."""

from collections.abc import Mapping
from datetime import UTC
from typing import Final

from django.db.models import Q, QuerySet
from django.utils.dateparse import parse_datetime

from webapp.accounts.permissions import MayReadAuditTrail
from webapp.accounts.roles import Person, has_role
from webapp.audit.models import Action, ActorKind, AuditEvent, Event, Outcome

EXACT: Final = ("actor_kind", "actor", "action", "event", "outcome", "object_type", "object_id", "address")
CHOICES: Final = {"actor_kind": ActorKind, "action": Action, "event": Event, "outcome": Outcome}


class FilterError(ValueError):
    """A filter of the request cannot be understood; the text says how it should look."""


def events_for(user: Person) -> QuerySet[AuditEvent]:
    """Return the events that this user may read, the newest first, each with its place in the chain."""
    rows = AuditEvent.objects.select_related("link").order_by("-id")
    return rows if has_role(user, *MayReadAuditTrail.roles) else rows.none()


def filtered(rows: QuerySet[AuditEvent], wanted: Mapping[str, str]) -> QuerySet[AuditEvent]:
    """Narrow by equality, by time (``since``, ``until``) and by a name or identifier as a whole (``search``).

    Raises
    ------
    FilterError
        If a value is none of those there are, or no time.
    """
    for name in EXACT:
        value = wanted.get(name)
        if value or (value is not None and name in CHOICES):
            rows = rows.filter(**{name: _known(name, value)})
    for name, lookup in (("since", "at__gte"), ("until", "at__lt")):
        if (value := wanted.get(name)) is not None:
            rows = rows.filter(**{lookup: _time(name, value)})
    if word := wanted.get("search", "").strip():
        rows = rows.filter(Q(actor=word) | Q(object_id=word) | Q(address=word))
    return rows


def _known(name: str, value: str) -> str:
    choices = CHOICES.get(name)
    if choices is not None and value not in choices.values:
        raise FilterError(f"{name} is {value!r}; one of {', '.join(choices.values)} is expected.")
    return value


def _time(name: str, value: str) -> object:
    try:
        found = parse_datetime(value)
        # near the first and the last day there may be no such time elsewhere
        found = None if found is None or found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        found = None
    if found is None:
        raise FilterError(f"{name} is {value!r}; a time such as 2026-01-31T08:00:00Z is expected.")
    return found
