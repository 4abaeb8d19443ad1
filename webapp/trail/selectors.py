"""Which events somebody may read: auditors and administrators all of them, everybody else none."""

from collections.abc import Mapping
from typing import Final

from django.db.models import Q, QuerySet

from webapp.accounts.permissions import MayReadAuditTrail
from webapp.accounts.roles import Person, has_role
from webapp.audit.models import Action, ActorKind, AuditEvent, Event, Outcome
from webapp.filters import FilterError, within

EXACT: Final = ("actor_kind", "actor", "action", "event", "outcome", "object_type", "object_id", "address")
CHOICES: Final = {"actor_kind": ActorKind, "action": Action, "event": Event, "outcome": Outcome}


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
    rows = within(rows, wanted)
    if word := wanted.get("search", "").strip():
        rows = rows.filter(Q(actor=word) | Q(object_id=word) | Q(address=word))
    return rows


def _known(name: str, value: str) -> str:
    choices = CHOICES.get(name)
    if choices is not None and value not in choices.values:
        raise FilterError(f"{name} is {value!r}; one of {', '.join(choices.values)} is expected.")
    return value
