"""The outside of a file."""

import struct
from io import BytesIO
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.uid import UID, ExplicitVRLittleEndian

from dicom_node.errors import InvalidObject
from dicom_node.part10 import encode_file_meta, read_file_meta, same_data_set
from tests import synthetic
from tests.dicom_node.receiving import mammogram

UNDEFINED = 0xFFFFFFFF


def test_file_meta_is_what_pydicom_reads() -> None:
    encoded = encode_file_meta("1.2.840.10008.5.1.4.1.1.7", "1.2.33", "1.2.840.10008.1.2.5")
    meta = dcmread(BytesIO(encoded)).file_meta
    assert meta.MediaStorageSOPClassUID == "1.2.840.10008.5.1.4.1.1.7"
    assert meta.MediaStorageSOPInstanceUID == "1.2.33"
    assert meta.TransferSyntaxUID == "1.2.840.10008.1.2.5"
    assert meta.FileMetaInformationVersion == b"\0\1"
    assert 0 < len(meta.ImplementationVersionName or "") <= 16
    assert read_file_meta(BytesIO(encoded)) == ("1.2.840.10008.1.2.5", len(encoded))


def test_file_meta_of_others_is_read(tmp_path: Path) -> None:
    image = mammogram()
    image.file_meta.PrivateInformationCreatorUID = UID("1.2.3.4")
    image.file_meta.PrivateInformation = b"\0" * 3000
    path = synthetic.write(image, tmp_path / "image.dcm")
    with path.open("rb") as file:
        syntax, offset = read_file_meta(file)
    assert syntax == ExplicitVRLittleEndian
    assert path.read_bytes()[offset : offset + 4] == b"\x08\x00\x05\x00"  # Specific Character Set


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"DICM" * 30,
        b"\0" * 200,
        b"\0" * 128 + b"DICM" + b"\0" * 20,
        encode_file_meta("1.2", "1.3", "1.4")[:140],
        b"\0" * 128 + b"DICM" + struct.pack("<HH2sHI", 2, 0, b"UL", 4, UNDEFINED),
        b"\0" * 128 + b"DICM" + struct.pack("<HH2sHI", 2, 0, b"UL", 4, 0),
    ],
)
def test_what_is_no_dicom_file_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidObject):
        read_file_meta(BytesIO(content))


def test_data_sets_are_compared_to_the_last_byte(tmp_path: Path) -> None:
    content = encode_file_meta("1.2", "1.3", ExplicitVRLittleEndian) + bytes(3 << 20)
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_bytes(content)
    second.write_bytes(content)
    assert same_data_set(first, second)
    second.write_bytes(content[:-1] + b"x")
    assert not same_data_set(first, second)


def test_damaged_file_is_the_same_as_none(tmp_path: Path) -> None:
    damaged, sound = tmp_path / "damaged", tmp_path / "sound"
    damaged.write_bytes(b"damaged")
    sound.write_bytes(encode_file_meta("1.2", "1.3", ExplicitVRLittleEndian))
    assert not same_data_set(damaged, sound)
    with pytest.raises(InvalidObject):
        same_data_set(sound, damaged)
