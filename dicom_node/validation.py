"""What an incoming object must carry before this node keeps it.

The checks are the least that makes an object findable and whole: UIDs that are UIDs, a data set that is the
object its command announced, and pixels that are all there. Everything else a mammogram may lack is decided
later, where the answer can be "not analysed, because".

No message quotes a value that failed a check: in a damaged object it may be a patient's name.
"""

import re

from pydicom.dataset import Dataset

from dicom_node.contexts import IMAGE_SOP_CLASSES
from dicom_node.errors import InvalidUid, ObjectMismatch, UnsupportedSopClass

# PS3.5 9.1 also forbids leading zeros in a component. Devices send them, and they harm nobody.
_UID = re.compile(r"[0-9]+(?:\.[0-9]+)*")
_UID_MAXIMUM_LENGTH = 64


def validate_uid(value: object, name: str = "UID") -> str:
    """Return `value` as a UID that is safe to use as a file name.

    Parameters
    ----------
    value : object
        What stood where a UID must stand.
    name : str
        The attribute's name, for the message.

    Returns
    -------
    str
        Digits and single full stops only, at most 64 characters.

    Raises
    ------
    InvalidUid
        If it is anything else.

    References
    ----------
    PS3.5 9.1
    """
    if not isinstance(value, str) or len(value) > _UID_MAXIMUM_LENGTH or not _UID.fullmatch(value):
        raise InvalidUid(f"{name} is not a valid UID")
    return str(value)


def validate_command(sop_class_uid: object, sop_instance_uid: object, abstract_syntax: str) -> None:
    """Check a C-STORE command before the first byte of its data set is kept.

    Parameters
    ----------
    sop_class_uid, sop_instance_uid : object
        Affected SOP Class UID and Affected SOP Instance UID of the command.
    abstract_syntax : str
        The SOP Class UID of the presentation context the command came under.

    Raises
    ------
    UnsupportedSopClass
        If the class is none this node stores, or is not the context's.
    InvalidUid
        If the instance UID is not a UID.
    """
    if sop_class_uid not in IMAGE_SOP_CLASSES or sop_class_uid != abstract_syntax:
        raise UnsupportedSopClass("Affected SOP Class UID is not its presentation context's")
    validate_uid(sop_instance_uid, "Affected SOP Instance UID")


def validate_header(header: Dataset, sop_class_uid: str, sop_instance_uid: str) -> tuple[str, str]:
    """Check that a received data set is the object its command announced, and belongs to a study.

    Parameters
    ----------
    header : Dataset
        The data set up to Pixel Data.
    sop_class_uid, sop_instance_uid : str
        What the command announced, already validated.

    Returns
    -------
    study_instance_uid, series_instance_uid : str
        Both valid UIDs.

    Raises
    ------
    ObjectMismatch
        If SOP Class UID or SOP Instance UID is absent or differs from the command's.
    InvalidUid
        If Study Instance UID or Series Instance UID is absent or not a UID.
    References
    ----------
    PS3.4 B.2.3 (A9xx), PS3.3 C.7.2.1, C.7.3.1, C.12.1
    """
    if _value(header, "SOPClassUID") != sop_class_uid:
        raise ObjectMismatch("SOP Class UID of the data set is not the command's")
    if _value(header, "SOPInstanceUID") != sop_instance_uid:
        raise ObjectMismatch("SOP Instance UID of the data set is not the command's")
    study_instance_uid = validate_uid(_value(header, "StudyInstanceUID"), "Study Instance UID")
    series_instance_uid = validate_uid(_value(header, "SeriesInstanceUID"), "Series Instance UID")
    return study_instance_uid, series_instance_uid


def _value(header: Dataset, keyword: str) -> str | None:
    # The raw bytes, not the converted value: pydicom's warnings about invalid values quote them.
    element = header.get_item(keyword)
    raw = None if element is None else element.value
    return raw.decode("ascii", "replace").strip("\0 ") if isinstance(raw, bytes) else None
