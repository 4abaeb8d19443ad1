"""The encoded frame inside encapsulated Pixel Data (PS3.5 A.4): items, fragments, offset tables."""

import struct
from typing import BinaryIO, Final

from pydicom.dataset import Dataset

from dicom_node import attributes
from dicom_node.errors import ConversionError, UnsupportedPixels

_ITEM: Final = 0xE000FFFE
_SEQUENCE_DELIMITATION_ITEM: Final = 0xE0DDFFFE
_ITEM_HEADER: Final = struct.Struct("<II")
_MAXIMUM_FRAGMENTS: Final = 100_000


def single_frame(stream: BinaryIO, offset: int, stream_bytes: int, header: Dataset, limit_bytes: int) -> bytes:
    """Read the one encoded frame of an object.

    Parameters
    ----------
    stream
        The data set's stream.
    offset
        Where the value of Pixel Data begins: the item of the Basic Offset Table.
    stream_bytes
        Length of the stream; no fragment may reach beyond it.
    header
        For the Extended Offset Table, where there is one.
    limit_bytes
        No frame may be longer.

    Returns
    -------
    bytes
        The fragments joined; cut to the length the Extended Offset Table gives, where it gives one.

    Raises
    ------
    ConversionError
        If items or tables are malformed, truncated, name several frames, or exceed the limit.

    References
    ----------
    PS3.5 A.4 Transfer Syntaxes for Encapsulation of Encoded Pixel Data; PS3.3 C.7.6.3.1.8 Extended Offset
    Table.
    """
    stream.seek(offset)
    table = _read_item(stream, stream_bytes, limit_bytes)
    if table is None:
        raise ConversionError("The encapsulated Pixel Data has no Basic Offset Table item.")
    if len(table) % 4:
        raise ConversionError("The Basic Offset Table is not a list of 32-bit offsets.")
    if len(table) > 4:
        raise UnsupportedPixels(f"The Basic Offset Table names {len(table) // 4} frames; only single frames are read.")
    if table and table != b"\0\0\0\0":
        raise ConversionError("The Basic Offset Table does not point to the first fragment.")
    frame = _join_fragments(stream, stream_bytes, limit_bytes)
    return frame[: _extended_length(header, len(frame))]


def _join_fragments(stream: BinaryIO, stream_bytes: int, limit_bytes: int) -> bytes:
    fragments: list[bytes] = []
    total = 0
    while (fragment := _read_item(stream, stream_bytes, limit_bytes - total)) is not None:
        fragments.append(fragment)
        total += len(fragment)
        if len(fragments) > _MAXIMUM_FRAGMENTS:
            raise ConversionError(f"The Pixel Data has more than {_MAXIMUM_FRAGMENTS} fragments.")
    if total == 0:
        raise ConversionError("The encapsulated Pixel Data is empty.")
    return fragments[0] if len(fragments) == 1 else b"".join(fragments)


def _read_item(stream: BinaryIO, stream_bytes: int, limit_bytes: int) -> bytes | None:
    """Return the next item's value, or None at the end of the sequence.

    A file that ends where the Sequence Delimitation Item should stand lacks no pixel: that counts as the end.
    """
    head = stream.read(_ITEM_HEADER.size)
    if not head:
        return None
    if len(head) < _ITEM_HEADER.size:
        raise ConversionError("The encapsulated Pixel Data is truncated.")
    tag, length = _ITEM_HEADER.unpack(head)
    if tag == _SEQUENCE_DELIMITATION_ITEM:
        return None
    if tag != _ITEM:
        raise ConversionError("The encapsulated Pixel Data holds something that is no item.")
    if length > stream_bytes - stream.tell():
        raise ConversionError("A fragment of the Pixel Data is truncated.")
    if length > limit_bytes:
        raise ConversionError("The encoded Pixel Data is far larger than the image it stands for.")
    return stream.read(length)


def _extended_length(header: Dataset, available_bytes: int) -> int:
    lengths = attributes.octets(header, "ExtendedOffsetTableLengths")
    if not lengths:
        return available_bytes
    if len(lengths) != 8 or attributes.octets(header, "ExtendedOffsetTable") not in (None, b"\0" * 8):
        raise UnsupportedPixels("The Extended Offset Table names other frames than the first and only one.")
    length = int.from_bytes(lengths, "little")
    if not 0 < length <= available_bytes:
        raise ConversionError("The Extended Offset Table gives a frame length beyond the fragments.")
    return length
