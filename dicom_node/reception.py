"""One C-STORE on its way from its command to a durable object.

The bytes are written as they come; what is wrong with them is remembered and told at the end, because a C-STORE
is answered only after its last fragment (PS3.7 9.3.1).
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, auto

from dicom_node.archive import Archive, StoredObject
from dicom_node.errors import DicomNodeError, InvalidObject, OutOfResources
from dicom_node.header import read_header
from dicom_node.incoming import IncomingFile
from dicom_node.part10 import encode_file_meta
from dicom_node.validation import validate_command, validate_header


@dataclass(frozen=True)
class StoreRequest:
    """What a C-STORE command says, and the association it came by. The UIDs are not yet trusted."""

    sop_class_uid: object
    sop_instance_uid: object
    abstract_syntax: str
    transfer_syntax_uid: str
    calling_ae_title: str
    calling_address: str


class _State(Enum):
    RECEIVING = auto()
    FINISHING = auto()
    CLOSED = auto()


class Reception:
    """Receives one object.

    `write` and `discard` may be called by the thread that reads the socket, `finish` by the one that answers.
    Whoever comes first, `finish` or `discard`, owns the file from then on.

    Parameters
    ----------
    archive : Archive
    request : StoreRequest
    bytes_limit : int, optional
        An object with more is refused.
    admit : callable, optional
        Asked with the Study Instance UID of the complete object before it is kept; refuses it by raising
        `InvalidObject`.
    """

    def __init__(
        self,
        archive: Archive,
        request: StoreRequest,
        bytes_limit: int | None = None,
        admit: Callable[[str], None] | None = None,
    ) -> None:
        self._bytes_limit = bytes_limit
        self._admit = admit
        self._archive = archive
        self._request = request
        self._begun = time.monotonic()
        self._lock = threading.Lock()
        self._state = _State.RECEIVING
        self._incoming: IncomingFile | None = None
        self._offset = 0
        self._refusal: DicomNodeError | None = None
        try:
            validate_command(request.sop_class_uid, request.sop_instance_uid, request.abstract_syntax)
            meta = encode_file_meta(
                str(request.sop_class_uid), str(request.sop_instance_uid), request.transfer_syntax_uid
            )
            self._incoming = archive.new_file()
            self._offset = len(meta)
            self._incoming.write([meta])
        except DicomNodeError as refusal:
            self._refuse(refusal)

    def write(self, parts: Sequence[bytes | memoryview]) -> None:
        """Append fragments of the data set. Never raises: `finish` does.

        Parameters
        ----------
        parts : sequence of bytes or memoryview
            Not kept after the call.
        """
        if self._incoming is None:
            return
        try:
            self._incoming.write(parts)
            if self._bytes_limit is not None and self._incoming.size_bytes > self._bytes_limit:
                raise OutOfResources(f"the object has more than {self._bytes_limit} bytes")
        except DicomNodeError as refusal:
            self._refuse(refusal)

    def finish(self) -> StoredObject:
        """Check the complete object and make it durable.

        Returns
        -------
        StoredObject

        Raises
        ------
        UnsupportedSopClass, ObjectMismatch, InvalidObject
            If the object is refused for good.
        OutOfResources, ArchiveError
            If it may be sent again later.
        """
        with self._lock:
            if self._state is not _State.RECEIVING:
                raise InvalidObject("the transfer was broken off")
            self._state = _State.FINISHING
        try:
            if self._refusal is not None or self._incoming is None:
                raise self._refusal or InvalidObject("nothing was received")
            return self._store(self._incoming)
        finally:
            self._close()

    def discard(self) -> None:
        """Give up an unfinished transfer and remove what came of it."""
        with self._lock:
            if self._state is not _State.RECEIVING:
                return
            self._state = _State.FINISHING
        self._close()

    def _store(self, incoming: IncomingFile) -> StoredObject:
        request = self._request
        sop_class_uid, sop_instance_uid = str(request.sop_class_uid), str(request.sop_instance_uid)
        header = read_header(incoming.fileno(), request.transfer_syntax_uid, self._offset)
        study_instance_uid, series_instance_uid = validate_header(header.dataset, sop_class_uid, sop_instance_uid)
        if not header.has_pixel_data:
            raise InvalidObject("the data set ends before its Pixel Data")
        if self._admit is not None:
            self._admit(study_instance_uid)
        result, path = self._archive.keep(incoming, sop_instance_uid)
        return StoredObject(
            sop_instance_uid=sop_instance_uid,
            sop_class_uid=sop_class_uid,
            transfer_syntax_uid=request.transfer_syntax_uid,
            study_instance_uid=study_instance_uid,
            series_instance_uid=series_instance_uid,
            path=path,
            size_bytes=incoming.size_bytes,
            calling_ae_title=request.calling_ae_title,
            calling_address=request.calling_address,
            received_at=datetime.now(UTC),
            receive_ms=(time.monotonic() - self._begun) * 1000.0,
            result=result,
            header=header.dataset,
        )

    def _refuse(self, refusal: DicomNodeError) -> None:
        # The space is given back at once; the rest of the transfer is read and thrown away.
        self._refusal = refusal
        if self._incoming is not None:
            self._incoming.discard()
            self._incoming = None

    def _close(self) -> None:
        if self._incoming is not None:
            self._incoming.discard()
        self._state = _State.CLOSED
