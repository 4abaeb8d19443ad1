"""What the processes of a node do reaches the receiver of audit messages, whole and in the chain's order."""

import base64
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest

from tests.journey import studies
from tests.journey.node import Node
from tests.journey.sender import AssociationRefusedError, send
from tests.journey.waiting import wait_until
from tests.webapp.audit.message_schema import faults
from tests.webapp.audit.receiver import SyslogReceiver

SECONDS = 90
TRANSFERRED, SECURITY_ALERT = "110104", "110113"


def _code(message: Element) -> str:
    return str(message.find("EventIdentification/EventID").get("csd-code"))  # type: ignore[union-attr]


def _object(message: Element) -> str:
    return str(message.find("ParticipantObjectIdentification").get("ParticipantObjectID"))  # type: ignore[union-attr]


def _users(message: Element) -> list[str]:
    return [str(one.get("UserID")) for one in message.findall("ActiveParticipant")]


def _sequence(message: Element) -> int:
    detail = message.find("ParticipantObjectIdentification/ParticipantObjectDetail[@type='sequence']")
    assert detail is not None
    return int(base64.b64decode(detail.attrib["value"]))


def _messages(receiver: SyslogReceiver, code: str) -> list[Element]:
    return [entry.root for entry in receiver.entries if _code(entry.root) == code]


def test_a_study_that_came_and_its_report_that_went_are_told(
    node: Node, audit_receiver: SyslogReceiver, tmp_path: Path
) -> None:
    study = studies.four_views(tmp_path, "audit")
    assert all(answer.is_acknowledged for answer in send(study.paths, node.dicom_port))

    def told() -> list[Element]:
        return [one for one in _messages(audit_receiver, TRANSFERRED) if _object(one) == study.uid]

    came = wait_until(told, SECONDS, "a message of the study that came")[0]
    assert (came[0].get("EventActionCode"), _users(came)[0]) == ("C", "MODALITY")
    count = came.find("ParticipantObjectIdentification/ParticipantObjectDescription/SOPClass")
    assert count is not None
    assert count.get("NumberOfInstances") == str(len(study.paths))
    node.wait_for_study(study.uid, ("SENT", "DELIVERED"))
    went = wait_until(lambda: told()[1:], SECONDS, "a message of the report that went")[0]
    assert went[0].get("EventActionCode") == "R"


def test_a_peer_that_was_turned_away_is_told(node: Node, audit_receiver: SyslogReceiver, tmp_path: Path) -> None:
    study = studies.four_views(tmp_path, "audit of a stranger")
    with pytest.raises(AssociationRefusedError):
        send(study.paths, node.dicom_port, calling="STRANGER")

    def told() -> list[Element]:
        return [one for one in _messages(audit_receiver, SECURITY_ALERT) if "STRANGER" in _users(one)]

    assert wait_until(told, SECONDS, "a message of the stranger")[0][0].get("EventOutcomeIndicator") == "4"


def test_all_messages_are_sound_and_none_is_missing(node: Node, audit_receiver: SyslogReceiver) -> None:
    roots = [entry.root for entry in audit_receiver.entries]
    assert [fault for root in roots for fault in faults(root)] == []
    # each at least once: on a busy machine a batch may have gone twice
    numbers = list(dict.fromkeys(map(_sequence, roots)))
    assert numbers == list(range(1, len(numbers) + 1))
    assert "events hold" in node.manage("audit_verify")
