"""What an event says in the terms of PS3.15 A.5, whatever form it is then written in.

Nothing here reads a setting or the database: an event, its place in the chain and the reporting node go in.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from webapp.audit import coding
from webapp.audit.coding import Code
from webapp.audit.models import Action, ActorKind, AuditEvent, AuditLink, Event, Outcome

# a receiver must take messages of 32,768 octets (PS3.15 A.6): what is longer is cut here, and says so
_DETAIL_CHARACTERS = 12_000
_OUTCOMES: Final = MappingProxyType({Outcome.SUCCESS: "0", Outcome.REFUSED: "4", Outcome.FAILED: "8"})
_CONFIGURATION: Final = MappingProxyType(
    {
        "account": coding.USER_CHANGED,
        "token": coding.USER_CHANGED,
        "account-roles": coding.ROLES_CHANGED,
        "site-members": coding.ROLES_CHANGED,
        "allowed-peer": coding.NETWORK_CONFIGURATION,
        "destination": coding.NETWORK_CONFIGURATION,
    }
)
_LIFE_CYCLES: Final = MappingProxyType(
    {Event.IMPORT: "2", Event.ACCESSED: "6", Event.EXPORT: "10", Event.TRANSFERRED: "10", Event.STUDY_DELETED: "15"}
)
_PERSON, _SYSTEM_OBJECT = "1", "2"
_REPORT, _USER, _SECURITY_RESOURCE, _QUERY = "3", "6", "13", "24"


@dataclass(frozen=True)
class Source:
    """The node that reports."""

    name: str
    site: str
    ae_title: str


@dataclass(frozen=True)
class Participant:
    """Somebody or something that took part."""

    user_id: str
    alternative_id: str = ""
    is_requestor: bool = False
    role: Code | None = None
    address: str = ""
    medium: Code | None = None


@dataclass(frozen=True)
class ParticipantObject:
    """What it was done to."""

    id: str
    id_type: Code
    type: str
    role: str
    name: str
    life_cycle: str = ""
    # what was asked, instead of a name
    query: str = ""
    details: Mapping[str, str] = field(default_factory=dict)
    # SOP Class UID -> how many instances
    instances: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Meaning:
    """One event."""

    event_id: Code
    types: tuple[Code, ...]
    action: str
    at: datetime
    outcome: str
    outcome_text: str
    participants: tuple[Participant, ...]
    source: Source
    object: ParticipantObject


def read(event: AuditEvent, source: Source, place: AuditLink | None = None) -> Meaning:
    """Say what an event means; with its place, the receiver can prove the chain, too."""
    kind, detail = Event(event.event), _detail(event)
    is_received = _is_received(event)
    outcome = Outcome(event.outcome)
    return Meaning(
        event_id=coding.EVENTS[Event.TRANSFERRED if is_received else kind],
        types=_types(kind, event.object_type, detail),
        action=Action.CREATE if is_received else coding.ACTIONS.get(kind, event.action),
        at=event.at,
        outcome=_OUTCOMES[outcome],
        outcome_text="" if outcome == Outcome.SUCCESS else str(outcome.label),
        participants=_participants(event, kind, detail, source),
        source=source,
        object=_object(event, kind, detail, place),
    )


def _detail(event: AuditEvent) -> dict[str, Any]:
    try:
        found = json.loads(event.detail)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _is_received(event: AuditEvent) -> bool:
    """Tell whether a peer pushed objects: between application entities that is a transfer, not an import of media."""
    return event.event == Event.IMPORT and event.actor_kind == ActorKind.AE


def _types(kind: Event, object_type: str, detail: Mapping[str, Any]) -> tuple[Code, ...]:
    if kind == Event.LOGIN:
        return (coding.LOGIN,)
    if kind == Event.LOGOUT:
        return (coding.LOGOUT,)
    if kind == Event.APPLICATION:
        return (coding.APPLICATION_STOP if detail.get("activity") == "stop" else coding.APPLICATION_START,)
    if kind == Event.CONFIGURATION:
        return (_CONFIGURATION.get(object_type, coding.SOFTWARE_CONFIGURATION),)
    if kind == Event.SECURITY_ALERT:
        return (coding.NODE_AUTHENTICATION if object_type == "association" else coding.RESTRICTED_FUNCTION,)
    return ()


def _participants(event: AuditEvent, kind: Event, detail: Mapping[str, Any], source: Source) -> tuple[Participant, ...]:
    if _is_received(event):
        return _actor(event, coding.SOURCE), _node(source, coding.DESTINATION)
    if kind == Event.IMPORT:
        place = event.address or "unknown"
        media = Participant(place, role=coding.SOURCE_MEDIA, address=event.address, medium=coding.URI_MEDIUM)
        return _actor(event, coding.DESTINATION), media
    if kind == Event.EXPORT:
        return _actor(event, coding.SOURCE), _receiver(event, detail, coding.DESTINATION_MEDIA, coding.URI_MEDIUM)
    if kind == Event.TRANSFERRED:
        return _actor(event, coding.SOURCE), _receiver(event, detail, coding.DESTINATION, None)
    if kind == Event.QUERY:
        is_ours = "destination" in detail
        asked = _receiver(event, detail, coding.DESTINATION, None) if is_ours else _node(source, coding.DESTINATION)
        return _actor(event, coding.SOURCE), asked
    if kind == Event.APPLICATION:
        return _actor(event, coding.APPLICATION_LAUNCHER), _node(source, coding.APPLICATION)
    return _actor(event, None), _node(source, None)


def _actor(event: AuditEvent, role: Code | None) -> Participant:
    alternatives = {
        ActorKind.USER: event.actor_id,
        ActorKind.TOKEN: f"token {event.token_id}" if event.token_id else event.actor_id,
        ActorKind.AE: f"AETITLES={event.actor}",
    }
    alternative = alternatives.get(ActorKind(event.actor_kind), "")
    return Participant(event.actor, alternative, is_requestor=True, role=role, address=event.address)


def _node(source: Source, role: Code | None) -> Participant:
    return Participant(source.name, f"AETITLES={source.ae_title}", role=role, address=source.name)


def _receiver(event: AuditEvent, detail: Mapping[str, Any], role: Code, medium: Code | None) -> Participant:
    name = str(detail.get("destination") or event.address or "unknown")
    title = str(detail.get("ae_title") or "")
    address = str(detail.get("host") or ("" if "destination" in detail else event.address))
    return Participant(name, f"AETITLES={title}" if title else "", role=role, address=address, medium=medium)


def _object(event: AuditEvent, kind: Event, detail: Mapping[str, Any], place: AuditLink | None) -> ParticipantObject:
    id_type, type_, role = _identity(event.object_type, kind)
    counts = detail.get("sop_classes")
    counts = counts if isinstance(counts, dict) else {}
    return ParticipantObject(
        # mandatory, and some events concern no single object
        id=event.object_id or event.object_type,
        id_type=id_type,
        type=type_,
        role=role,
        name="Security Audit Log" if kind == Event.AUDIT_USED else event.object_type,
        life_cycle=_LIFE_CYCLES.get(kind, ""),
        query=event.detail if kind == Event.QUERY else "",
        details=_details(event, place),
        instances={uid: count for uid, count in counts.items() if isinstance(count, int)},
    )


def _identity(object_type: str, kind: Event) -> tuple[Code, str, str]:
    """Return the kind of identifier, the type of the object and its part in the event."""
    if kind == Event.AUDIT_USED:
        return coding.URI, _SYSTEM_OBJECT, _SECURITY_RESOURCE
    if kind == Event.QUERY:
        return coding.SEARCH_CRITERIA, _SYSTEM_OBJECT, _QUERY
    if object_type == "study":
        return coding.STUDY_INSTANCE_UID, _SYSTEM_OBJECT, _REPORT
    if object_type in {"account", "account-roles"}:
        return coding.USER_IDENTIFIER, _PERSON, _USER
    is_guarded = kind in {Event.CONFIGURATION, Event.SECURITY_ALERT, Event.APPLICATION}
    return coding.own(object_type), _SYSTEM_OBJECT, _SECURITY_RESOURCE if is_guarded else _REPORT


def _details(event: AuditEvent, place: AuditLink | None) -> dict[str, str]:
    details = {"object_type": event.object_type}
    if event.detail != "{}":
        whole = len(event.detail) <= _DETAIL_CHARACTERS
        details["detail" if whole else "detail, cut off"] = event.detail[:_DETAIL_CHARACTERS]
    if place is not None:
        details |= {"sequence": str(place.sequence), "hash": place.hash}
    return details
