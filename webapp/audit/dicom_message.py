"""An event as the XML message of DICOM.

References
----------
DICOM PS3.15 A.5.1 (schema), A.5.2 (conventions), A.5.3 (what each message says)
"""

import base64
import ipaddress
from datetime import UTC, datetime
from xml.etree.ElementTree import Element, SubElement, tostring

from webapp.audit import meaning
from webapp.audit.coding import Code
from webapp.audit.meaning import Meaning, Participant, ParticipantObject, Source
from webapp.audit.models import AuditEvent, AuditLink

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'
_MACHINE_NAME, _IP_ADDRESS = "1", "2"
_APPLICATION_SERVER = "4"


def message(event: AuditEvent, source: Source, place: AuditLink | None = None) -> str:
    """Return the AuditMessage, without an XML declaration and on one line."""
    said = meaning.read(event, source, place)
    root = Element("AuditMessage")
    _identification(root, said)
    for participant in said.participants:
        _participant(root, participant)
    reporter = SubElement(
        root, "AuditSourceIdentification", {"AuditEnterpriseSiteID": source.site, "AuditSourceID": source.name}
    )
    SubElement(reporter, "AuditSourceTypeCode", {"csd-code": _APPLICATION_SERVER})
    _object(root, said.object)
    return tostring(root, encoding="unicode")


def instant(at: datetime) -> str:
    """Return a time in UTC, as XML Schema and FHIR write it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def network_type(address: str) -> str:
    """Return what kind of network address this is: a machine's name (1) or an IP address (2)."""
    try:
        ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return _MACHINE_NAME
    return _IP_ADDRESS


def _code(parent: Element, name: str, code: Code) -> None:
    SubElement(parent, name, {"csd-code": code.value, "codeSystemName": code.scheme, "originalText": code.meaning})


def _identification(root: Element, said: Meaning) -> None:
    attributes = {
        "EventActionCode": said.action,
        "EventDateTime": instant(said.at),
        "EventOutcomeIndicator": said.outcome,
    }
    event = SubElement(root, "EventIdentification", attributes)
    _code(event, "EventID", said.event_id)
    for code in said.types:
        _code(event, "EventTypeCode", code)
    if said.outcome_text:
        SubElement(event, "EventOutcomeDescription").text = said.outcome_text


def _participant(root: Element, participant: Participant) -> None:
    attributes = {
        "UserID": participant.user_id,
        "UserIsRequestor": "true" if participant.is_requestor else "false",
    }
    if participant.alternative_id:
        attributes["AlternativeUserID"] = participant.alternative_id
    if participant.address:
        attributes["NetworkAccessPointID"] = participant.address
        attributes["NetworkAccessPointTypeCode"] = network_type(participant.address)
    element = SubElement(root, "ActiveParticipant", attributes)
    if participant.role is not None:
        _code(element, "RoleIDCode", participant.role)
    if participant.medium is not None:
        _code(SubElement(element, "MediaIdentifier"), "MediaType", participant.medium)


def _object(root: Element, thing: ParticipantObject) -> None:
    attributes = {
        "ParticipantObjectID": thing.id,
        "ParticipantObjectTypeCode": thing.type,
        "ParticipantObjectTypeCodeRole": thing.role,
    }
    if thing.life_cycle:
        attributes["ParticipantObjectDataLifeCycle"] = thing.life_cycle
    element = SubElement(root, "ParticipantObjectIdentification", attributes)
    _code(element, "ParticipantObjectIDTypeCode", thing.id_type)
    if thing.query:
        SubElement(element, "ParticipantObjectQuery").text = _base64(thing.query)
    else:
        SubElement(element, "ParticipantObjectName").text = thing.name
    for name, value in thing.details.items():
        SubElement(element, "ParticipantObjectDetail", {"type": name, "value": _base64(value)})
    if thing.instances:
        described = SubElement(element, "ParticipantObjectDescription")
        for uid, count in thing.instances.items():
            SubElement(described, "SOPClass", {"UID": uid, "NumberOfInstances": str(count)})


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")
