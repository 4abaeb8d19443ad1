"""The DICOM upper layer by hand: PDUs as bytes, so that a test can send what no library would send."""

import socket
import struct
from collections.abc import Iterable
from contextlib import suppress
from types import TracebackType
from typing import Self

from pydicom.uid import DigitalMammographyXRayImageStorageForPresentation, ExplicitVRLittleEndian

A_ASSOCIATE_RQ, A_ASSOCIATE_AC, A_ASSOCIATE_RJ, P_DATA_TF, A_RELEASE_RQ, A_RELEASE_RP, A_ABORT = range(1, 8)
DATA, COMMAND, LAST_DATA, LAST_COMMAND = range(4)
CONTEXT_ID = 1
SOP_CLASS = DigitalMammographyXRayImageStorageForPresentation
C_STORE_RQ, C_ECHO_RQ = 0x0001, 0x0030
WITH_DATA_SET, WITHOUT_DATA_SET = 0x0000, 0x0101


def pdu(kind: int, content: bytes) -> bytes:
    """Return a PDU (PS3.8 9.3)."""
    return struct.pack(">BxI", kind, len(content)) + content


def pdv(control: int, content: bytes, context_id: int = CONTEXT_ID) -> bytes:
    """Return a presentation data value (PS3.8 9.3.5.1)."""
    return struct.pack(">IBB", len(content) + 2, context_id, control) + content


def p_data(control: int, content: bytes, context_id: int = CONTEXT_ID) -> bytes:
    """Return a P-DATA-TF PDU with one presentation data value."""
    return pdu(P_DATA_TF, pdv(control, content, context_id))


def fragments(data_set: bytes, size: int) -> Iterable[bytes]:
    """Yield a data set as P-DATA-TF PDUs with `size` bytes each."""
    for start in range(0, len(data_set), size):
        control = LAST_DATA if start + size >= len(data_set) else DATA
        yield p_data(control, data_set[start : start + size])


def associate_request(
    called: str = "MAMMONODE",
    calling: str = "RAWPEER",
    abstract_syntax: str = SOP_CLASS,
    transfer_syntax: str = ExplicitVRLittleEndian,
) -> bytes:
    """Return an A-ASSOCIATE-RQ with one presentation context."""
    context = _item(0x30, abstract_syntax.encode()) + _item(0x40, transfer_syntax.encode())
    user = _item(0x51, struct.pack(">I", 16384)) + _item(0x52, b"1.2.826.0.1.3680043.2.1")
    content = struct.pack(">HH16s16s32x", 1, 0, called.ljust(16).encode(), calling.ljust(16).encode())
    content += _item(0x10, b"1.2.840.10008.3.1.1.1")
    content += _item(0x20, struct.pack(">B3x", CONTEXT_ID) + context) + _item(0x50, user)
    return pdu(A_ASSOCIATE_RQ, content)


def command(
    field: int,
    *,
    sop_class_uid: str = SOP_CLASS,
    sop_instance_uid: str | None = None,
    message_id: int = 1,
    data_set: int = WITHOUT_DATA_SET,
) -> bytes:
    """Return an encoded command set (PS3.7 6.3.1)."""
    elements = (
        _element(0x0002, _even(sop_class_uid))
        + _element(0x0100, struct.pack("<H", field))
        + _element(0x0110, struct.pack("<H", message_id))
        + _element(0x0700, struct.pack("<H", 0))
        + _element(0x0800, struct.pack("<H", data_set))
    )
    if sop_instance_uid is not None:
        elements += _element(0x1000, _even(sop_instance_uid))
    return _element(0x0000, struct.pack("<I", len(elements))) + elements


def store_command(sop_instance_uid: str, sop_class_uid: str = SOP_CLASS, message_id: int = 1) -> bytes:
    """Return a C-STORE-RQ as one P-DATA-TF PDU."""
    encoded = command(
        C_STORE_RQ,
        sop_class_uid=sop_class_uid,
        sop_instance_uid=sop_instance_uid,
        message_id=message_id,
        data_set=WITH_DATA_SET,
    )
    return p_data(LAST_COMMAND, encoded)


def status_of(response: bytes) -> int:
    """Return (0000,0900) Status of an encoded response."""
    position = response.index(struct.pack("<HHI", 0, 0x0900, 2)) + 8
    return int.from_bytes(response[position : position + 2], "little")


def maximum_length_of(accept: bytes) -> int:
    """Return the maximum length an A-ASSOCIATE-AC announces (PS3.8 D.1), 0 for none."""
    position = 68
    while position < len(accept):
        kind, length = struct.unpack_from(">BxH", accept, position)
        if kind == 0x50:
            return int.from_bytes(accept[position + 8 : position + 12], "big")
        position += 4 + length
    raise ValueError("no maximum length")


class RawPeer:
    """A connection that sends bytes and reads PDUs. Whatever it waits for comes within `seconds`, or fails.

    Parameters
    ----------
    port : int
        On 127.0.0.1.
    """

    def __init__(self, port: int, seconds: float = 20.0) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=seconds)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.socket.close()

    def send(self, *parts: bytes) -> None:
        """Send bytes."""
        self.socket.sendall(b"".join(parts))

    def associate(self, request: bytes | None = None) -> bytes:
        """Ask for an association, and return the content of the A-ASSOCIATE-AC."""
        self.send(request or associate_request())
        kind, content = self.receive()
        assert kind == A_ASSOCIATE_AC, f"PDU {kind} instead of A-ASSOCIATE-AC: {content!r}"
        return content

    def release(self) -> None:
        """Release the association."""
        self.send(pdu(A_RELEASE_RQ, bytes(4)))
        assert self.receive()[0] == A_RELEASE_RP

    def status(self) -> int:
        """Return the status of the next response."""
        kind, content = self.receive()
        assert kind == P_DATA_TF, f"PDU {kind} instead of a response: {content!r}"
        return status_of(content)

    def receive(self) -> tuple[int, bytes]:
        """Return type and content of the next PDU; type 0 when the connection has ended."""
        header = self._read(6)
        if header is None:
            return 0, b""
        content = self._read(int.from_bytes(header[2:6], "big"))
        return (0, b"") if content is None else (header[0], content)

    def wait_for_end(self) -> list[int]:
        """Return the types of the PDUs that come until the connection ends."""
        kinds = []
        while kind := self.receive()[0]:
            kinds.append(kind)
        return kinds

    def _read(self, size: int) -> bytes | None:
        data = b""
        with suppress(ConnectionError):
            while len(data) < size:
                part = self.socket.recv(size - len(data))
                if not part:
                    return None
                data += part
            return data
        return None


def _item(kind: int, content: bytes) -> bytes:
    return struct.pack(">BxH", kind, len(content)) + content


def _element(element: int, value: bytes) -> bytes:
    return struct.pack("<HHI", 0, element, len(value)) + value


def _even(uid: str) -> bytes:
    encoded = uid.encode("ascii", "replace")
    return encoded + b"\0" * (len(encoded) % 2)
