"""The fast path: P-DATA payloads go from the socket straight into the file.

pynetdicom reads a socket 4,096 bytes at a time, copies each fragment through several queues, and polls both of
an association's threads every millisecond. Here the thread that reads the socket fills one buffer, understands
the PDV headers, and hands the payloads of a C-STORE data set to their `Reception`; and both threads sleep until
something happens. Negotiation, commands, responses, release and abort stay pynetdicom's own.

This is the only file that leans on pynetdicom's internals. `find_differences` names what an upgrade changed; the
node then takes the plain path, which is slower and uses its public interface only.

References
----------
PS3.8 9.3.5 (P-DATA-TF), 9.2 (state machine), Annex E (message control header)
"""

import inspect
import logging
import os
import queue
import socket
import struct
import time
from collections.abc import Callable
from io import BytesIO
from typing import Any, cast

import pynetdicom
from pynetdicom import AE
from pynetdicom.association import Association
from pynetdicom.dimse import DIMSEServiceProvider
from pynetdicom.dimse_messages import C_STORE_RQ, DIMSEMessage
from pynetdicom.dul import DULServiceProvider
from pynetdicom.pdu_primitives import A_ABORT, A_P_ABORT, P_DATA
from pynetdicom.transport import AssociationSocket, RequestHandler

from dicom_node.pace import LeastPace, Pace, TooSlow
from dicom_node.reception import Reception
from dicom_node.socket_buffer import Disconnected, Interrupted, SocketBuffer, Wakeup

LOGGER = logging.getLogger(__name__)

_P_DATA_TF = 0x04
_PDU_HEADER = struct.Struct(">BxI")
_PDV_HEADER = struct.Struct(">IBB")
_COMMAND = 0b01  # bits of the message control header
_LAST = 0b10

_CONTROL_PDU_MAXIMUM_BYTES = 256 * 1024  # the longest A-ASSOCIATE-RQ takes 0.2 MB; below `BUFFER_BYTES`
_MESSAGE_MAXIMUM_BYTES = 1024 * 1024  # commands, and data sets other than C-STORE's
_MAXIMUM_WAITING_MESSAGES = 16
_WAIT_SECONDS = 0.1  # how late a timer may be noticed

ReceptionFactory = Callable[[Association, str, str, object, object], Reception]
"""association, abstract syntax, transfer syntax, Affected SOP Class UID, Affected SOP Instance UID"""


class StreamedDataSet(BytesIO):
    """Stands in a C-STORE request where its data set would be, and is empty: `reception` has the data."""

    def __init__(self, reception: Reception) -> None:
        super().__init__()
        self.reception = reception


class _ProtocolError(Exception):
    """The peer broke PS3.8: the association is aborted."""


class StreamingSocket(AssociationSocket):
    """Reads through a `SocketBuffer`."""

    def __init__(self, association: Association, client_socket: socket.socket, dul: "StreamingDul") -> None:
        super().__init__(association, client_socket=client_socket)
        self._dul = dul
        self.buffer = SocketBuffer(client_socket, dul.wakeup, dul.must_stop, dul.restart_idle_timer, dul.pace.note)

    @property
    def ready(self) -> bool:
        """Wait shortly for bytes, unless there is an event to handle or something to send."""
        seconds = _WAIT_SECONDS if self.event_queue.empty() else 0.0
        if self.socket is None or not self._is_connected:
            return False
        if not self._dul.is_within_message:
            return self.buffer.wait(seconds)
        try:
            with self._dul.pace.waiting():
                return self.buffer.wait(seconds)
        except TooSlow as error:
            self._dul.abort_slow_peer(self.buffer, error)
            return False

    def recv(self, nr_bytes: int) -> bytearray:
        """Return the next bytes, from the buffer first."""
        return self.buffer.read(nr_bytes)


class StreamingDul(DULServiceProvider):
    """Reads P-DATA itself, and sleeps until there is something to read or to send."""

    def __init__(self, association: Association, receptions: ReceptionFactory, least_pace: LeastPace) -> None:
        super().__init__(association)
        self.pace = Pace(least_pace)
        self._run_loop_delay = 0.0  # the socket's `ready` does the waiting
        self._receptions = receptions
        self._reception: Reception | None = None
        self._is_receiving = False
        self._context_id = 0
        self._message_bytes = 0
        self.wakeup = Wakeup()

    def send_pdu(self, primitive: Any) -> None:
        """Queue a primitive for the peer, and wake the thread that sends it."""
        super().send_pdu(primitive)
        self.wakeup.set()

    def kill_dul(self) -> None:
        """End the thread, now."""
        super().kill_dul()
        self.wakeup.set()

    def run_reactor(self) -> None:
        """Serve the connection to its end, and leave nothing half-received."""
        try:
            super().run_reactor()
        finally:
            if isinstance(self.socket, StreamingSocket):
                self.socket.buffer.close()
            if self._reception is not None:
                self._reception.discard()
            self.to_user_queue.put(cast(Any, None))  # ends the wait for a request that never comes
            self.wakeup.close()

    def must_stop(self) -> bool:
        """Tell whether to stop waiting for the rest of a PDU."""
        waiting = list(self.to_provider_queue.queue)
        return (
            self._kill_thread
            or self.artim_timer.expired
            or any(isinstance(primitive, (A_ABORT, A_P_ABORT)) for primitive in waiting)
        )

    @property
    def is_within_message(self) -> bool:
        """Whether a message has begun and its rest is waited for."""
        return self.assoc.dimse.message is not None

    def abort_slow_peer(self, stream: SocketBuffer, error: TooSlow) -> None:
        """End the association of a peer that holds it with a byte now and then."""
        LOGGER.warning("%s: aborted, too slow: %s", self.assoc.requestor.ae_title, error)
        stream.close()
        self.event_queue.put("Evt19")

    def restart_idle_timer(self) -> None:
        """Note that the peer is alive."""
        self._idle_timer.restart()

    def _is_transport_event(self) -> bool:
        if self.assoc.dimse.msg_queue.qsize() > _MAXIMUM_WAITING_MESSAGES:
            time.sleep(_WAIT_SECONDS)  # the peer does not wait for answers: read no further for a while
            return False
        return super()._is_transport_event()

    def _read_pdu_data(self) -> None:
        if not isinstance(self.socket, StreamingSocket):
            raise TypeError("the fast path needs its own socket")
        stream = self.socket.buffer
        try:
            stream.fill(_PDU_HEADER.size)
            pdu_type, length = stream.peek(_PDU_HEADER)
            if pdu_type == _P_DATA_TF and self.state_machine.current_state == "Sta6":
                self._read_p_data(stream)
            elif length > _CONTROL_PDU_MAXIMUM_BYTES:
                raise _ProtocolError(f"a PDU of type {pdu_type:02X} claims {length} bytes")
            else:
                stream.fill(_PDU_HEADER.size + length)
                super()._read_pdu_data()
        except Interrupted:
            stream.close()
        except Disconnected:
            stream.close()
            self.event_queue.put("Evt17")
        except TooSlow as error:
            self.abort_slow_peer(stream, error)
        except _ProtocolError as error:
            LOGGER.warning("%s: protocol error: %s", self.assoc.requestor.ae_title, error)
            stream.close()
            self.event_queue.put("Evt19")

    def _read_p_data(self, stream: SocketBuffer) -> None:
        # A data set is read to its end without the reactor's detours, unless there is something to send.
        while True:
            _, remaining = _PDU_HEADER.unpack(stream.take(_PDU_HEADER.size))
            while remaining:
                if remaining < _PDV_HEADER.size:
                    raise _ProtocolError("a PDU has room for half a PDV")
                stream.fill(_PDV_HEADER.size)
                length, context_id, control = _PDV_HEADER.unpack(stream.take(_PDV_HEADER.size))
                remaining -= length + 4
                if length < 2 or remaining < 0:
                    raise _ProtocolError(f"a PDV claims {length} bytes")
                self._read_fragment(stream, context_id, control, length - 2)
            if not self._is_receiving or not self.to_provider_queue.empty():
                return
            stream.fill(_PDU_HEADER.size)
            if stream.peek(_PDU_HEADER)[0] != _P_DATA_TF:
                return

    def _read_fragment(self, stream: SocketBuffer, context_id: int, control: int, size: int) -> None:
        if not self._is_receiving or self._reception is None:
            self._read_message(stream, context_id, control, size)
            return
        if control & _COMMAND or context_id != self._context_id:
            raise _ProtocolError("a data set is interrupted by another message")
        stream.pour(size, self._reception)
        if control & _LAST:
            stream.flush()
            self._is_receiving = False
            self._deliver(context_id, bytes([_LAST]))

    def _read_message(self, stream: SocketBuffer, context_id: int, control: int, size: int) -> None:
        if not control & _COMMAND and self.assoc.dimse.message is None:
            raise _ProtocolError("a data set comes without a command")
        self._message_bytes += size
        if self._message_bytes > _MESSAGE_MAXIMUM_BYTES:
            raise _ProtocolError("a message is too long")
        self._deliver(context_id, bytes([control]) + stream.read(size))
        message = self.assoc.dimse.message
        if message is None:
            self._message_bytes = 0
        elif control & _COMMAND and control & _LAST and isinstance(message, C_STORE_RQ):
            self._begin(context_id, message)

    def _begin(self, context_id: int, message: DIMSEMessage) -> None:
        context = self.assoc._accepted_cx.get(context_id)
        if context is None:
            raise _ProtocolError("a command comes under a presentation context that was not accepted")
        if self._reception is not None:
            self._reception.discard()  # does nothing where it was answered, as it was for all but odd peers
        command = message.command_set
        self._reception = self._receptions(
            self.assoc,
            str(context.abstract_syntax),
            str(context.transfer_syntax[0]),
            command.get("AffectedSOPClassUID"),
            command.get("AffectedSOPInstanceUID"),
        )
        message.data_set = StreamedDataSet(self._reception)
        self._context_id = context_id
        self._message_bytes = 0
        self._is_receiving = True

    def _deliver(self, context_id: int, fragment: bytes) -> None:
        primitive = P_DATA()
        primitive.presentation_data_value_list.append((context_id, fragment))
        self.assoc.dimse.receive_primitive(primitive)
        if not self.is_within_message:
            self.pace.restart()


class WaitingDimse(DIMSEServiceProvider):
    """Lets the association's reactor sleep until a message comes, where it would look every millisecond."""

    def get_msg(self, block: bool = False) -> Any:
        """Return the next message, or nothing after a short wait."""
        if block:
            return super().get_msg(block=True)
        try:
            return self.msg_queue.get(timeout=_WAIT_SECONDS)
        except queue.Empty:
            return None, None


class _RousingQueue(queue.Queue[Any]):
    """Wakes the association's reactor for what does not come as a message: release and abort."""

    def __init__(self, messages: "queue.Queue[Any]") -> None:
        super().__init__()
        self._messages = messages

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        super().put(item, block, timeout)
        self._messages.put((None, None))


def request_handler(receptions: ReceptionFactory, least_pace: LeastPace) -> type[RequestHandler]:
    """Return what accepts a connection for the fast path.

    Parameters
    ----------
    receptions : callable
        Called in the association's reading thread when a C-STORE command is complete.
    least_pace : LeastPace
        What peers must bring in the middle of a message.

    Returns
    -------
    type
        For ``AE.make_server(request_handler=...)``. The requests its C-STORE handler gets carry a
        `StreamedDataSet`.
    """

    class StreamingRequestHandler(RequestHandler):
        def _create_association(self) -> Association:
            association = super()._create_association()
            dul = StreamingDul(association, receptions, least_pace)
            association.dul = dul
            association.dimse = WaitingDimse(association)
            dul.to_user_queue = _RousingQueue(association.dimse.msg_queue)
            association.set_socket(StreamingSocket(association, self.request, dul))
            # the timers live in the service provider that was just replaced
            association.acse_timeout = association.acse_timeout
            association.network_timeout = association.network_timeout
            return association

    return StreamingRequestHandler


_TESTED_VERSIONS = "3.0."
_PARAMETERS: dict[tuple[type, str], tuple[str, ...]] = {
    (AssociationSocket, "__init__"): ("self", "assoc", "client_socket", "address"),
    (AssociationSocket, "recv"): ("self", "nr_bytes"),
    (DULServiceProvider, "__init__"): ("self", "assoc"),
    (DULServiceProvider, "send_pdu"): ("self", "primitive"),
    (DULServiceProvider, "kill_dul"): ("self",),
    (DULServiceProvider, "run_reactor"): ("self",),
    (DULServiceProvider, "_is_transport_event"): ("self",),
    (DULServiceProvider, "_read_pdu_data"): ("self",),
    (DIMSEServiceProvider, "get_msg"): ("self", "block"),
    (DIMSEServiceProvider, "receive_primitive"): ("self", "primitive"),
    (RequestHandler, "_create_association"): ("self",),
    (Association, "set_socket"): ("self", "socket"),
}
_ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "": ("dul", "dimse", "acse_timeout", "network_timeout", "_accepted_cx"),
    "dul": (
        "artim_timer",
        "event_queue",
        "state_machine",
        "to_provider_queue",
        "to_user_queue",
        "_idle_timer",
        "_kill_thread",
        "_run_loop_delay",
    ),
    "dimse": ("message", "msg_queue"),
}


def find_differences() -> list[str]:
    """Compare the installed pynetdicom with the one this file was written for.

    Returns
    -------
    list of str
        What differs, in sentences; empty where the fast path may be used.
    """
    differences = []
    if not pynetdicom.__version__.startswith(_TESTED_VERSIONS):
        differences.append(f"pynetdicom is {pynetdicom.__version__}, not {_TESTED_VERSIONS}x")
    if not hasattr(os, "eventfd"):
        differences.append("this system has no eventfd")
    for (owner, name), expected in _PARAMETERS.items():
        function = getattr(owner, name, None)
        if function is None or tuple(inspect.signature(function).parameters) != expected:
            differences.append(f"{owner.__name__}.{name} is missing or takes other parameters")
    association = Association(AE(), "acceptor")
    for part, names in _ATTRIBUTES.items():
        target = getattr(association, part) if part else association
        differences += [f"{part or 'association'} has no {name}" for name in names if not hasattr(target, name)]
    return differences
