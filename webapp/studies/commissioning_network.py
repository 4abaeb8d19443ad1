"""The checks of a commissioning that talk to the peer."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from pydicom.charset import python_encoding
from pydicom.dataset import Dataset
from pydicom.uid import UID

from dicom_node import commitment, readback, recode, scu
from dicom_node.commitment import Reference
from dicom_node.errors import Declined, SendError
from dicom_node.requestor import Peer, Timeouts, associate
from dicom_node.sr.document import to_part10
from webapp.studies.commissioning_models import TrialCommitment, note_answer
from webapp.studies.commissioning_outcome import Check, failed, not_proven, passed
from webapp.studies.conformance import KIND_SOP_CLASSES, offered_contexts
from webapp.studies.peer_text import ProfileText

TIMEOUTS = Timeouts(connect_seconds=10, association_seconds=20, response_seconds=30)
_POLL_SECONDS = 0.5
# what peers put where a letter has no place
_SUBSTITUTES = "?\ufffd_"
_DEFAULT_REPERTOIRE = frozenset({"", "ISO_IR 6", "ISO 2022 IR 6"})
# what pydicom raises on a name that it cannot read
_UNREADABLE = (ValueError, LookupError, TypeError, AttributeError)


@dataclass(frozen=True)
class Answered:
    """A check of storage commitment, and whether the peer's word came on an association that the peer opened."""

    check: Check
    came_to_us: bool = False


def _known_there() -> str:
    return (
        f"Enter {settings.NODE_AE_TITLE} among the peer's remote nodes, with this machine's address and port "
        f"{settings.NODE_DICOM_PORT}, with the right to query and to ask for commitment: many archives serve no others."
    )


def echo(peer: Peer) -> Check:
    """C-ECHO to the peer."""
    name = "C-ECHO to the peer"
    try:
        scu.echo(peer, settings.NODE_AE_TITLE, TIMEOUTS)
    except SendError as error:
        return failed(
            name,
            f"{error} Check host, port and AE title, the firewall, and that the peer knows {settings.NODE_AE_TITLE!r}.",
        )
    return passed(name, "The peer answered success; nothing to do.")


def objects(peer: Peer, profile: ProfileText) -> Check:
    """Which kinds of result the peer accepts, against those that its profile asks for."""
    name = "kinds of result"
    try:
        with associate(peer, settings.NODE_AE_TITLE, offered_contexts(), TIMEOUTS) as association:
            taken = {str(context.abstract_syntax) for context in association.accepted_contexts}
    except Declined:
        taken = set()
    except SendError as error:
        return failed(name, f"{error} Repeat when the peer is at rest.")
    kinds = [kind.lower() for kind, uid in KIND_SOP_CLASSES.items() if uid in taken]
    refused = [kind for kind in profile.objects_wanted if KIND_SOP_CLASSES[kind] not in taken]
    accepts = f"The peer accepts {', '.join(kinds)}." if kinds else "The peer accepts none of our kinds of result."
    if refused:
        classes = ", ".join(f"{UID(KIND_SOP_CLASSES[kind]).name} ({KIND_SOP_CLASSES[kind]})" for kind in refused)
        return failed(name, f"{accepts} It refuses {classes}: have it enabled there, or leave it out of objects=.")
    return passed(name, f"{accepts} Its profile may ask for these (objects=); nothing else to do.")


def store(peer: Peer, trial: Dataset, profile: ProfileText) -> Check:
    """C-STORE of the test object, in the form that the peer's profile asks for."""
    name = "storing a test object"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trial.dcm"
        path.write_bytes(to_part10(trial))
        recoded = recode.recode(path, recode.Form(profile.transfer_syntax, profile.character_set))
        if recoded is not None:
            path.write_bytes(recoded)
        try:
            outcome = scu.store([path], peer, settings.NODE_AE_TITLE, TIMEOUTS)[0]
        except SendError as error:
            return failed(name, f"{error} Have Comprehensive 3D SR Storage enabled there for {settings.NODE_AE_TITLE}.")
    uid = trial.SOPInstanceUID
    if not outcome.stored:
        return failed(name, f"{outcome.message} Ask the PACS team why {uid} was refused; their log has the time.")
    return passed(name, f"{outcome.message or 'The peer answered 0000.'} Delete study {trial.StudyInstanceUID} later.")


def found(peer: Peer, trial: Dataset) -> Check:
    """C-FIND of the test object at the level of instances."""
    name = "reading it back (C-FIND)"
    uids = (str(trial.StudyInstanceUID), str(trial.SeriesInstanceUID), str(trial.SOPInstanceUID))
    try:
        held = readback.holds(peer, settings.NODE_AE_TITLE, *uids, TIMEOUTS)
    except Declined:
        return not_proven(name, "The peer answers no queries from us: have C-FIND enabled, or keep read_back=no.")
    except SendError as error:
        return failed(name, f"{error} {_known_there()} Or keep read_back=no.")
    if held:
        return passed(name, "The peer names the object; read_back=yes may be used.")
    return failed(
        name,
        f"The peer answered success to C-STORE and does not name {uids[2]}: look for it there by hand. It may be held "
        "back for matching with an order; then keep read_back=no.",
    )


def letters(peer: Peer, trial: Dataset) -> Check:
    """C-FIND of the test patient's name: is it the name that was sent?"""
    name = "character set"
    try:
        answer = readback.find_study(peer, settings.NODE_AE_TITLE, str(trial.StudyInstanceUID), TIMEOUTS)
    except Declined:
        return not_proven(name, "The peer answers no queries from us: look at the test patient's name there.")
    except SendError as error:
        return not_proven(name, f"{error} {_known_there()} Look at the test patient's name there.")
    if answer is None:
        return not_proven(name, "The peer does not find the study: look at the test patient's name there.")
    return judge_letters(str(trial.PatientName), answer)


def judge_letters(sent: str, answer: Dataset) -> Check:
    """Compare the name that was sent with the one in an answer, as far as the answer's character set reaches."""
    name = "character set"
    terms = answer.get("SpecificCharacterSet") or ""
    term = str(terms if isinstance(terms, str) else list(terms)[-1])
    try:
        came = str(answer.get("PatientName", "")).strip().rstrip("^")
    except _UNREADABLE:
        came = ""
    if came == sent:
        return passed(name, f"The name came back letter for letter (in {term or 'the default repertoire'}).")
    # pydicom reads Latin 1 where nothing is said; the standard has ASCII there (PS3.3 C.12.1.1.2)
    encoding = "ascii" if term in _DEFAULT_REPERTOIRE else python_encoding.get(term, "ascii")
    kept = "".join(letter for letter in sent if _has_place(letter, encoding))
    if came and kept != sent and came.translate({ord(letter): None for letter in _SUBSTITUTES}) == kept:
        return not_proven(
            name,
            f"The peer answers in {term or 'ASCII'}, where some letters of the test name have no place; the others "
            "came back right. Look at the test patient's name there, and have the peer answer in ISO_IR 192 if it can.",
        )
    return failed(
        name,
        f"The name came back changed ({came!a}, in {term or 'the default repertoire'}). Try charset=latin-1 in the "
        "profile, or have the peer's character set put to ISO_IR 192.",
    )


def _has_place(letter: str, encoding: str) -> bool:
    try:
        letter.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def commit(
    peer: Peer,
    trial: Dataset,
    profile: ProfileText,
    *,
    scp_is_up: Callable[[], bool],
    answer_seconds: float,
    wait: Callable[[float], None],
) -> Answered:
    """Storage commitment of the test object: the answer on the same association, or later at our SCP."""
    name, uid = "storage commitment", commitment.new_transaction_uid()
    reference = Reference(str(trial.SOPClassUID), str(trial.SOPInstanceUID))
    row = TrialCommitment.objects.create(transaction_uid=uid, sop_instance_uid=reference.sop_instance_uid)
    seconds = settings.NODE_COMMITMENT_WAIT_SECONDS
    try:
        result = commitment.request(peer, settings.NODE_AE_TITLE, uid, [reference], wait_seconds=seconds)
    except Declined:
        sentence = "The peer offers no storage commitment: keep commit=no, and rely on read_back=yes."
        return Answered((failed if profile.wants_commitment else not_proven)(name, sentence))
    except SendError as error:
        return Answered(failed(name, f"{error} {_known_there()} Or keep commit=no."))
    if result is not None:
        note_answer(result)
        return Answered(_verdict(name, row, "on the association of the request"))
    place = f"{settings.NODE_AE_TITLE} on port {settings.NODE_DICOM_PORT}"
    if not scp_is_up():
        sentence = f"Requested; the answer goes to our SCP ({place}), which does not run: start the node and repeat."
        return Answered(not_proven(name, sentence))
    if _is_answered(row, answer_seconds, wait):
        return Answered(_verdict(name, row, "on an association that the peer opened"), came_to_us=True)
    sentence = (
        f"Requested; no answer came within {answer_seconds:g} s. The peer must know {place}, and it may take long: "
        f"repeat with a longer --answer-seconds, or look for transaction {uid} in its log."
    )
    return Answered(not_proven(name, sentence))


def _is_answered(row: TrialCommitment, seconds: float, wait: Callable[[float], None]) -> bool:
    """Ask the row until the receiving process has written the answer, or the time is up."""
    for _ in range(1 + round(seconds / _POLL_SECONDS)):
        row.refresh_from_db()
        if row.answered_at is not None:
            return True
        wait(_POLL_SECONDS)
    return False


def _verdict(name: str, row: TrialCommitment, how: str) -> Check:
    row.refresh_from_db()
    if row.committed:
        return passed(name, f"The peer took over the safekeeping, and said so {how}; commit=yes may be used.")
    return failed(name, f"The peer did not commit the object: {row.reason}. Ask the PACS team, or keep commit=no.")
