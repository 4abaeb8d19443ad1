"""Storage commitment as SCP: whoever sent us objects may ask whether they are safe, and gets a true answer.

Safe means: the object's file stands in the archive, which is only so once it is on disk. The answer goes to the
address known for the asking AE title, on an association of our own; who is not known there is refused at once.

References
----------
DICOM PS3.4 J.3.2 (N-ACTION), J.3.3 (N-EVENT-REPORT); PS3.3 C.14.1.1 (Failure Reason).
"""

import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

from pydicom.dataset import Dataset
from pydicom.filereader import read_file_meta_info
from pynetdicom import evt

from dicom_node.archive import Archive
from dicom_node.commitment import (
    REQUEST_COMMITMENT,
    CommitmentResult,
    Reference,
    Refusal,
    handle_report,
    read_request,
    send_report,
)
from dicom_node.errors import ArchiveError, InvalidObject, ObjectNotFound, SendError
from dicom_node.image_file import MALFORMED
from dicom_node.requestor import Peer

LOGGER = logging.getLogger(__name__)

_NO_SUCH_INSTANCE: Final = 0x0112
_CLASS_INSTANCE_CONFLICT: Final = 0x0119
_PROCESSING_FAILURE: Final = 0x0110
_NO_SUCH_ACTION: Final = 0x0123
_SUCCESS: Final = 0x0000
_ANSWERING_THREADS: Final = 2
_PAUSES_SECONDS: Final = (0.0, 5.0, 30.0)
_UNREADABLE: Final[tuple[type[Exception], ...]] = (ArchiveError, InvalidObject, OSError, *MALFORMED)


@dataclass(frozen=True)
class CommitmentRequest:
    """Somebody asked whether objects are safe here; taken, if it is to get an answer."""

    ae_title: str
    address: str
    transaction_uid: str
    objects: int
    is_taken: bool


class CommitmentScp:
    """The two handlers of storage commitment at this node's SCP.

    Parameters
    ----------
    archive : Archive
        Decides what is safe.
    ae_title : str
        This node's.
    on_result : callable
        Told what a peer says of a transaction that this node asked for. It may raise: then the peer is told
        of a failure and may repeat its report.
    find_peer : callable
        Returns where an AE title listens, or None where that is not known.
    on_request : callable, optional
        Told of each request that could be read. What it raises is logged.
    """

    def __init__(
        self,
        archive: Archive,
        ae_title: str,
        *,
        on_result: Callable[[CommitmentResult], None],
        find_peer: Callable[[str], Peer | None],
        on_request: Callable[[CommitmentRequest], None] | None = None,
    ) -> None:
        self._on_request = on_request or (lambda request: None)
        self._archive = archive
        self._ae_title = ae_title
        self._on_result = on_result
        self._find_peer = find_peer
        self._answers = ThreadPoolExecutor(_ANSWERING_THREADS, thread_name_prefix="commitment")

    def stop(self) -> None:
        """Answer nothing more; requests without an answer are repeated by whoever asked."""
        self._answers.shutdown(wait=False, cancel_futures=True)

    def handlers(self) -> list[evt.EventHandlerType]:
        """Return what binds this to an SCP."""
        return [(evt.EVT_N_ACTION, self.action), (evt.EVT_N_EVENT_REPORT, self.report)]

    def action(self, event: Any) -> tuple[int, Dataset | None]:
        """Handle EVT_N_ACTION: take the request; the answer follows."""
        if event.action_type != REQUEST_COMMITMENT:
            return _NO_SUCH_ACTION, None
        try:
            transaction_uid, references = read_request(event.action_information)
        except InvalidObject as error:
            LOGGER.warning("a request for storage commitment cannot be read: %s", error)
            return _PROCESSING_FAILURE, None
        requestor = event.assoc.requestor
        ae_title = str(requestor.ae_title).strip()
        is_taken = self._take(ae_title, transaction_uid, references)
        self._tell_of(CommitmentRequest(ae_title, str(requestor.address), transaction_uid, len(references), is_taken))
        return (_SUCCESS if is_taken else _PROCESSING_FAILURE), None

    def _take(self, ae_title: str, transaction_uid: str, references: Sequence[Reference]) -> bool:
        peer = self._find_peer(ae_title)
        if peer is None:
            LOGGER.warning(
                "storage commitment refused to %a: where it listens is not known; make it a destination", ae_title
            )
            return False
        try:
            self._answers.submit(self._answer, peer, transaction_uid, references)
        except RuntimeError:  # the node stops
            return False
        return True

    def _tell_of(self, request: CommitmentRequest) -> None:
        try:
            self._on_request(request)
        except Exception:
            LOGGER.exception("a request for storage commitment could not be told to the application")

    def report(self, event: Any) -> tuple[int, Dataset | None]:
        """Handle EVT_N_EVENT_REPORT: what a peer says of our own request."""
        return handle_report(event, self._on_result), None

    def judge(self, transaction_uid: str, references: Sequence[Reference]) -> CommitmentResult:
        """Say which objects are safe here.

        Returns
        -------
        CommitmentResult
            Every reference is in it once, committed or refused.
        """
        reasons = {reference: self._reason(reference) for reference in references}
        return CommitmentResult(
            transaction_uid,
            tuple(reference for reference, reason in reasons.items() if reason is None),
            tuple(Refusal(reference, reason) for reference, reason in reasons.items() if reason is not None),
        )

    def _reason(self, reference: Reference) -> int | None:
        try:
            stored = read_file_meta_info(self._archive.find(reference.sop_instance_uid))
        except ObjectNotFound:
            return _NO_SUCH_INSTANCE
        except _UNREADABLE:
            return _PROCESSING_FAILURE
        same = stored.get("MediaStorageSOPClassUID") == reference.sop_class_uid
        return None if same else _CLASS_INSTANCE_CONFLICT

    def _answer(self, peer: Peer, transaction_uid: str, references: Sequence[Reference]) -> None:
        try:
            result = self.judge(transaction_uid, references)
            self._tell(peer, result)
        except SendError as error:
            LOGGER.warning("storage commitment %s could not be answered: %s", transaction_uid, error)
        except Exception:
            LOGGER.exception("storage commitment %s could not be answered", transaction_uid)
        else:
            LOGGER.info(
                "storage commitment %s answered to %s: %d safe, %d not",
                transaction_uid,
                peer,
                len(result.committed),
                len(result.refused),
            )

    def _tell(self, peer: Peer, result: CommitmentResult) -> None:
        for number, pause in enumerate(_PAUSES_SECONDS, start=1):
            time.sleep(pause)
            try:
                send_report(peer, self._ae_title, result)
            except SendError:
                if number == len(_PAUSES_SECONDS):
                    raise
            else:
                return
