"""Storage commitment: a peer takes over the safekeeping of objects, and says so (push model).

This node asks for it after sending (SCU) and grants it for what it received (SCP). The peer's word may come on
the association of the request, or later on one that it opens itself, roles reversed.

References
----------
DICOM PS3.4 Annex J; PS3.3 C.14 (Storage Commitment Module); PS3.7 10.1.4 (N-ACTION), 10.1.1 (N-EVENT-REPORT).
"""

import logging
import threading
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as DicomSequence
from pynetdicom import build_role, evt
from pynetdicom.association import Association
from pynetdicom.dimse_messages import N_EVENT_REPORT_RSP
from pynetdicom.pdu import P_DATA_TF
from pynetdicom.sop_class import StorageCommitmentPushModel  # type: ignore[attr-defined]

from dicom_node.contexts import commitment_contexts
from dicom_node.errors import InvalidObject, InvalidUid, SendError
from dicom_node.requestor import Peer, Timeouts, associate
from dicom_node.validation import validate_uid

LOGGER = logging.getLogger(__name__)

WELL_KNOWN_INSTANCE: Final = "1.2.840.10008.1.20.1.1"
"""PS3.4 J.3.5: Storage Commitment Push Model SOP Instance."""

REQUEST_COMMITMENT: Final = 1
ALL_COMMITTED: Final = 1
FAILURES_EXIST: Final = 2

_MOST_REFERENCES: Final = 100_000


@dataclass(frozen=True)
class Reference:
    """An object whose safekeeping is asked for."""

    sop_class_uid: str
    sop_instance_uid: str


@dataclass(frozen=True)
class Refusal:
    """An object that the peer did not commit, and why (Failure Reason, PS3.3 C.14.1.1)."""

    reference: Reference
    reason: int

    @property
    def permanent(self) -> bool:
        """Asking again cannot help: 0119 class and instance conflict, 0122 class not supported."""
        return self.reason in {0x0119, 0x0122}

    @property
    def wants_object_again(self) -> bool:
        """The peer does not hold the object (0112): sending it again may help."""
        return self.reason == 0x0112

    @property
    def sentence(self) -> str:
        """For a human."""
        words = {
            0x0110: "a processing failure",
            0x0112: "no such object there",
            0x0119: "another SOP Class is stored there under this UID",
            0x0122: "the SOP Class is not supported there",
            0x0131: "the transaction UID was used before",
            0x0213: "no resources left there",
        }
        return f"{words.get(self.reason, 'a reason the standard does not name')} ({self.reason:04X})"


@dataclass(frozen=True)
class CommitmentResult:
    """What a peer says of one transaction."""

    transaction_uid: str
    committed: tuple[Reference, ...]
    refused: tuple[Refusal, ...]


def new_transaction_uid() -> str:
    """Return a UID that no transaction had before (PS3.5 B.2)."""
    return f"2.25.{uuid.uuid4().int}"


def request(
    peer: Peer,
    calling_ae_title: str,
    transaction_uid: str,
    references: Sequence[Reference],
    *,
    wait_seconds: float = 5.0,
    timeouts: Timeouts | None = None,
) -> CommitmentResult | None:
    """Ask a peer to commit objects, and wait a little for its word.

    Parameters
    ----------
    peer : Peer
    calling_ae_title : str
        This node's, at most 16 characters; the peer answers to the address it knows for it.
    transaction_uid : str
        New for each request; note it before calling, the answer may overtake the return.
    references : sequence of Reference
    wait_seconds : float
        How long to keep the association open for an answer on it.
    timeouts : Timeouts, optional

    Returns
    -------
    CommitmentResult or None
        None where the peer took the request and has not answered yet: it will on an association of its own.

    Raises
    ------
    SendError
        If there is no association, the peer refuses the request, or does not answer it.
    """
    line = _Line()
    with associate(
        peer, calling_ae_title, commitment_contexts(), timeouts or Timeouts(), handlers=line.handlers()
    ) as association:
        _ask(association, peer, transaction_uid, references)
        line.answered.wait(wait_seconds)
    return next((one for one in line.results if one.transaction_uid == transaction_uid), None)


class _Line:
    """What the peer reports on the association of the request.

    The association may only be released when our response is on the wire: a release that overtakes it leaves
    the peer waiting for the response.
    """

    def __init__(self) -> None:
        self.results: list[CommitmentResult] = []
        self.answered = threading.Event()
        self._responds = False

    def handlers(self) -> list[evt.EventHandlerType]:
        return [
            (evt.EVT_N_EVENT_REPORT, self._reported),
            (evt.EVT_DIMSE_SENT, self._responding),
            (evt.EVT_PDU_SENT, self._sent),
        ]

    def _reported(self, event: Any) -> tuple[int, None]:
        return handle_report(event, self.results.append), None

    def _responding(self, event: Any) -> None:
        self._responds = self._responds or isinstance(event.message, N_EVENT_REPORT_RSP)

    def _sent(self, event: Any) -> None:
        if self._responds and isinstance(event.pdu, P_DATA_TF):
            self.answered.set()


def _ask(association: Association, peer: Peer, transaction_uid: str, references: Sequence[Reference]) -> None:
    wanted = Dataset()
    wanted.TransactionUID = transaction_uid
    wanted.ReferencedSOPSequence = DicomSequence([_item(reference) for reference in references])
    try:
        response, _ = association.send_n_action(
            wanted, REQUEST_COMMITMENT, StorageCommitmentPushModel, WELL_KNOWN_INSTANCE
        )
    except RuntimeError:  # pynetdicom's word for: the association is gone
        response = Dataset()
    status = getattr(response, "Status", None)
    if status is None:
        raise SendError(f"{peer} did not answer the request for storage commitment.", permanent=False)
    if int(status) not in (0x0000, 0x0107):
        # PS3.4 J.3.2.1.3: processing failure (0110) and resource limitation (0213) may pass
        permanent = int(status) not in (0x0110, 0x0213)
        raise SendError(f"{peer} refuses storage commitment (status {int(status):04X}).", permanent=permanent)


def send_report(peer: Peer, calling_ae_title: str, result: CommitmentResult, timeouts: Timeouts | None = None) -> None:
    """Tell a requester what was committed, on an association of our own.

    Raises
    ------
    SendError
        If there is no association, or the requester does not take the report.
    """
    role = build_role(StorageCommitmentPushModel, scp_role=True)
    with associate(peer, calling_ae_title, commitment_contexts(), timeouts or Timeouts(), roles=[role]) as association:
        report(association, result)


def report(association: Association, result: CommitmentResult) -> None:
    """Tell a requester what was committed, on an association that stands.

    Raises
    ------
    SendError
        If the requester does not take the report.
    """
    told = Dataset()
    told.TransactionUID = result.transaction_uid
    if result.committed:
        told.ReferencedSOPSequence = DicomSequence([_item(one) for one in result.committed])
    if result.refused:
        told.FailedSOPSequence = DicomSequence([_item(one.reference, one.reason) for one in result.refused])
    kind = FAILURES_EXIST if result.refused else ALL_COMMITTED
    try:
        response, _ = association.send_n_event_report(told, kind, StorageCommitmentPushModel, WELL_KNOWN_INSTANCE)
    except (RuntimeError, ValueError):  # the association is gone, or the context was not accepted
        response = Dataset()
    if getattr(response, "Status", None) != 0x0000:
        raise SendError("The requester did not take the report of storage commitment.", permanent=False)


def handle_report(event: Any, on_result: Callable[[CommitmentResult], None]) -> int:
    """Answer N-EVENT-REPORT: hand on what the peer says of a transaction.

    Returns
    -------
    int
        0000, or 0110 where the report cannot be read or handed on: the peer may repeat it.
    """
    try:
        on_result(read_result(event.event_information))
    except InvalidObject as error:
        LOGGER.warning("a report of storage commitment cannot be read: %s", error)
        return 0x0110
    except Exception:
        LOGGER.exception("a report of storage commitment could not be noted")
        return 0x0110
    return 0x0000


def read_result(information: Dataset) -> CommitmentResult:
    """Read the event information of an N-EVENT-REPORT.

    Raises
    ------
    InvalidObject
        If the transaction or a reference lacks a UID.
    """
    refused = [
        Refusal(_reference(item), int(item.get("FailureReason", 0x0110)))
        for item in information.get("FailedSOPSequence") or ()
    ]
    committed = [_reference(item) for item in information.get("ReferencedSOPSequence") or ()]
    return CommitmentResult(_uid(information, "TransactionUID"), tuple(committed), tuple(refused))


def read_request(information: Dataset) -> tuple[str, tuple[Reference, ...]]:
    """Read the action information of an N-ACTION: the transaction and what is to be committed.

    Raises
    ------
    InvalidObject
        If the transaction or a reference lacks a UID, or nothing is referred to.
    """
    items = list(information.get("ReferencedSOPSequence") or ())
    if not 0 < len(items) <= _MOST_REFERENCES:
        raise InvalidObject(f"storage commitment is asked for {len(items)} objects")
    return _uid(information, "TransactionUID"), tuple(_reference(item) for item in items)


def _item(reference: Reference, reason: int | None = None) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID = reference.sop_class_uid
    item.ReferencedSOPInstanceUID = reference.sop_instance_uid
    if reason is not None:
        item.FailureReason = reason
    return item


def _reference(item: Dataset) -> Reference:
    return Reference(_uid(item, "ReferencedSOPClassUID"), _uid(item, "ReferencedSOPInstanceUID"))


def _uid(dataset: Dataset, keyword: str) -> str:
    try:
        return validate_uid(dataset.get(keyword))
    except InvalidUid:
        raise InvalidObject(f"{keyword} is missing or no UID") from None
