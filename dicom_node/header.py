"""The header of a data set: what stands before the pixels.

Nothing here reads pixels, and what it reads is bounded, whatever an object claims about itself.

References
----------
PS3.5 7.1 (data elements), A.4 (encapsulated pixels), A.5 (deflated)
"""

import mmap
import struct
import zlib
from dataclasses import dataclass
from typing import BinaryIO, cast

from pydicom.dataset import Dataset
from pydicom.errors import BytesLengthException
from pydicom.filereader import read_dataset
from pydicom.uid import DeflatedExplicitVRLittleEndian, ImplicitVRLittleEndian

from dicom_node.errors import InvalidObject

_PIXEL_DATA_TAGS = frozenset({0x7FE00008, 0x7FE00009, 0x7FE00010})
_UNDEFINED_LENGTH = 0xFFFFFFFF
_ITEM = struct.Struct("<4sI")
_ITEM_TAG = b"\xfe\xff\x00\xe0"
_SEQUENCE_DELIMITER = b"\xfe\xff\xdd\xe0"
_MAXIMUM_FRAGMENTS = 1_000_000
_SKIPPED_ELEMENT_BYTES = 4 * 1024 * 1024
_HEADER_MAXIMUM_BYTES = 64 * 1024 * 1024
_INFLATE_BYTES = 64 * 1024

# what pydicom raises on damaged data sets
_UNREADABLE = (
    BytesLengthException,
    OSError,
    EOFError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    NotImplementedError,
    OverflowError,
    RecursionError,
    MemoryError,
    struct.error,
    zlib.error,
)


@dataclass(frozen=True)
class Header:
    """What stands before the pixels.

    Parameters
    ----------
    dataset : Dataset
        Every data element before Pixel Data, without it. Single elements of more than 4 MiB (private bulk
        data) are left out; they are in the file.
    has_pixel_data : bool
        Whether Pixel Data, Float Pixel Data or Double Float Pixel Data follows.
    """

    dataset: Dataset
    has_pixel_data: bool


def read_header(descriptor: int, transfer_syntax_uid: str, offset: int) -> Header:
    """Read a data set up to its pixels, without trusting a length in it.

    Parameters
    ----------
    descriptor : int
        Of a complete file, open for reading; its position does not matter and is not moved.
    transfer_syntax_uid : str
        How the data set is encoded: any little endian syntax.
    offset : int
        Where the data set begins.

    Returns
    -------
    Header

    Raises
    ------
    InvalidObject
        If the data set is empty or cannot be parsed, if an element or a fragment of the pixels claims to be
        longer than the file, or if what precedes the pixels exceeds 64 MiB (a deflated data set is never
        inflated beyond that, so its pixels are not measured).

    References
    ----------
    PS3.5 7.1, A.4, A.5
    """
    try:
        with mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ) as view:
            if len(view) <= offset:
                raise InvalidObject("the data set is empty")
            view.seek(offset)
            if transfer_syntax_uid == DeflatedExplicitVRLittleEndian:
                return _parse(_Inflated(view), implicit_vr=False)
            return _parse(_Mapped(view), implicit_vr=transfer_syntax_uid == ImplicitVRLittleEndian)
    except _UNREADABLE as error:
        # without the cause: it may quote values
        raise InvalidObject(f"the data set cannot be parsed ({type(error).__name__})") from None


class _Mapped:
    """A data set in a mapped file: what is read from it, nested sequences included, is bounded."""

    def __init__(self, view: mmap.mmap) -> None:
        self._view = view
        self._bytes_read = 0
        self.end: int | None = len(view)
        self.seek = view.seek
        self.tell = view.tell

    def read(self, size: int) -> bytes:
        data = self._view.read(size)
        self._bytes_read += len(data)
        if self._bytes_read > _HEADER_MAXIMUM_BYTES:
            raise InvalidObject("what precedes the pixels is too long")
        return data


class _Inflated:
    """The beginning of a deflated data set as a file: inflated on demand, never beyond the bound."""

    def __init__(self, source: mmap.mmap) -> None:
        self._source = source
        self._inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        self._inflated = bytearray()
        self._position = 0
        self.end: int | None = None

    def read(self, size: int) -> bytes:
        stop = self._position + size
        while len(self._inflated) < stop and not self._inflater.eof:
            if len(self._inflated) > _HEADER_MAXIMUM_BYTES:
                raise InvalidObject("what precedes the pixels is too long")
            deflated = self._inflater.unconsumed_tail or self._source.read(_INFLATE_BYTES)
            if not deflated:
                break
            self._inflated += self._inflater.decompress(deflated, _INFLATE_BYTES)
        data = bytes(self._inflated[self._position : stop])
        self._position += len(data)
        return data

    def tell(self) -> int:
        return self._position

    def seek(self, position: int) -> None:
        self._position = position


def _parse(source: _Mapped | _Inflated, *, implicit_vr: bool) -> Header:
    pixel_data: list[int] = []
    skipped: list[int] = []

    def stop_when(tag: int, vr: str | None, length: int) -> bool:
        if length != _UNDEFINED_LENGTH and source.end is not None and source.tell() + length > source.end:
            raise InvalidObject(f"({tag >> 16:04X},{tag & 0xFFFF:04X}) is longer than the data set")
        if tag not in _PIXEL_DATA_TAGS:
            if _SKIPPED_ELEMENT_BYTES < length < _UNDEFINED_LENGTH:
                skipped.append(tag)
            return False
        if length == _UNDEFINED_LENGTH and source.end is not None:
            _walk_fragments(source, source.end)
        pixel_data.append(tag)
        return True

    dataset = read_dataset(
        cast("BinaryIO", source),
        is_implicit_VR=implicit_vr,
        is_little_endian=True,
        stop_when=stop_when,
        defer_size=_SKIPPED_ELEMENT_BYTES,
    )
    for tag in skipped:
        dataset.pop(tag, None)  # read_dataset left its value to be read later, from a file it does not know
    return Header(dataset, has_pixel_data=bool(pixel_data))


def _walk_fragments(source: _Mapped | _Inflated, end: int) -> None:
    # Encapsulated pixels carry no total length (PS3.5 A.4): hop from item to item to see that none is cut off.
    for _ in range(_MAXIMUM_FRAGMENTS):
        if source.tell() == end:
            return  # some writers leave the last delimiter out
        item = source.read(_ITEM.size)
        if len(item) < _ITEM.size:
            break
        tag, length = _ITEM.unpack(item)
        if tag == _SEQUENCE_DELIMITER:
            return
        if tag != _ITEM_TAG or source.tell() + length > end:
            break
        source.seek(source.tell() + length)
    raise InvalidObject("encapsulated Pixel Data is cut off")
