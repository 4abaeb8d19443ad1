"""What this node does at each event of an association it accepts: who may come in, and what becomes of objects."""

import logging
import socket
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from pydicom.dataset import Dataset
from pynetdicom.association import Association

from dicom_node.archive import Archive, StoredObject
from dicom_node.connections import Connections
from dicom_node.errors import InvalidObject
from dicom_node.fast_pdata import StreamedDataSet
from dicom_node.handlers import handle_echo, handle_store
from dicom_node.pace import LeastPace
from dicom_node.plain import bound_pdus, receive_from_file, remove_unfinished
from dicom_node.reception import Reception, StoreRequest
from dicom_node.status import Status

LOGGER = logging.getLogger(__name__)

# PS3.8 Table 9-21: result, source, reason
_CALLING_AE_TITLE_NOT_RECOGNISED = (1, 1, 3)
_TEMPORARY_CONGESTION = (2, 3, 1)
_LOCAL_LIMIT_EXCEEDED = (2, 3, 2)


class Acceptor:
    """The handlers of one SCP. pynetdicom gives an event the attributes its kind has: hence ``Any``.

    Parameters
    ----------
    archive : Archive
    connections : Connections
    on_stored : callable
        Told of each object when it is durable.
    is_allowed : callable
        Asked with calling AE title and address.
    on_counted : callable, optional
        Told what happens, for counting: see `dicom_node.scp.start`.
    on_refused : callable, optional
        Told calling AE title, address and reason of each association that is rejected.
    is_fast : bool
        Whether data sets come streamed, or as pynetdicom's temporary files.
    idle_timeout_seconds : float
        How long the plain path waits for a byte.
    object_bytes_limit : int
        Larger objects are refused.
    least_pace : LeastPace
        What peers must bring on the plain path in the middle of a PDU; the fast path looks after itself.
    """

    def __init__(
        self,
        archive: Archive,
        connections: Connections,
        *,
        on_stored: Callable[[StoredObject], None],
        is_allowed: Callable[[str, str], bool],
        on_counted: Callable[[str, str, int], None] | None = None,
        on_refused: Callable[[str, str, str], None] | None = None,
        is_fast: bool,
        idle_timeout_seconds: float,
        object_bytes_limit: int,
        least_pace: LeastPace,
    ) -> None:
        self._archive = archive
        self._connections = connections
        self._on_stored = on_stored
        self._is_allowed = is_allowed
        self._count = on_counted or (lambda kind, value, size_bytes: None)
        self._on_refused = on_refused or (lambda ae_title, address, reason: None)
        self._is_fast = is_fast
        self._idle_timeout_seconds = idle_timeout_seconds
        self._object_bytes_limit = object_bytes_limit
        self._least_pace = least_pace
        self.is_draining = False

    def opened(self, event: Any) -> None:
        """Handle EVT_CONN_OPEN."""
        self._connections.attach(event.address[:2], event.assoc)
        connection: socket.socket = event.assoc.dul.socket.socket
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not self._is_fast:
            connection.settimeout(self._idle_timeout_seconds)  # pynetdicom would wait for ever within a PDU
            bound_pdus(event.assoc, self._least_pace)

    def requested(self, event: Any) -> None:
        """Handle EVT_REQUESTED: reject, or leave the negotiation to pynetdicom."""
        association: Association = event.assoc
        association.requestor.ae_title = event.assoc.requestor.primitive.calling_ae_title
        if self.is_draining:
            self._reject(association, _TEMPORARY_CONGESTION, "the node stops")
        elif (allowed := self._ask(association)) is None:
            self._reject(association, _TEMPORARY_CONGESTION, "the allow-list cannot be read")
        elif not allowed:
            self._reject(association, _CALLING_AE_TITLE_NOT_RECOGNISED, "not on the allow-list")
        elif not self._connections.admit(association):
            self._reject(association, _LOCAL_LIMIT_EXCEEDED, "too many associations")
        else:
            self._count("association", "accepted", 0)

    def rejected(self, event: Any) -> None:
        """Handle EVT_REJECTED, which pynetdicom triggers for what it checks itself."""
        LOGGER.warning("%s: rejected: wrong called AE title", name_of(event.assoc))
        self._count("association", "wrong called AE title", 0)
        self._connections.close(event.assoc)
        self._tell_refused(event.assoc, "wrong called AE title")

    def refused(self, ae_title: str, address: str, reason: str) -> None:
        """Tell the application that a peer was turned away."""
        try:
            self._on_refused(ae_title, address, reason)
        except Exception:
            LOGGER.exception("%a@%s: the refusal could not be told to the application", ae_title, address)

    def ended(self, event: Any) -> None:
        """Handle EVT_RELEASED and EVT_ABORTED, in the thread that stored the objects."""
        self._count("association", "aborted" if event.event.name == "EVT_ABORTED" else "released", 0)
        self._connections.close(event.assoc)

    def disconnected(self, event: Any) -> None:
        """Handle EVT_CONN_CLOSE, which is all there is where no association was asked for."""
        self._connections.close_unadmitted(event.assoc)
        if not self._is_fast:
            remove_unfinished(event.assoc)

    def echo(self, event: Any) -> int:
        """Handle EVT_C_ECHO."""
        return handle_echo()

    def store(self, event: Any) -> int | Dataset:
        """Handle EVT_C_STORE, when the last fragment has come."""
        originator = str(event.request.MoveOriginatorApplicationEntityTitle or "").strip()
        size_bytes = 0

        def on_stored(stored: StoredObject) -> None:
            nonlocal size_bytes
            self._on_stored(replace(stored, move_originator_ae_title=originator))
            size_bytes = stored.size_bytes
            self._connections.touch(event.assoc, stored.study_instance_uid, stored.sop_class_uid)

        answer = handle_store(
            partial(self._receive, event),
            on_stored,
            sender=name_of(event.assoc),
            sop_instance_uid=event.request.AffectedSOPInstanceUID,
        )
        status = int(answer.Status) if isinstance(answer, Dataset) else answer
        if status not in {Status.SUCCESS, Status.COERCION_OF_DATA_ELEMENTS}:
            self._connections.note_refused(event.assoc)
        self._count("store", f"{status:04X}", size_bytes)
        return answer

    def begin(
        self,
        association: Association,
        abstract_syntax: str,
        transfer_syntax: str,
        sop_class_uid: object,
        sop_instance_uid: object,
    ) -> Reception:
        """Return the reception of an object whose command has come."""
        requestor = association.requestor
        request = StoreRequest(
            sop_class_uid,
            sop_instance_uid,
            abstract_syntax,
            transfer_syntax,
            str(requestor.ae_title).strip(),
            str(requestor.address),
        )
        return Reception(self._archive, request, self._object_bytes_limit)

    def _receive(self, event: Any) -> Reception:
        if isinstance(event.request.DataSet, StreamedDataSet):
            return event.request.DataSet.reception
        path = None if self._is_fast else event.dataset_path
        if path is None:
            raise InvalidObject("the command came without a data set")
        reception = self.begin(
            event.assoc,
            event.context.abstract_syntax,
            event.context.transfer_syntax,
            event.request.AffectedSOPClassUID,
            event.request.AffectedSOPInstanceUID,
        )
        receive_from_file(path, reception)
        return reception

    def _ask(self, association: Association) -> bool | None:
        requestor = association.requestor
        try:
            return self._is_allowed(str(requestor.ae_title).strip(), str(requestor.address)) is True
        except Exception:
            # pynetdicom accepts the association when its handler raises: nothing may get out
            LOGGER.exception("%s: the allow-list cannot be read", name_of(association))
            return None

    def _reject(self, association: Association, reason: tuple[int, int, int], sentence: str) -> None:
        LOGGER.warning("%s: rejected: %s", name_of(association), sentence)
        self._count("association", sentence, 0)
        association.acse.send_reject(*reason)
        association.kill()  # waits until the rejection is on the wire
        self._connections.close(association)
        self._tell_refused(association, sentence)

    def _tell_refused(self, association: Association, reason: str) -> None:
        requestor = association.requestor
        self.refused(str(requestor.ae_title).strip(), str(requestor.address), reason)


def name_of(association: Association) -> str:
    """Return who asked for an association, fit for a log line whatever was sent as AE title."""
    ae_title = str(association.requestor.ae_title).strip()
    return f"{ae_title!a}@{association.requestor.address}"
