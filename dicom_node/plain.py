"""The plain path: pynetdicom receives into a temporary file, and the node takes it from there.

Slower than the fast path, and every byte is written twice; the checks, the archive and the answers are the same.
"""

import logging
import time
from contextlib import suppress
from pathlib import Path

from pynetdicom.association import Association

from dicom_node.pace import LeastPace, Pace, TooSlow
from dicom_node.part10 import read_file_meta
from dicom_node.reception import Reception

LOGGER = logging.getLogger(__name__)

_PART_BYTES = 1024 * 1024
_RECEIVE_BYTES = 64 * 1024
_PDU_MAXIMUM_BYTES = 16 * 1024 * 1024  # some peers exceed the length they were told


def receive_from_file(path: Path, reception: Reception) -> None:
    """Feed the data set of a Part 10 file to a reception.

    Parameters
    ----------
    path : Path
        Written by pynetdicom, with File Meta Information of its own, which is left behind.
    reception : Reception
        Gets the data set, and discards it when reading fails.

    Raises
    ------
    InvalidObject
        If this is not a Part 10 file.
    OSError
        If it cannot be read.
    """
    try:
        with path.open("rb") as file:
            read_file_meta(file)
            while part := file.read(_PART_BYTES):
                reception.write([part])
    except BaseException:
        reception.discard()
        raise


def bound_pdus(association: Association, least_pace: LeastPace) -> None:
    """Refuse PDUs that claim to be longer than any is, which pynetdicom would read into memory, and those that trickle.

    Parameters
    ----------
    association : Association
        Just connected.
    least_pace : LeastPace
        What the peer must bring in the middle of a PDU.
    """
    connection = association.dul.socket
    if connection is None or connection.socket is None:
        return
    line, pace = connection.socket, Pace(least_pace)

    def receive_bounded(nr_bytes: int) -> bytearray:
        if nr_bytes > _PDU_MAXIMUM_BYTES:
            raise ConnectionError(f"a PDU claims {nr_bytes} bytes")
        received = bytearray()
        while len(received) < nr_bytes:
            started = time.monotonic()
            part = line.recv(min(nr_bytes - len(received), _RECEIVE_BYTES))
            if not part:
                break
            received += part
            try:
                pace.note(time.monotonic() - started, len(part))
            except TooSlow as error:
                LOGGER.warning("%s: aborted, too slow: %s", association.requestor.address, error)
                raise ConnectionError("too slow") from error
        if association.dimse.message is None:
            pace.restart()
        return received

    connection.recv = receive_bounded  # type: ignore[method-assign]


def remove_unfinished(association: Association) -> None:
    """Remove the temporary file of a C-STORE that was broken off; pynetdicom leaves it behind.

    Parameters
    ----------
    association : Association
        Ended.
    """
    unfinished = getattr(association.dimse.message, "_data_set_file", None)
    if unfinished is None:
        return
    with suppress(OSError):
        unfinished.close()
        Path(unfinished.name).unlink()
