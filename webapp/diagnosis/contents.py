"""What a file is, told by its content alone, and whether it is something else besides.

Runs in the decoding process. A file that is a picture and an archive, a page or a program at once is made to slip
through somebody's filter: it is refused, whatever the picture shows.
"""

import os
import zipfile
from typing import BinaryIO

from webapp.diagnosis.errors import Refusal

DICOM, PNG, JPEG, TIFF = "DICOM", "PNG", "JPEG", "TIFF"
FORMATS = (PNG, JPEG, TIFF, DICOM)

_PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
_MAGICS = {
    PNG: (_PNG_MAGIC,),
    JPEG: (b"\xff\xd8\xff",),
    TIFF: (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
}
_FOREIGN = (b"PK\x03\x04", b"%PDF-", b"MZ", b"\x7fELF", b"GIF8", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"#!", b"<")
_PADDING = b"\0\xff\n\r\t "
_LONGEST_PADDING = 64 * 1024
_SOI_SIZE = 2
_WITHOUT_LENGTH = {0x01, *range(0xD0, 0xD8)}
_SCAN, _END = 0xDA, 0xD9


def format_of(file: BinaryIO) -> str:
    """Return PNG, JPEG, TIFF or DICOM.

    Raises
    ------
    Refusal
        If the file is none of them, or one of them and something else.
    """
    file.seek(0)
    head = file.read(1024)
    if head[128:132] == b"DICM":
        if _begins_otherwise(head):
            raise _two_things()
        return DICOM
    for name, magics in _MAGICS.items():
        if head.startswith(magics):
            _refuse_stowaways(file, name, head)
            return name
    raise Refusal(
        415,
        "The file is no PNG, JPEG or DICOM image, and no TIFF. Please export the mammogram in one of these formats.",
    )


def _begins_otherwise(head: bytes) -> bool:
    pictures = tuple(magic for magics in _MAGICS.values() for magic in magics)
    return head.startswith(pictures + _FOREIGN)


def _refuse_stowaways(file: BinaryIO, name: str, head: bytes) -> None:
    if b"%PDF-" in head:
        raise _two_things()
    end = {PNG: _end_of_png, JPEG: _end_of_jpeg}.get(name, _unknown_end)(file)
    size = file.seek(0, os.SEEK_END)
    if end is not None and end < size:
        file.seek(end)
        rest = file.read(_LONGEST_PADDING + 1)
        if len(rest) > _LONGEST_PADDING or rest.strip(_PADDING):
            raise _two_things()
    if zipfile.is_zipfile(file):
        raise _two_things()
    file.seek(0)


def _two_things() -> Refusal:
    return Refusal(
        422,
        "The file holds something else beside the picture. Please export the mammogram again, and upload it as it is.",
    )


def _unknown_end(file: BinaryIO) -> int | None:
    """Return None: the parts of a TIFF lie anywhere."""
    return None


def _end_of_png(file: BinaryIO) -> int | None:
    """Return the place behind the last chunk; None where the file ends before it."""
    position = len(_PNG_MAGIC)
    while True:
        file.seek(position)
        start = file.read(8)
        if len(start) < 8:
            return None
        position += 12 + int.from_bytes(start[:4], "big")
        if start[4:] == b"IEND":
            return position


def _end_of_jpeg(file: BinaryIO) -> int | None:
    """Return the place behind the end-of-image marker of the picture itself; None where there is none."""
    position = _SOI_SIZE
    while True:
        file.seek(position)
        marker = file.read(4)
        if len(marker) < 2 or marker[0] != 0xFF:
            return None
        code = marker[1]
        if code == _END:
            return position + 2
        if code == 0xFF:  # fill byte
            position += 1
        elif code in _WITHOUT_LENGTH:
            position += 2
        elif len(marker) < 4:
            return None
        else:
            position += 2 + int.from_bytes(marker[2:4], "big")
            if code == _SCAN:
                found = _end_of_scan(file, position)
                if found is None:
                    return None
                position = found


def _end_of_scan(file: BinaryIO, position: int) -> int | None:
    """Return the place of the first marker behind entropy-coded data."""
    file.seek(position)
    carried = b""
    while block := file.read(1 << 20):
        data = carried + block
        start = 0
        while (at := data.find(b"\xff", start)) >= 0 and at + 1 < len(data):
            code = data[at + 1]
            if code != 0 and code != 0xFF and not 0xD0 <= code <= 0xD7:
                return position + at
            start = at + 1
        kept = 1 if data.endswith(b"\xff") else 0
        position += len(data) - kept
        carried = data[len(data) - kept :]
    return None
