"""Items, fragments and offset tables of one encoded frame."""

import struct
from io import BytesIO

import pytest
from pydicom.dataset import Dataset

from dicom_node.encapsulation import single_frame
from dicom_node.errors import ConversionError, UnsupportedPixels

END = struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)


def item(value: bytes, length: int | None = None) -> bytes:
    return struct.pack("<HHI", 0xFFFE, 0xE000, len(value) if length is None else length) + value


def frame_of(value: bytes, header: Dataset | None = None, limit_bytes: int = 1000) -> bytes:
    stream = BytesIO(b"before" + value)
    return single_frame(stream, 6, 6 + len(value), header or Dataset(), limit_bytes)


def test_one_fragment_is_the_frame() -> None:
    assert frame_of(item(b"") + item(b"abcd") + END) == b"abcd"


def test_a_basic_offset_table_of_one_frame_is_accepted() -> None:
    assert frame_of(item(bytes(4)) + item(b"ab") + item(b"cd") + END) == b"abcd"


def test_a_missing_delimiter_at_the_end_of_the_file_costs_nothing() -> None:
    assert frame_of(item(b"") + item(b"abcd")) == b"abcd"


def test_the_extended_offset_table_cuts_the_padding() -> None:
    header = Dataset()
    header.ExtendedOffsetTable = bytes(8)
    header.ExtendedOffsetTableLengths = struct.pack("<Q", 3)

    assert frame_of(item(b"") + item(b"abc\0") + END, header) == b"abc"


@pytest.mark.parametrize(
    "value",
    [
        b"",
        END,
        item(b"") + END,
        item(b"") + item(b"") + END,
        item(b"abc") + item(b"abcd") + END,
        item(b"\x08\0\0\0") + item(b"abcd") + END,
        item(b"") + item(b"abcd", length=5000),
        item(b"") + item(b"abcd", length=0xFFFFFFFF),
        item(b"") + item(b"abcd") + b"\xfe\xff",
        item(b"") + item(b"abcd") + b"something else that is no item",
        item(b"") + item(bytes(2000)) + END,
        item(b"") + item(bytes(600)) * 2 + END,
    ],
)
def test_malformed_pixel_data_is_refused(value: bytes) -> None:
    with pytest.raises(ConversionError):
        frame_of(value)


def test_a_table_of_several_frames_is_refused() -> None:
    with pytest.raises(UnsupportedPixels, match="2 frames"):
        frame_of(item(struct.pack("<II", 0, 12)) + item(b"abcd") + item(b"efgh") + END)


@pytest.mark.parametrize(
    ("offsets", "lengths"),
    [(bytes(16), bytes(16)), (struct.pack("<Q", 8), struct.pack("<Q", 2))],
)
def test_an_extended_table_of_another_frame_is_refused(offsets: bytes, lengths: bytes) -> None:
    header = Dataset()
    header.ExtendedOffsetTable, header.ExtendedOffsetTableLengths = offsets, lengths

    with pytest.raises(UnsupportedPixels):
        frame_of(item(b"") + item(b"abcd") + END, header)


@pytest.mark.parametrize("length", [0, 5, 2**60])
def test_an_extended_length_beyond_the_fragments_is_refused(length: int) -> None:
    header = Dataset()
    header.ExtendedOffsetTable, header.ExtendedOffsetTableLengths = bytes(8), struct.pack("<Q", length)

    with pytest.raises(ConversionError):
        frame_of(item(b"") + item(b"abcd") + END, header)
