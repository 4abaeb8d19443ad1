"""An event as a FHIR R4 AuditEvent.

References
----------
https://hl7.org/fhir/R4/auditevent.html
"""

import base64
from typing import Any

from webapp.audit import meaning
from webapp.audit.coding import Code
from webapp.audit.dicom_message import instant, network_type
from webapp.audit.meaning import Participant, ParticipantObject, Source
from webapp.audit.models import AuditEvent, AuditLink

_SYSTEMS = {"DCM": "http://dicom.nema.org/resources/ontology/DCM"}
_TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"
_SOURCE_TYPE = {"system": f"{_TERMINOLOGY}/security-source-type", "code": "4", "display": "Application Server"}

Resource = dict[str, Any]


def resource(event: AuditEvent, source: Source, place: AuditLink | None = None) -> Resource:
    """Return the resource; its id is the event's number in the chain, where it has one."""
    said = meaning.read(event, source, place)
    made: Resource = {
        "resourceType": "AuditEvent",
        "type": _coding(said.event_id),
        "action": str(said.action),
        "recorded": instant(said.at),
        "outcome": said.outcome,
        "agent": [_agent(participant) for participant in said.participants],
        "source": {"site": source.site, "observer": {"display": source.name}, "type": [_SOURCE_TYPE]},
        "entity": [_entity(said.object)],
    }
    if place is not None:
        made["id"] = str(place.sequence)
    if said.types:
        made["subtype"] = [_coding(code) for code in said.types]
    if said.outcome_text:
        made["outcomeDesc"] = said.outcome_text
    return made


def _coding(code: Code) -> Resource:
    coding = {"code": code.value, "display": code.meaning}
    return {"system": _SYSTEMS[code.scheme], **coding} if code.scheme in _SYSTEMS else coding


def _concept(code: Code) -> Resource:
    return {"coding": [_coding(code)], "text": code.meaning}


def _agent(participant: Participant) -> Resource:
    agent: Resource = {
        "who": {"identifier": {"value": participant.user_id}, "display": participant.user_id},
        "requestor": participant.is_requestor,
    }
    if participant.role is not None:
        agent["type"] = _concept(participant.role)
    if participant.alternative_id:
        agent["altId"] = participant.alternative_id
    if participant.medium is not None:
        agent["media"] = _coding(participant.medium)
    if participant.address:
        agent["network"] = {"address": participant.address, "type": network_type(participant.address)}
    return agent


def _entity(thing: ParticipantObject) -> Resource:
    identifier: Resource = {"type": {"text": thing.id_type.meaning}, "value": thing.id}
    if thing.id_type.scheme == "DCM":
        identifier = {"type": _concept(thing.id_type), "system": "urn:dicom:uid", "value": f"urn:oid:{thing.id}"}
    entity: Resource = {
        "what": {"identifier": identifier},
        "type": {"system": f"{_TERMINOLOGY}/audit-entity-type", "code": thing.type},
        "role": {"system": f"{_TERMINOLOGY}/object-role", "code": thing.role},
        "detail": [{"type": name, "valueString": value} for name, value in thing.details.items()],
    }
    if thing.life_cycle:
        entity["lifecycle"] = {"system": f"{_TERMINOLOGY}/dicom-audit-lifecycle", "code": thing.life_cycle}
    if thing.query:
        entity["query"] = base64.b64encode(thing.query.encode()).decode("ascii")
    else:
        entity["name"] = thing.name
    entity["detail"] += [
        {"type": f"instances of {uid}", "valueString": str(count)} for uid, count in thing.instances.items()
    ]
    return entity
