"""One function for each DIMSE verb this node serves; the edge where errors become statuses.

References
----------
PS3.7 9.1.5 (C-ECHO), 9.1.1 (C-STORE), PS3.4 B.2.3 (statuses of the Storage Service Class)
"""

import logging
from collections.abc import Callable

from pydicom.dataset import Dataset

from dicom_node.archive import StoredObject, StoreResult
from dicom_node.errors import (
    ArchiveError,
    DicomNodeError,
    InvalidObject,
    InvalidUid,
    ObjectMismatch,
    UnsupportedSopClass,
)
from dicom_node.reception import Reception
from dicom_node.status import Status
from dicom_node.validation import validate_uid

LOGGER = logging.getLogger(__name__)

_ERROR_COMMENT_MAXIMUM_LENGTH = 64  # (0000,0902) Error Comment is an LO, PS3.5 6.2


def handle_echo() -> int:
    """Answer C-ECHO.

    Returns
    -------
    int
        0000, always.
    """
    return Status.SUCCESS


def handle_store(
    receive: Callable[[], Reception],
    on_stored: Callable[[StoredObject], None],
    *,
    sender: str,
    sop_instance_uid: object,
) -> int | Dataset:
    """Finish one C-STORE and say how it went.

    Parameters
    ----------
    receive : callable
        Returns the reception of this object, complete.
    on_stored : callable
        Told of the object when it is durable, before the status goes out. It may raise: then the sender is
        told of a failure, and its next attempt finds the object here already.
    sender : str
        For the log.
    sop_instance_uid : object
        Affected SOP Instance UID of the command, for the log, where it appears only if it is a UID.

    Returns
    -------
    int or Dataset
        Success, or a Dataset with (0000,0900) Status and (0000,0902) Error Comment.
    """
    try:
        stored = receive().finish()
        on_stored(stored)
    except DicomNodeError as error:
        LOGGER.warning("%s: %s refused: %s", sender, _loggable(sop_instance_uid), error)
        return _status(status_of(error), str(error))
    except Exception:
        LOGGER.exception("%s: %s failed", sender, _loggable(sop_instance_uid))
        return _status(Status.CANNOT_UNDERSTAND, "internal error")
    LOGGER.info(
        "%s: %s %s, %d bytes in %.0f ms",
        sender,
        stored.sop_instance_uid,
        stored.result.value,
        stored.size_bytes,
        stored.receive_ms,
    )
    if stored.result is StoreResult.CONFLICT:
        return _status(Status.COERCION_OF_DATA_ELEMENTS, "other bytes are stored under this UID: kept aside")
    return Status.SUCCESS


def status_of(error: DicomNodeError) -> Status:
    """Return the status that tells a sender of this error.

    Parameters
    ----------
    error : DicomNodeError

    Returns
    -------
    Status
        Whatever concerns the disk is out of resources (send again later); the rest is for good.
    """
    if isinstance(error, ArchiveError):
        return Status.OUT_OF_RESOURCES
    if isinstance(error, UnsupportedSopClass):
        return Status.SOP_CLASS_NOT_SUPPORTED
    if isinstance(error, ObjectMismatch):
        return Status.DOES_NOT_MATCH_SOP_CLASS
    if not isinstance(error, InvalidObject):
        LOGGER.error("no status is planned for %s", type(error).__name__)
    return Status.CANNOT_UNDERSTAND


def _loggable(sop_instance_uid: object) -> str:
    try:
        return validate_uid(sop_instance_uid)
    except InvalidUid:
        return "an object without a valid UID"


def _status(status: Status, comment: str) -> Dataset:
    answer = Dataset()
    answer.Status = int(status)
    answer.ErrorComment = comment[:_ERROR_COMMENT_MAXIMUM_LENGTH]
    return answer
