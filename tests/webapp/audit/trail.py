"""Events of every class for tests."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from webapp.audit import recorder
from webapp.audit.actors import Actor, application_entity
from webapp.audit.meaning import Source
from webapp.audit.models import Action, ActorKind, AuditEvent, AuditLink, Event, Outcome

ALICE = Actor(ActorKind.USER, "alice", "7", address="10.0.0.7")
SCRIPT = Actor(ActorKind.TOKEN, "alice", "7", token_id="ab12", address="2001:db8::7")
VISITOR = Actor(ActorKind.VISITOR, "10.0.0.9", address="10.0.0.9")
PACS = application_entity("PACS", "10.0.0.5")
WORKER = Actor(ActorKind.PROCESS, "node: celery worker")
CANON = Source("node.example.org", "Hôpital", "MAMMONODE")
MG = "1.2.840.10008.5.1.4.1.1.1.2"

_ACTIONS = {Event.STUDY_DELETED: Action.DELETE, Event.IMPORT: Action.CREATE, Event.CONFIGURATION: Action.UPDATE}
_OBJECTS = {Event.LOGIN: "account", Event.LOGOUT: "account", Event.CONFIGURATION: "allowed-peer"}


def made(event: Event, actor: Actor = ALICE, **facts: Any) -> AuditEvent:
    """Return an event that no database has."""
    return AuditEvent(
        at=facts.pop("at", datetime(2026, 3, 2, 10, 0, 0, 1, tzinfo=UTC)),
        actor_kind=actor.kind,
        actor=actor.name,
        actor_id=actor.id,
        token_id=actor.token_id,
        address=actor.address,
        action=facts.pop("action", _ACTIONS.get(event, Action.READ)),
        event=event,
        object_type=facts.pop("object_type", _OBJECTS.get(event, "study")),
        object_id=facts.pop("object_id", "1.2.3"),
        outcome=facts.pop("outcome", Outcome.SUCCESS),
        detail=recorder.canonical(facts.pop("detail", {})),
    )


def every() -> Iterator[AuditEvent]:
    """Yield each class of event by each kind of actor, with each outcome, and the odd ones."""
    for event in Event:
        for actor in (ALICE, SCRIPT, VISITOR, PACS, WORKER):
            yield made(event, actor)
        for outcome in Outcome:
            yield made(event, outcome=outcome, object_id="")
    yield made(Event.IMPORT, PACS, detail={"instances": 4, "sop_classes": {MG: 4}})
    yield made(
        Event.TRANSFERRED, WORKER, detail={"destination": "PACS@10.0.0.5:104", "ae_title": "PACS", "host": "pacs"}
    )
    yield made(Event.ACCESSED, Actor(ActorKind.USER, "O'Neil <\"&> Ünïcode"), object_id="a]]>&<b")
    yield made(Event.ACCESSED, detail={"much": "x" * 50_000})
    yield made(Event.IMPORT, PACS, detail={"sop_classes": {MG: "four"}, "other": [1]})
    yield made(Event.SECURITY_ALERT, PACS, object_type="association", outcome=Outcome.REFUSED)


def place(sequence: int = 12) -> AuditLink:
    """Return a place in the chain."""
    return AuditLink(sequence=sequence, previous_hash="0" * 64, hash="ab" * 32)
