"""HL7 v2.5.1: a round as ORU^R01 over MLLP, believed only when its own acknowledgement says so.

What an acknowledgement asks (HL7 v2.5.1 2.9.2 and table 0008): AA and CA: it is there. AE and CE: the content
is at fault, so the same again cannot help. AR and CR: reasons beside the content (the system is down), so it is
tried again. A code of table 0357 in ERR-3 says more and is believed first: 206 and 207 (locked, internal error)
pass; 1xx, 200 to 205 (fields, message type, event, version, unknown or duplicate key) do not.

References
----------
HL7 v2.5.1 2.7 (escape sequences), 2.9 (acknowledgement), 2.15.9.18 (character set), 7.3.1 (ORU^R01); MLLP release 1
"""

import asyncio
import hashlib
from asyncio import IncompleteReadError
from collections.abc import Iterable
from dataclasses import dataclass

import hl7
from hl7.mllp import InvalidBlockError, open_hl7_connection

from webapp.studies.channel_outcome import ChannelOutcome
from webapp.studies.findings import RESEARCH_USE, Findings

CHARACTER_SET = "UNICODE UTF-8"

_ESCAPED = {"\\": "\\E\\", "|": "\\F\\", "^": "\\S\\", "~": "\\R\\", "&": "\\T\\"}
_TRANSIENT_CODES = frozenset({"206", "207"})
_PERMANENT_CODES = frozenset({"100", "101", "102", "103", "200", "201", "202", "203", "204", "205"})
_LOCAL = "99MAMMONODE"


@dataclass(frozen=True)
class Listener:
    """Who listens: receiving application, host, port."""

    application: str
    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.application}@{self.host}:{self.port}"


@dataclass(frozen=True)
class MllpTimeouts:
    """How long to wait, in seconds: to connect, and for the acknowledgement."""

    connect_seconds: float = 10.0
    answer_seconds: float = 60.0


def escape(text: str) -> str:
    """Return a text as a field holds it: separators escaped, lines as ``\\.br\\``, other control characters gone."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\\.br\\".join("".join(_ESCAPED.get(c, c) for c in line if c.isprintable()) for line in lines)


def control_id(findings: Findings) -> str:
    """Return the Message Control ID: the same at every try of one round, so that a receiver can tell a repetition."""
    return hashlib.sha256(findings.key.encode()).hexdigest()[:20].upper()


def message_of(findings: Findings, sending: str, receiving: str) -> hl7.Message:
    """Return the ORU^R01 of one round."""
    at = findings.analysed_at.strftime("%Y%m%d%H%M%S%z")
    patient = findings.patient
    names = "^".join((escape(patient.family_name), escape(patient.given_name)))
    service = f"MAMMO-AI^Automatic analysis of mammograms. Research use only.^{_LOCAL}"
    order = escape(findings.accession_number)
    msh = ["MSH", "^~\\&", escape(sending), "", escape(receiving), "", at, "", "ORU^R01^ORU_R01"]
    msh += [control_id(findings), "P", "2.5.1", *[""] * 5, CHARACTER_SET]
    sex = patient.sex if patient.sex in {"F", "M", "O"} else ""
    pid = ["PID", "1", "", escape(patient.patient_id), "", names, "", patient.birth_date, sex]
    # OBR-3 filler, OBR-4 service, OBR-7 and OBR-22 times, OBR-24 section, OBR-25 status: preliminary
    obr = ["OBR", "1", order, escape(findings.key), service, "", "", at, *[""] * 14, at, "", "RAD", "P"]
    segments = [msh, pid, obr, *_observations(findings, at)]
    return hl7.parse("".join("|".join(segment) + "\r" for segment in segments))


def _observations(findings: Findings, at: str) -> Iterable[list[str]]:
    model = findings.model
    machine = escape(f"{model.name} {model.version}")
    rows: list[tuple[str, str, str, str]] = [
        ("TX", f"WARNING^Research use^{_LOCAL}", "", escape(RESEARCH_USE)),
        ("TX", f"CONCLUSION^Conclusion^{_LOCAL}", "", escape(findings.conclusion)),
        ("ST", "110180^Study Instance UID^DCM", "", escape(findings.study_instance_uid)),
        ("ST", "111001^Algorithm Name^DCM", "", escape(model.name)),
        ("ST", "111003^Algorithm Version^DCM", "", escape(model.version)),
        ("ST", f"SHA256^Model file^{_LOCAL}", "", model.sha256),
    ]
    rows += [
        ("ST", f"REPORT^SOP Instance UID of the report^{_LOCAL}", str(number), escape(uid))
        for number, uid in enumerate(findings.report_uids, 1)
    ]
    if findings.probability is not None:
        rows.append(_probability("STUDY", findings.probability))
    rows += [_probability(f"BREAST.{breast.laterality}", breast.probability) for breast in findings.breasts]
    for number, image in enumerate(findings.images, 1):
        group = f"IMAGE.{number}"
        view = " ".join(filter(None, (image.laterality, image.view))) or "unknown"
        rows.append(("ST", f"IMAGE^SOP Instance UID^{_LOCAL}", group, escape(image.sop_instance_uid)))
        rows.append(("ST", f"VIEW^Laterality and view^{_LOCAL}", group, escape(view)))
        if image.probability is None:
            rows.append(("TX", f"NOT-ANALYSED^Not analysed because^{_LOCAL}", group, escape(image.reason)))
        else:
            rows.append(_probability(group, image.probability))
    for number, (kind, code, group, value) in enumerate(rows, 1):
        unit = "%^percent^UCUM" if kind == "NM" else ""
        # OBX-11 P: preliminary, whatever was found; OBX-14 when, OBX-18 by what
        yield ["OBX", str(number), kind, code, group, value, unit, *[""] * 4, "P", "", "", at, *[""] * 3, machine]


def _probability(group: str, probability: float) -> tuple[str, str, str, str]:
    return "NM", "111047^Probability of cancer^DCM", group, f"{probability * 100:.4f}"


def send(findings: Findings, listener: Listener, sending: str, timeouts: MllpTimeouts | None = None) -> ChannelOutcome:
    """Send the message of one round and return what its acknowledgement says."""
    message = message_of(findings, sending, listener.application)
    return asyncio.run(_exchange(message, control_id(findings), listener, timeouts or MllpTimeouts()))


async def _exchange(message: hl7.Message, wanted: str, listener: Listener, timeouts: MllpTimeouts) -> ChannelOutcome:
    try:
        async with asyncio.timeout(timeouts.connect_seconds):
            reader, writer = await open_hl7_connection(listener.host, listener.port, encoding="utf-8")
    except (OSError, TimeoutError):
        return ChannelOutcome(False, False, "", f"{listener} cannot be reached.")
    try:
        async with asyncio.timeout(timeouts.answer_seconds):
            writer.writemessage(message)
            await writer.drain()
            answer = await reader.readmessage()
    except TimeoutError:
        sentence = f"{listener} did not acknowledge within {timeouts.answer_seconds:g} s."
        return ChannelOutcome(False, False, "", sentence)
    except (OSError, IncompleteReadError):
        return ChannelOutcome(False, False, "", f"{listener} ended the connection without an acknowledgement.")
    except (InvalidBlockError, hl7.HL7Exception, ValueError, IndexError, AssertionError):
        return ChannelOutcome(False, False, "", f"{listener} answered what is no HL7 message in an MLLP frame.")
    finally:
        writer.transport.abort()
    return read_acknowledgement(answer, wanted, listener)


def read_acknowledgement(answer: hl7.Message, wanted: str, listener: Listener) -> ChannelOutcome:
    """Return what an acknowledgement says of the message with this control id."""
    code, about = _field(answer, "MSA", 1).upper(), _field(answer, "MSA", 2)
    if not code:
        return ChannelOutcome(False, False, "", f"{listener} answered a message without an acknowledgement code.")
    if about != wanted:
        return ChannelOutcome(False, False, code[:4], f"{listener} acknowledged another message than the one sent.")
    if code in {"AA", "CA"}:
        return ChannelOutcome(True, False, code, "")
    why = _field(answer, "ERR", 3).partition("^")[0] or _field(answer, "MSA", 6).partition("^")[0]
    said = f"{code}, error {why[:20]}" if why else code
    if code not in {"AE", "CE", "AR", "CR"}:
        return ChannelOutcome(False, False, code[:4], f"{listener} acknowledged with the unknown code {code[:10]}.")
    permanent = code in {"AE", "CE"}
    if why in _TRANSIENT_CODES | _PERMANENT_CODES:
        permanent = why in _PERMANENT_CODES
    verb = "refuses the message" if permanent else "cannot take the message now"
    return ChannelOutcome(False, permanent, code, f"{listener} {verb} ({said}).")


def _field(message: hl7.Message, segment: str, number: int) -> str:
    try:
        return str(message.segment(segment)(number)).strip()
    except (KeyError, IndexError):
        return ""
