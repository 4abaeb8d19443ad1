"""Headers and pixel positions, read within bounds."""

import zlib
from pathlib import Path

import pytest
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGLSLossless,
)

from dicom_node.errors import ConversionError, UnsupportedPixels
from dicom_node.image_file import MAXIMUM_INFLATED_BYTES, open_image, read_header
from tests.synthetic import PATIENT_NAME, make_mg, write

SYNTAXES = [
    ImplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    DeflatedExplicitVRLittleEndian,
    JPEGLSLossless,
]


@pytest.mark.parametrize("transfer_syntax", SYNTAXES, ids=lambda uid: uid.keyword)
def test_the_header_is_everything_before_the_pixels(tmp_path: Path, transfer_syntax: str) -> None:
    path = write(make_mg(rows=60, columns=40), tmp_path / "image.dcm", transfer_syntax)

    header = read_header(path)

    assert header.PatientName == PATIENT_NAME
    assert header.ViewCodeSequence[0].CodeValue == "399162004"
    assert "PixelData" not in header


@pytest.mark.parametrize("transfer_syntax", SYNTAXES[:3], ids=lambda uid: uid.keyword)
def test_the_pixels_are_found_where_they_are(tmp_path: Path, transfer_syntax: str) -> None:
    ds = make_mg(rows=60, columns=40)
    with write(ds, tmp_path / "image.dcm", transfer_syntax).open("rb") as file:
        image = open_image(file)

        image.stream.seek(image.pixel_data.offset)
        assert image.pixel_data.length == 60 * 40 * 2
        assert image.stream.read(image.pixel_data.length) == ds.PixelData
        assert image.transfer_syntax_uid == transfer_syntax


def test_a_damaged_deflated_data_set_is_refused(tmp_path: Path) -> None:
    path = write(make_mg(rows=60, columns=40), tmp_path / "image.dcm", DeflatedExplicitVRLittleEndian)
    content = path.read_bytes()
    for damaged in (content[:-40], content[:-400] + b"\xff" * 400):
        path.write_bytes(damaged)
        with pytest.raises(ConversionError):
            read_header(path)


def test_a_bomb_is_not_inflated(tmp_path: Path) -> None:
    path = write(make_mg(rows=60, columns=40), tmp_path / "image.dcm", DeflatedExplicitVRLittleEndian)
    deflate = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS)
    zeros = bytes(2**20)
    megabytes = MAXIMUM_INFLATED_BYTES // 2**20 + 1
    bomb = b"".join(deflate.compress(zeros) for _ in range(megabytes)) + deflate.flush()
    content = path.read_bytes()
    meta_end = 144 + int.from_bytes(content[140:144], "little")
    path.write_bytes(content[:meta_end] + bomb)

    with pytest.raises(ConversionError, match="grows beyond"):
        read_header(path)


def test_an_element_longer_than_the_file_is_refused(tmp_path: Path) -> None:
    path = write(make_mg(rows=60, columns=40), tmp_path / "image.dcm")
    content = bytearray(path.read_bytes())
    place = content.index(b"\x08\x00\x70\x00LO") + 6  # Manufacturer (0008,0070)
    content[place : place + 2] = b"\xff\xff"
    path.write_bytes(content)

    with pytest.raises(ConversionError, match=r"\(0008,0070\) is truncated"):
        read_header(path)


def test_big_endian_is_refused(tmp_path: Path) -> None:
    path = write(make_mg(rows=60, columns=40), tmp_path / "image.dcm", JPEGLSLossless)
    assert len(ExplicitVRBigEndian) == 19
    content = path.read_bytes().replace(b"1.2.840.10008.1.2.4.80", b"1.2.840.10008.1.2.2\0\0\0", 1)
    path.write_bytes(content)

    with pytest.raises(UnsupportedPixels, match="Big Endian"):
        read_header(path)


@pytest.mark.filterwarnings("ignore")  # pydicom's, about the character set
def test_no_patient_data_is_in_the_message_or_its_cause(tmp_path: Path) -> None:
    path = write(make_mg(rows=60, columns=40), tmp_path / "image.dcm")
    content = path.read_bytes()
    path.write_bytes(content.replace(b"ISO_IR 192", b"\xff\xfe\xfd_IR 19", 1)[:900])

    with path.open("rb") as file, pytest.raises(ConversionError) as caught:
        open_image(file)

    cause: BaseException | None = caught.value
    while cause is not None:
        assert "Phantom" not in str(cause)
        cause = cause.__cause__
