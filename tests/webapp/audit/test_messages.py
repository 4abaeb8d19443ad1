"""Each event as a DICOM audit message, by the schema of PS3.15 A.5.1, and as a FHIR AuditEvent."""

import base64
import json
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from pydicom.sr.codedict import codes

from tests.webapp.audit import trail
from tests.webapp.audit.message_schema import faults
from webapp.audit import coding, dicom_message, fhir_event
from webapp.audit.coding import Code
from webapp.audit.models import Action, AuditEvent, Event, Outcome

MOST_OCTETS = 32_768


def parsed(event: AuditEvent) -> Element:
    return ElementTree.fromstring(dicom_message.message(event, trail.CANON, trail.place()))


def code_of(parent: Element, path: str) -> str:
    found = parent.find(path)
    assert found is not None
    return found.attrib["csd-code"]


def roles(root: Element) -> dict[str, str]:
    return {
        one.attrib["UserID"]: code_of(one, "RoleIDCode")
        for one in root.findall("ActiveParticipant")
        if one.find("RoleIDCode") is not None
    }


def details(root: Element) -> dict[str, str]:
    path = "ParticipantObjectIdentification/ParticipantObjectDetail"
    return {one.attrib["type"]: base64.b64decode(one.attrib["value"]).decode() for one in root.findall(path)}


def test_every_event_is_a_sound_message_that_a_receiver_must_take() -> None:
    events = list(trail.every())
    assert {event.event for event in events} == set(Event)
    for event in events:
        text = dicom_message.message(event, trail.CANON, trail.place())
        assert faults(ElementTree.fromstring(text)) == [], text
        assert len(text.encode()) < MOST_OCTETS
        assert "\n" not in text


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda root: root.remove(root.find("AuditSourceIdentification")), "0 of AuditSourceIdentification"),
        (lambda root: root[0].set("EventOutcomeIndicator", "1"), "EventOutcomeIndicator is '1'"),
        (lambda root: root[0].set("EventDateTime", "yesterday"), "EventDateTime is 'yesterday'"),
        (lambda root: root[1].attrib.pop("UserID"), "UserID is missing"),
        (lambda root: root.insert(0, root[-1]), "in another order"),
        (lambda root: root[-1].remove(root[-1].find("ParticipantObjectName")), "0 of name and query"),
        (lambda root: root[0][0].set("code", "1"), "code is not known"),
    ],
)
def test_the_check_of_the_schema_sees_what_is_wrong(spoil: object, told: str) -> None:
    root = parsed(trail.made(Event.ACCESSED))
    spoil(root)  # type: ignore[operator]
    assert told in " ".join(faults(root))


def test_the_codes_are_those_of_dicom() -> None:
    words = (getattr(codes.DCM, name) for name in dir(codes.DCM))
    known = {word.value: word.meaning for word in words if hasattr(word, "meaning")}
    used = [*coding.EVENTS.values(), *(code for code in vars(coding).values() if isinstance(code, Code))]
    for code in used:
        if code.scheme == "DCM":
            assert known[code.value].lower() == code.meaning.lower()


@pytest.mark.parametrize(
    ("event", "event_id", "types", "action"),
    [
        (Event.APPLICATION, "110100", ["110120"], "E"),
        (Event.AUDIT_USED, "110101", [], "R"),
        (Event.ACCESSED, "110103", [], "R"),
        (Event.STUDY_DELETED, "110105", [], "D"),
        (Event.EXPORT, "110106", [], "R"),
        (Event.IMPORT, "110107", [], "C"),
        (Event.QUERY, "110112", [], "E"),
        (Event.RECORD, "110111", [], "R"),
        (Event.LOGIN, "110114", ["110122"], "E"),
        (Event.LOGOUT, "110114", ["110123"], "E"),
        (Event.CONFIGURATION, "110113", ["110128"], "E"),
        (Event.SECURITY_ALERT, "110113", ["110132"], "E"),
    ],
)
def test_an_event_is_named_by_its_codes(event: Event, event_id: str, types: list[str], action: str) -> None:
    said = parsed(trail.made(event))[0]
    assert code_of(said, "EventID") == event_id
    assert [one.attrib["csd-code"] for one in said.findall("EventTypeCode")] == types
    assert said.attrib["EventActionCode"] == action
    assert said.attrib["EventDateTime"] == "2026-03-02T10:00:00.000001Z"


@pytest.mark.parametrize(("outcome", "number"), [("success", "0"), ("refused", "4"), ("failed", "8")])
def test_an_outcome_is_told(outcome: str, number: str) -> None:
    event = trail.made(Event.LOGIN, outcome=Outcome(outcome))
    assert parsed(event)[0].attrib["EventOutcomeIndicator"] == number
    assert fhir_event.resource(event, trail.CANON)["outcome"] == number


def test_what_a_peer_pushed_is_a_transfer_from_it_to_this_node() -> None:
    root = parsed(trail.made(Event.IMPORT, trail.PACS, detail={"sop_classes": {trail.MG: 4}}))
    assert code_of(root[0], "EventID") == "110104"
    assert root[0].attrib["EventActionCode"] == "C"
    assert roles(root) == {"PACS": "110153", "node.example.org": "110152"}
    peer = root[1].attrib
    assert (peer["AlternativeUserID"], peer["UserIsRequestor"]) == ("AETITLES=PACS", "true")
    assert (peer["NetworkAccessPointID"], peer["NetworkAccessPointTypeCode"]) == ("10.0.0.5", "2")
    thing = root.find("ParticipantObjectIdentification")
    assert thing is not None
    assert thing.attrib["ParticipantObjectID"] == "1.2.3"
    assert code_of(thing, "ParticipantObjectIDTypeCode") == "110180"
    counted = thing.find("ParticipantObjectDescription/SOPClass")
    assert counted is not None
    assert counted.attrib == {"UID": trail.MG, "NumberOfInstances": "4"}


def test_what_this_node_sent_names_where_it_went() -> None:
    detail = {"destination": "PACS@10.0.0.5:104", "ae_title": "PACS", "host": "10.0.0.5"}
    root = parsed(trail.made(Event.TRANSFERRED, trail.WORKER, detail=detail))
    assert roles(root) == {"node: celery worker": "110153", "PACS@10.0.0.5:104": "110152"}
    assert root[2].attrib["NetworkAccessPointID"] == "10.0.0.5"
    assert root[2].attrib["AlternativeUserID"] == "AETITLES=PACS"


def test_a_file_that_was_fetched_names_the_medium() -> None:
    root = parsed(trail.made(Event.EXPORT))
    assert code_of(root, "ActiveParticipant/MediaIdentifier/MediaType") == "110037"
    assert roles(root) == {"alice": "110153", "10.0.0.7": "110154"}


def test_the_receiver_can_prove_the_chain() -> None:
    root = parsed(trail.made(Event.ACCESSED, detail={"series": "1.2.3.4"}))
    said = details(root)
    assert (said["sequence"], said["hash"]) == ("12", "ab" * 32)
    assert json.loads(said["detail"]) == {"series": "1.2.3.4"}


def test_a_query_says_what_was_asked() -> None:
    root = parsed(trail.made(Event.QUERY, object_id="", detail={"modality": "MG"}))
    asked = root.find("ParticipantObjectIdentification/ParticipantObjectQuery")
    assert asked is not None
    assert json.loads(base64.b64decode(asked.text or "")) == {"modality": "MG"}


def test_a_query_of_this_node_names_who_was_asked() -> None:
    detail = {"destination": "ARCHIVE@10.0.0.8:104", "ae_title": "ARCHIVE", "host": "10.0.0.8", "found": 2}
    root = parsed(trail.made(Event.QUERY, trail.WORKER, detail=detail))
    assert roles(root) == {"node: celery worker": "110153", "ARCHIVE@10.0.0.8:104": "110152"}


def test_the_end_of_a_process_is_told_apart_from_its_start() -> None:
    said = parsed(trail.made(Event.APPLICATION, trail.WORKER, detail={"activity": "stop"}))[0]
    assert code_of(said, "EventTypeCode") == "110121"


def test_the_action_of_a_record_is_its_own() -> None:
    root = parsed(trail.made(Event.RECORD, action=Action.UPDATE, object_type="review", object_id="5"))
    assert root[0].attrib["EventActionCode"] == "U"
    kind = root.find("ParticipantObjectIdentification/ParticipantObjectIDTypeCode")
    assert kind is not None
    assert (kind.attrib["csd-code"], kind.attrib["codeSystemName"]) == ("review", "99MAMMONODE")


def _is_coding(value: object) -> bool:
    return isinstance(value, dict) and bool(value.get("code")) and set(value) <= {"system", "code", "display"}


def test_every_event_is_a_sound_fhir_resource() -> None:
    for event in trail.every():
        made = json.loads(json.dumps(fhir_event.resource(event, trail.CANON, trail.place())))
        required = {"resourceType", "type", "recorded", "agent", "source"}
        assert required <= set(made) <= required | {"id", "subtype", "action", "outcome", "outcomeDesc", "entity"}
        assert made["resourceType"] == "AuditEvent"
        assert made["recorded"].endswith("Z")
        assert made["action"] in set("CRUDE")
        assert made["outcome"] in {"0", "4", "8", "12"}
        assert all(map(_is_coding, [made["type"], *made.get("subtype", [])]))
        assert made["source"]["observer"]["display"] == "node.example.org"
        _agents_are_sound(made["agent"])
        (entity,) = made["entity"]
        assert ("name" in entity) != ("query" in entity)  # sev-1
        assert entity["what"]["identifier"]["value"]
        assert all(detail["type"] and detail["valueString"] for detail in entity["detail"])


def _agents_are_sound(agents: list[dict[str, object]]) -> None:
    assert sum(agent["requestor"] is True for agent in agents) == 1
    for agent in agents:
        assert set(agent) <= {"type", "who", "altId", "requestor", "media", "network"}
        if isinstance(network := agent.get("network"), dict):
            assert network["type"] in {"1", "2"}
            assert network["address"]


def test_a_fhir_event_names_the_study_by_its_uid() -> None:
    made = fhir_event.resource(trail.made(Event.IMPORT, trail.PACS), trail.CANON, trail.place())
    assert made["type"]["system"] == "http://dicom.nema.org/resources/ontology/DCM"
    assert (made["id"], made["type"]["code"]) == ("12", "110104")
    identifier = made["entity"][0]["what"]["identifier"]
    assert (identifier["system"], identifier["value"]) == ("urn:dicom:uid", "urn:oid:1.2.3")
