"""An object in the form that a peer wants: nothing but its outward form changes, and no name is spoiled."""

from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, JPEG2000Lossless

from dicom_node.recode import Form, recode
from dicom_node.sr.document import to_part10
from dicom_node.sr.trial import build_trial_object

UTF_8, LATIN_1 = "ISO_IR 192", "ISO_IR 100"
FITS, DOES_NOT_FIT = "Prüfung-Größe^Zoé", "Prüfung-Żółć^Zoé"


def _written(folder: Path, name: str = FITS) -> Path:
    path = folder / "object.dcm"
    path.write_bytes(to_part10(build_trial_object(name, datetime(2026, 1, 2, tzinfo=UTC))))
    return path


def _read(content: bytes | None) -> Dataset:
    assert content is not None
    return dcmread(BytesIO(content))


def _without_character_set(dataset: Dataset) -> Dataset:
    dataset = Dataset(dataset)
    dataset.decode()
    del dataset.SpecificCharacterSet
    return dataset


def test_transfer_syntax_is_changed_and_nothing_else(tmp_path: Path) -> None:
    path = _written(tmp_path)
    content = recode(path, Form(ImplicitVRLittleEndian, UTF_8))
    read = _read(content)
    assert read.file_meta.TransferSyntaxUID == ImplicitVRLittleEndian
    assert read.file_meta.MediaStorageSOPInstanceUID == read.SOPInstanceUID
    assert read == dcmread(path)
    assert content is not None
    assert content[content.index(b"\x08\x00\x05\x00") + 4 :][:4] == b"\x0a\x00\x00\x00"  # a length, no VR


def test_way_there_and_back_gives_the_same_bytes(tmp_path: Path) -> None:
    path = _written(tmp_path)
    there = recode(path, Form(ImplicitVRLittleEndian, UTF_8))
    assert there is not None
    (tmp_path / "there.dcm").write_bytes(there)
    assert recode(tmp_path / "there.dcm", Form(ExplicitVRLittleEndian, UTF_8)) == path.read_bytes()


def test_latin_1_is_taken_where_every_letter_fits(tmp_path: Path) -> None:
    path = _written(tmp_path)
    content = recode(path, Form("", LATIN_1))
    read = _read(content)
    assert (read.SpecificCharacterSet, str(read.PatientName)) == (LATIN_1, FITS)
    assert read.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
    assert content is not None
    assert FITS.encode("latin-1") in content
    assert FITS.encode() not in content
    assert _without_character_set(read) == _without_character_set(dcmread(path))


def test_letters_inside_sequences_are_brought_over_too(tmp_path: Path) -> None:
    path = _written(tmp_path)
    report = dcmread(path)
    report.ContentSequence[0].TextValue = "Größe"
    report.save_as(path)
    read = _read(recode(path, Form("", LATIN_1)))
    assert read.ContentSequence[0].TextValue == "Größe"
    report.ContentSequence[0].TextValue = "Żółć"
    report.save_as(path)
    assert recode(path, Form("", LATIN_1)) is None


def test_object_is_left_alone_where_a_letter_has_no_place(tmp_path: Path) -> None:
    path = _written(tmp_path, DOES_NOT_FIT)
    assert recode(path, Form("", LATIN_1)) is None
    read = _read(recode(path, Form(ImplicitVRLittleEndian, LATIN_1)))
    assert (read.SpecificCharacterSet, str(read.PatientName)) == (UTF_8, DOES_NOT_FIT)
    assert read.file_meta.TransferSyntaxUID == ImplicitVRLittleEndian


@pytest.mark.parametrize("form", [Form("", UTF_8), Form(ExplicitVRLittleEndian, UTF_8), Form("", "ISO_IR 4711")])
def test_object_is_left_alone_where_it_has_the_form_or_the_form_is_unknown(tmp_path: Path, form: Form) -> None:
    assert recode(_written(tmp_path), form) is None


def test_compressed_object_is_left_alone(tmp_path: Path) -> None:
    path = _written(tmp_path)
    image = dcmread(path)
    image.PixelData = encapsulate([b"\x00\x01"])
    image["PixelData"].VR = "OB"
    image.file_meta.TransferSyntaxUID = JPEG2000Lossless
    image.save_as(path)
    assert recode(path, Form(ImplicitVRLittleEndian, LATIN_1)) is None


def test_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="no-such-file"):
        recode(tmp_path / "no-such-file.dcm", Form(ImplicitVRLittleEndian, UTF_8))
