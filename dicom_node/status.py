"""The DIMSE statuses this node returns and reads, each with its source in the standard.

References
----------
PS3.4 B.2.3 (Storage Service Class), PS3.7 9.1.1.1.9 (C-STORE), 9.1.5.1.4 (C-ECHO), Annex C (status type encoding)
"""

from enum import Enum, IntEnum


class Status(IntEnum):
    """A status this node returns to a C-ECHO or C-STORE request."""

    SUCCESS = 0x0000
    """PS3.4 Table B.2-1. The object is durable and known to the application."""

    SOP_CLASS_NOT_SUPPORTED = 0x0122
    """PS3.7 C.5.6. The command names a SOP Class other than its presentation context's."""

    OUT_OF_RESOURCES = 0xA700
    """PS3.4 Table B.2-1, A7xx. The disk reserve is reached, or the disk failed: send again later."""

    DOES_NOT_MATCH_SOP_CLASS = 0xA900
    """PS3.4 Table B.2-1, A9xx. The data set is another object than the command announced."""

    CANNOT_UNDERSTAND = 0xC000
    """PS3.4 Table B.2-1, Cxxx. The data set cannot be read, or lacks what it must carry: do not send again."""

    COERCION_OF_DATA_ELEMENTS = 0xB000
    """PS3.4 Table B.2-1. Used for: kept aside, since other bytes are in force under this SOP Instance UID."""


class StatusCategory(Enum):
    """What a status asks of the one who sent the request."""

    SUCCESS = "success"
    WARNING = "warning"
    TRANSIENT_FAILURE = "transient failure"
    PERMANENT_FAILURE = "permanent failure"


def category_of(status: int) -> StatusCategory:
    """Return what a C-STORE status asks of the sender.

    Parameters
    ----------
    status : int
        The value of (0000,0900) Status, 0 to 0xFFFF.

    Returns
    -------
    StatusCategory
        Warnings are 0001, 0107, 0116 and Bxxx. Out of resources (A7xx), processing failure (0110) and
        resource limitation (0213) may pass, so they are transient. Every other failure, and every value the
        standard does not name, is permanent.

    References
    ----------
    PS3.4 B.2.3, PS3.7 Annex C
    """
    if status == Status.SUCCESS:
        return StatusCategory.SUCCESS
    if status in (0x0001, 0x0107, 0x0116) or status & 0xF000 == 0xB000:
        return StatusCategory.WARNING
    if status in (0x0110, 0x0213) or status & 0xFF00 == 0xA700:
        return StatusCategory.TRANSIENT_FAILURE
    return StatusCategory.PERMANENT_FAILURE
