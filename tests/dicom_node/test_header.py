"""A header that is never trusted."""

import struct
import zlib
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGBaseline8Bit,
    RLELossless,
)

from dicom_node.errors import InvalidObject
from dicom_node.header import Header, read_header
from dicom_node.part10 import read_file_meta
from tests import synthetic
from tests.dicom_node.receiving import mammogram
from tests.encoders import EVERY_TRANSFER_SYNTAX

PATIENT = b"DOE^JANE"
UNDEFINED = 0xFFFFFFFF


def element(tag: int, vr: bytes, value: bytes, length: int | None = None) -> bytes:
    length = len(value) if length is None else length
    head = struct.pack("<HH2s", tag >> 16, tag & 0xFFFF, vr)
    if vr in (b"OB", b"OW", b"SQ", b"UN", b"UT"):
        return head + struct.pack("<2xI", length) + value
    return head + struct.pack("<H", length) + value


def item(value: bytes, length: int | None = None) -> bytes:
    return struct.pack("<HHI", 0xFFFE, 0xE000, len(value) if length is None else length) + value


UID = element(0x00080018, b"UI", b"1.2.3\0")
NAME = element(0x00100010, b"PN", PATIENT)
SEQUENCE_END = struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
PIXELS = element(0x7FE00010, b"OW", b"\0\1" * 8)


def read(folder: Path, data_set: bytes, syntax: str = ExplicitVRLittleEndian) -> Header:
    path = folder / "object"
    path.write_bytes(b"meta" + data_set)
    with path.open("rb") as file:
        return read_header(file.fileno(), syntax, 4)


def read_whole(folder: Path, data_set: bytes) -> Header:
    header = read(folder, data_set)
    if not header.has_pixel_data:
        raise InvalidObject("no pixels")  # as the reception of an image does
    return header


@pytest.mark.parametrize("syntax", EVERY_TRANSFER_SYNTAX)
def test_header_is_read_in_every_transfer_syntax(tmp_path: Path, syntax: str) -> None:
    image = mammogram(bits_stored=8 if syntax == JPEGBaseline8Bit else 12)
    path = synthetic.write(image, tmp_path / "image.dcm", syntax)
    with path.open("rb") as file:
        found, offset = read_file_meta(file)
        header = read_header(file.fileno(), found, offset)
    expected = dcmread(path, stop_before_pixels=True)
    assert header.has_pixel_data
    assert header.dataset == Dataset(expected)
    assert str(header.dataset.PatientName) == synthetic.PATIENT_NAME


def test_elements_before_the_pixels_are_the_header_and_no_more(tmp_path: Path) -> None:
    after = element(0xFFFCFFFC, b"OB", b"\0\0")
    header = read(tmp_path, UID + NAME + PIXELS + after)
    assert sorted(map(int, header.dataset.keys())) == [0x00080018, 0x00100010]


def test_object_without_pixels_says_so(tmp_path: Path) -> None:
    assert not read(tmp_path, UID + NAME).has_pixel_data


@pytest.mark.parametrize(
    "data_set",
    [
        pytest.param(b"", id="empty"),
        pytest.param(UID + element(0x7FE00010, b"OW", b"\0" * 8, 1 << 31), id="pixels longer than the file"),
        pytest.param(UID + element(0x7FE00010, b"OW", b"\0" * 8, 10), id="pixels two bytes short"),
        pytest.param(element(0x00100010, b"PN", PATIENT, 9000), id="name longer than the file"),
        pytest.param(element(0x00091001, b"UN", PATIENT, 0xFFFFFFF0), id="private element of 4 GB"),
        pytest.param(UID + element(0x7FE00010, b"OB", b"no item", UNDEFINED), id="no item"),
        pytest.param(UID + element(0x7FE00010, b"OB", item(b"", 1 << 30), UNDEFINED), id="fragment of 1 GB"),
        pytest.param(UID + element(0x7FE00010, b"OB", item(b"") + b"\xfe\xff", UNDEFINED), id="half an item"),
        pytest.param(element(0x00081115, b"SQ", item(NAME, UNDEFINED), UNDEFINED), id="sequence without an end"),
        pytest.param(
            b"".join(element(0x00081115, b"SQ", item(b"", UNDEFINED), UNDEFINED) for _ in range(20_000)),
            id="20,000 nested sequences",
        ),
    ],
)
def test_lies_about_lengths_never_pass_for_a_whole_object(tmp_path: Path, data_set: bytes) -> None:
    with pytest.raises(InvalidObject) as caught:
        read_whole(tmp_path, data_set)
    assert "JANE" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("end", [SEQUENCE_END, b"", SEQUENCE_END + element(0xFFFCFFFC, b"OB", b"\0\0")])
def test_encapsulated_pixels_are_walked_to_their_end(tmp_path: Path, end: bytes) -> None:
    pixels = element(0x7FE00010, b"OB", item(b"") + item(b"\1" * 1000) + item(b"\2" * 4) + end, UNDEFINED)
    assert read(tmp_path, UID + pixels, RLELossless).has_pixel_data


def test_large_private_element_is_left_out(tmp_path: Path) -> None:
    blob = element(0x00091001, b"OB", b"\0" * (5 << 20))
    header = read(tmp_path, UID + blob + NAME + PIXELS)
    assert header.has_pixel_data
    assert sorted(map(int, header.dataset.keys())) == [0x00080018, 0x00100010]


def test_header_is_bounded_in_memory(tmp_path: Path) -> None:
    blob = element(0x00091001, b"OB", b"\0" * (3 << 20))
    inside = item(blob * 22, UNDEFINED)
    with pytest.raises(InvalidObject):
        read(tmp_path, UID + element(0x00081115, b"SQ", inside, UNDEFINED) + PIXELS)


def test_deflated_bomb_is_not_inflated(tmp_path: Path) -> None:
    compressor = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    head = UID + element(0x00091001, b"OB", b"", 0xF0000000)
    bomb = compressor.compress(head) + b"".join(compressor.compress(bytes(1 << 20)) for _ in range(100))
    with pytest.raises(InvalidObject):
        read(tmp_path, bomb + compressor.flush(), DeflatedExplicitVRLittleEndian)


@pytest.mark.parametrize("data_set", [b"\xff\xff\xff", zlib.compress(UID + PIXELS), UID + PIXELS])
def test_what_is_not_deflated_is_refused(tmp_path: Path, data_set: bytes) -> None:
    with pytest.raises(InvalidObject):
        read(tmp_path, data_set, DeflatedExplicitVRLittleEndian)


def test_implicit_vr_is_read(tmp_path: Path) -> None:
    data_set = struct.pack("<HHI", 0x0010, 0x0010, 8) + PATIENT + struct.pack("<HHI", 0x7FE0, 0x0010, 2) + b"\0\1"
    header = read(tmp_path, data_set, ImplicitVRLittleEndian)
    assert header.has_pixel_data
    assert header.dataset.PatientName == PATIENT.decode()
