"""The one door to the trail. It refuses to be anonymous."""

import json
from collections.abc import Mapping

from django.utils import timezone

from webapp.audit import actors, chain
from webapp.audit.actors import Actor
from webapp.audit.errors import AnonymousError
from webapp.audit.models import Action, AuditEvent, Event, Outcome

Detail = Mapping[str, object]


def record(
    event: Event,
    action: Action,
    object_type: str,
    object_id: object = "",
    *,
    outcome: Outcome = Outcome.SUCCESS,
    actor: Actor | None = None,
    detail: Detail | None = None,
) -> AuditEvent:
    """Write down what somebody did: the given actor, or the one whom `actors.acting` names.

    Within a transaction the event stands and falls with it. ``detail`` holds identifiers and numbers, never a
    patient's data.

    Raises
    ------
    AnonymousError
        If nobody is named.
    django.db.Error
        If it cannot be written.
    """
    who = actor or actors.current()
    if who is None or not who.name.strip():
        raise AnonymousError(f"{event} of {object_type}: nobody is named who did it.")
    row = AuditEvent(
        at=timezone.now(),
        actor_kind=who.kind,
        actor=plain(who.name, 150),
        actor_id=plain(who.id, 64),
        token_id=plain(who.token_id, 64),
        address=plain(who.address, 64),
        action=action,
        event=event,
        object_type=plain(object_type, 32),
        object_id=plain(object_id, 200),
        outcome=outcome,
        detail=canonical(detail or {}),
    )
    chain.write(row)
    return row


def plain(value: object, length: int) -> str:
    """Return text that every database keeps letter for letter."""
    return "".join(c if c.isprintable() else "?" for c in str(value).encode("utf-8", "replace").decode())[:length]


def canonical(detail: Detail) -> str:
    """Return JSON that reads the same wherever it is written."""
    return json.dumps(detail, sort_keys=True, ensure_ascii=True, separators=(",", ":"), default=str)
