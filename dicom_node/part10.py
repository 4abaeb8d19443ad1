"""The outside of a DICOM file: preamble and File Meta Information.

References
----------
PS3.10 7.1
"""

import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from dicom_node.errors import InvalidObject

IMPLEMENTATION_CLASS_UID = "2.25.320955492462306441793560995754170937681"
IMPLEMENTATION_VERSION_NAME = "MAMMONODE"

_PREAMBLE = b"\0" * 128 + b"DICM"
_GROUP_LENGTH = struct.Struct("<HH2sHI")
_SHORT_ELEMENT = struct.Struct("<HH2sH")
_SOP_CLASS_UID = 0x00020002
_SOP_INSTANCE_UID = 0x00020003
_TRANSFER_SYNTAX_UID = 0x00020010
_META_MAXIMUM_BYTES = 64 * 1024

_COMPARED_BYTES = 1024 * 1024


def encode_file_meta(sop_class_uid: str, sop_instance_uid: str, transfer_syntax_uid: str) -> bytes:
    """Return preamble, prefix and File Meta Information.

    Parameters
    ----------
    sop_class_uid, sop_instance_uid, transfer_syntax_uid : str
        Valid UIDs of the data set that will follow.

    Returns
    -------
    bytes
        The same for the same arguments; the data set begins right behind it.

    References
    ----------
    PS3.10 Table 7.1-1
    """
    elements = b"".join(
        (
            struct.pack("<HH2s2xI2s", 2, 0x0001, b"OB", 2, b"\x00\x01"),
            _encode_text(0x0002, b"UI", sop_class_uid, b"\0"),
            _encode_text(0x0003, b"UI", sop_instance_uid, b"\0"),
            _encode_text(0x0010, b"UI", transfer_syntax_uid, b"\0"),
            _encode_text(0x0012, b"UI", IMPLEMENTATION_CLASS_UID, b"\0"),
            _encode_text(0x0013, b"SH", IMPLEMENTATION_VERSION_NAME, b" "),
        )
    )
    return _PREAMBLE + _GROUP_LENGTH.pack(2, 0, b"UL", 4, len(elements)) + elements


def read_file_meta(file: BinaryIO) -> tuple[str, int]:
    """Read the transfer syntax of a Part 10 file, and where its data set begins.

    Parameters
    ----------
    file : BinaryIO
        Open for reading at its beginning.

    Returns
    -------
    transfer_syntax_uid : str
    offset : int
        Bytes from the beginning of the file to its data set.

    Raises
    ------
    InvalidObject
        If this is not a Part 10 file with File Meta Information.

    References
    ----------
    PS3.10 7.1
    """
    meta = read_meta(file)
    return meta.transfer_syntax_uid, meta.data_set_offset


@dataclass(frozen=True)
class FileMeta:
    """What the outside of a Part 10 file says of the inside. Nothing here is trusted yet.

    Parameters
    ----------
    sop_class_uid, sop_instance_uid : str
        Empty where the file does not name them.
    transfer_syntax_uid : str
    data_set_offset : int
        Bytes from the beginning of the file to its data set.
    """

    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: str
    data_set_offset: int


def read_meta(file: BinaryIO) -> FileMeta:
    """Read the File Meta Information.

    Parameters
    ----------
    file : BinaryIO
        Open for reading at the beginning of the Part 10 file.

    Returns
    -------
    FileMeta

    Raises
    ------
    InvalidObject
        If this is not a Part 10 file with File Meta Information, or it names no transfer syntax.
    """
    start = file.read(len(_PREAMBLE) + _GROUP_LENGTH.size)
    try:
        group, element, _, _, length = _GROUP_LENGTH.unpack_from(start, len(_PREAMBLE))
    except struct.error:
        raise InvalidObject("too short for a DICOM file") from None
    if start[128:132] != b"DICM" or (group, element) != (2, 0) or length > _META_MAXIMUM_BYTES:
        raise InvalidObject("not a DICOM file with File Meta Information")
    found = {
        tag: value.decode("ascii", "replace").rstrip("\0 ")
        for tag, value in reversed(_meta_elements(file.read(length)))
    }
    if _TRANSFER_SYNTAX_UID not in found:
        raise InvalidObject("the File Meta Information names no transfer syntax")
    return FileMeta(
        found.get(_SOP_CLASS_UID, ""),
        found.get(_SOP_INSTANCE_UID, ""),
        found[_TRANSFER_SYNTAX_UID],
        len(start) + length,
    )


def same_data_set(first: Path, second: Path) -> bool:
    """Tell whether two files hold the same data set in the same transfer syntax, whatever their meta information.

    Parameters
    ----------
    first : Path
        Where it turns out not to be a DICOM file, it is not the same.
    second : Path
        A Part 10 file.

    Returns
    -------
    bool

    Raises
    ------
    InvalidObject
        If `second` is not a Part 10 file.
    """
    with first.open("rb") as file, second.open("rb") as other:
        second_syntax, second_offset = read_file_meta(other)
        try:
            first_syntax, first_offset = read_file_meta(file)
        except InvalidObject:
            return False
        first_size = os.fstat(file.fileno()).st_size - first_offset
        second_size = os.fstat(other.fileno()).st_size - second_offset
        if first_syntax != second_syntax or first_size != second_size:
            return False
        while data := file.read(_COMPARED_BYTES):
            if data != other.read(len(data)):
                return False
        return True


def _encode_text(element: int, vr: bytes, text: str, padding: bytes) -> bytes:
    value = text.encode("ascii")
    value += padding * (len(value) % 2)
    return _SHORT_ELEMENT.pack(2, element, vr, len(value)) + value


def _meta_elements(meta: bytes) -> list[tuple[int, bytes]]:
    elements = []
    position = 0
    while position + _SHORT_ELEMENT.size <= len(meta):
        group, element, vr, length = _SHORT_ELEMENT.unpack_from(meta, position)
        position += _SHORT_ELEMENT.size
        if vr in (b"OB", b"UN"):
            length = int.from_bytes(meta[position : position + 4], "little")
            position += 4
        elements.append((group << 16 | element, meta[position : position + length]))
        position += length
    return elements
