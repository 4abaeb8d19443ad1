"""HL7 v2 over MLLP to a real listener on loopback."""

import socket
from collections.abc import Callable
from pathlib import Path

import hl7 as library
import pytest
from pytest_django.fixtures import Settings

from tests.journey.mllp_peer import MllpPeer, acknowledgement, frame, mllp_peer
from tests.journey.ports import LOOPBACK, free_port
from tests.webapp.studies.found_round import found_round
from webapp.studies import hl7
from webapp.studies.channel_outcome import ChannelOutcome
from webapp.studies.findings import RESEARCH_USE, Findings, gather

pytestmark = pytest.mark.django_db

PATIENT = hl7.MllpTimeouts(5, 20)
IMPATIENT = hl7.MllpTimeouts(5, 0.3)


@pytest.fixture
def findings(settings: Settings, tmp_path: Path) -> Findings:
    """What a round found: three images scored, one not."""
    settings.NODE_ARCHIVE_DIR = tmp_path
    return gather(found_round(tmp_path))


def _listener(peer: MllpPeer) -> hl7.Listener:
    return hl7.Listener("RIS", LOOPBACK, peer.port)


def _send(
    findings: Findings,
    answer: Callable[[str, socket.socket], None],
    timeouts: hl7.MllpTimeouts = PATIENT,
) -> tuple[ChannelOutcome, list[str]]:
    with mllp_peer(answer) as peer:
        return hl7.send(findings, _listener(peer), "MAMMONODE", timeouts), peer.received


def _acknowledge(code: str = "AA", error: str = "") -> Callable[[str, socket.socket], None]:
    return lambda message, connection: connection.sendall(frame(acknowledgement(message, code, error=error)))


def _values(message: library.Message, code: str) -> list[str]:
    return [message.unescape(str(obx(5))) for obx in message.segments("OBX") if str(obx(3)).startswith(code + "^")]


def test_the_message_says_what_was_found_in_utf_8(findings: Findings) -> None:
    outcome, (text,) = _send(findings, _acknowledge())
    assert outcome == ChannelOutcome(True, False, "AA", "")
    message = library.parse(text)
    msh, pid, obr = message.segment("MSH"), message.segment("PID"), message.segment("OBR")
    assert [str(msh(n)) for n in (3, 5, 9, 11, 12, 18)] == [
        "MAMMONODE",
        "RIS",
        "ORU^R01^ORU_R01",
        "P",
        "2.5.1",
        "UNICODE UTF-8",
    ]
    assert str(msh(10)) == hl7.control_id(findings)
    assert message.extract_field("PID", 1, 5, 1, 1) == "O|Brien & Söns"
    assert message.extract_field("PID", 1, 5, 1, 2) == "Ma~ria Łø"
    assert str(pid(3)) == findings.patient.patient_id
    assert message.unescape(str(obr(2))) == "ACC^1"
    assert str(obr(25)) == "P"
    assert {str(obx(11)) for obx in message.segments("OBX")} == {"P"}
    assert _values(message, "WARNING") == [RESEARCH_USE]
    assert _values(message, "CONCLUSION") == [findings.conclusion]
    assert sorted(map(float, _values(message, "111047"))) == [12.0, 12.0, 30.0, 91.0, 91.0, 91.0]
    assert _values(message, "NOT-ANALYSED") == ["It is a spot view."]
    assert _values(message, "REPORT") == list(findings.report_uids)
    assert [str(obx(1)) for obx in message.segments("OBX")] == [str(n + 1) for n in range(len(message["OBX"]))]


def test_the_same_round_has_the_same_control_id_at_every_try(findings: Findings) -> None:
    _, (first,) = _send(findings, _acknowledge("AR"))
    outcome, (second,) = _send(findings, _acknowledge())
    assert first == second
    assert outcome.stored


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("a|b^c&d~e\\f", "a\\F\\b\\S\\c\\T\\d\\R\\e\\E\\f"),
        ("one\r\ntwo\rthree\nfour", "one\\.br\\two\\.br\\three\\.br\\four"),
        ("\x0bMSH\x1c", "MSH"),
        ("Łø 乳", "Łø 乳"),
    ],
)
def test_no_text_can_break_out_of_its_field(text: str, escaped: str) -> None:
    assert hl7.escape(text) == escaped


@pytest.mark.parametrize(
    ("code", "error", "accepted", "permanent"),
    [
        ("AA", "", True, False),
        ("CA", "", True, False),
        ("AE", "", False, True),
        ("CE", "", False, True),
        ("AR", "", False, False),
        ("CR", "", False, False),
        ("AE", "207", False, False),
        ("AE", "206", False, False),
        ("AE", "101", False, True),
        ("AR", "200", False, True),
        ("AR", "203", False, True),
        ("AR", "207", False, False),
        ("XX", "", False, False),
    ],
)
def test_the_acknowledgement_decides(
    code: str, error: str, accepted: bool, permanent: bool, findings: Findings
) -> None:
    outcome, _ = _send(findings, _acknowledge(code, error))
    assert (outcome.stored, outcome.permanent, outcome.status) == (accepted, permanent, code)
    assert error in outcome.message


def test_an_acknowledgement_in_pieces_is_put_together(findings: Findings) -> None:
    def in_pieces(message: str, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in frame(acknowledgement(message)):
            connection.sendall(bytes([byte]))

    outcome, _ = _send(findings, in_pieces)
    assert outcome.stored


def _half(message: str, connection: socket.socket) -> None:
    connection.sendall(frame(acknowledgement(message))[:-2])


def _without_start(message: str, connection: socket.socket) -> None:
    connection.sendall(frame(acknowledgement(message))[1:])


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda message, connection: None, "ended the connection"),
        (_half, "ended the connection"),
        (_without_start, "no HL7 message in an MLLP frame"),
        (lambda message, connection: connection.sendall(frame("hello")), "no HL7 message"),
        (lambda message, connection: connection.sendall(b"\x0b\x1c\r"), "no HL7 message"),
        (lambda message, connection: connection.sendall(b"\x0b\xff\xfe\x1c\r"), "no HL7 message"),
        (lambda message, connection: connection.sendall(b"\x0b" + b"x" * 200_000 + b"\x1c\r"), "no HL7 message"),
        (lambda message, connection: connection.sendall(frame("MSH|^~\\&|RIS\r")), "without an acknowledgement code"),
        (
            lambda message, connection: connection.sendall(frame(acknowledgement(message, about="OTHER"))),
            "another message",
        ),
    ],
)
def test_whatever_else_is_answered_is_no_proof_and_tried_again(
    answer: Callable[[str, socket.socket], None], words: str, findings: Findings
) -> None:
    outcome, received = _send(findings, answer)
    assert (outcome.stored, outcome.permanent) == (False, False)
    assert words in outcome.message
    assert len(received) == 1


def test_silence_ends_with_the_time_out(findings: Findings) -> None:
    def say_nothing(message: str, connection: socket.socket) -> None:
        peer.released.wait(20)

    with mllp_peer(say_nothing) as peer:
        outcome = hl7.send(findings, _listener(peer), "MAMMONODE", IMPATIENT)
        peer.released.set()
    assert (outcome.stored, outcome.permanent) == (False, False)
    assert "did not acknowledge within 0.3 s" in outcome.message


def test_a_listener_that_is_down_is_worth_another_try(findings: Findings) -> None:
    outcome = hl7.send(findings, hl7.Listener("RIS", LOOPBACK, free_port()), "MAMMONODE")
    assert outcome == ChannelOutcome(False, False, "", outcome.message)
    assert "cannot be reached" in outcome.message
