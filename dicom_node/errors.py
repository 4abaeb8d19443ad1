"""What can go wrong in the DICOM library, on one page.

::

    DicomNodeError
    |-- InvalidObject              an object cannot be understood, or lacks what it must carry
    |   |-- InvalidUid             a UID is not a UID (and may be an attempt at a path)
    |   |-- UnsupportedSopClass    the command's SOP Class is not the one its presentation context allows
    |   `-- ObjectMismatch         the data set is not the object its C-STORE command announced
    |-- ArchiveError               the archive cannot keep or find an object
    |   |-- OutOfResources         the disk reserve is reached: the sender shall try again later
    |   `-- ObjectNotFound         no object is stored under this SOP Instance UID
    |-- ConversionError            an image cannot be brought to grey levels
    |   `-- UnsupportedPixels      a pixel form this node does not convert
    |-- SendError                  sending failed; ``permanent`` alone decides about a retry
    |   `-- Declined               the peer takes no objects of this kind
    `-- ReportError                a report cannot be built from these values

The message of each error is a sentence for a human. It names UIDs and tags, never patient data.
"""


class DicomNodeError(Exception):
    """Root of every error this library raises on purpose."""


class InvalidObject(DicomNodeError):
    """An object cannot be understood, or lacks what it must carry."""


class InvalidUid(InvalidObject):
    """A value that must be a UID is not one."""


class UnsupportedSopClass(InvalidObject):
    """The command names a SOP Class its presentation context does not allow."""


class ObjectMismatch(InvalidObject):
    """The data set is another object than its C-STORE command announced."""


class ArchiveError(DicomNodeError):
    """The archive cannot keep or find an object."""


class OutOfResources(ArchiveError):
    """The disk reserve is reached; trying again later may succeed."""


class ObjectNotFound(ArchiveError):
    """No object is stored under this SOP Instance UID."""


class ConversionError(DicomNodeError):
    """An image cannot be brought to grey levels."""


class UnsupportedPixels(ConversionError):
    """The pixels have a form this node does not convert."""


class SendError(DicomNodeError):
    """Sending to a peer failed.

    Parameters
    ----------
    message : str
        A sentence for a human.
    permanent : bool
        True when trying again cannot help (the peer refuses the object or the association), False when
        it may (the peer is down or out of resources).
    """

    def __init__(self, message: str, *, permanent: bool) -> None:
        super().__init__(message)
        self.permanent = permanent


class Declined(SendError):
    """The peer takes no objects of this kind: it accepts none of the presentation contexts."""

    def __init__(self, message: str) -> None:
        super().__init__(message, permanent=True)


class ReportError(DicomNodeError):
    """A report cannot be built from these values."""
