"""The user's own files: what is found, what is left out, and in which words."""

from pathlib import Path

import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage, generate_uid

from scripts.demo.errors import UsageError
from scripts.demo.own_files import find


def _write(path: Path, study: str = "1.2.3", instance: str | None = None) -> Path:
    image = Dataset()
    image.SOPClassUID = SecondaryCaptureImageStorage
    image.SOPInstanceUID = instance or generate_uid()
    image.StudyInstanceUID = study
    image.file_meta = FileMetaDataset()
    image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save_as(path, enforce_file_format=True)
    return path


def test_files_are_found_at_any_depth_and_grouped_by_study(tmp_path: Path) -> None:
    _write(tmp_path / "a" / "b" / "1", study="1.2.3")
    _write(tmp_path / "a" / "2.dcm", study="1.2.4")
    _write(tmp_path / "c" / "d" / "e" / "3.dcm", study="1.2.3")
    found = find(tmp_path)
    assert {s.study_instance_uid: len(s.pictures) for s in found.chapter.studies} == {"1.2.3": 2, "1.2.4": 1}
    assert found.skipped == ()


def test_a_single_file_is_a_study_of_one_image(tmp_path: Path) -> None:
    path = _write(tmp_path / "one.dcm")
    (study,) = find(path).chapter.studies
    assert [picture.path for picture in study.pictures] == [path]


def test_what_is_not_dicom_is_named_and_left_out(tmp_path: Path) -> None:
    _write(tmp_path / "good.dcm")
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / "empty.dcm").write_bytes(b"")
    (tmp_path / "cut.dcm").write_bytes((tmp_path / "good.dcm").read_bytes()[:150])
    found = find(tmp_path)
    assert len(found.chapter.studies) == 1
    reasons = {skip.path.name: skip.reason for skip in found.skipped}
    assert set(reasons) == {"notes.txt", "empty.dcm", "cut.dcm"}
    assert reasons["notes.txt"] == "not a DICOM file (no DICM after the preamble)"


def test_the_same_object_twice_is_pushed_once(tmp_path: Path) -> None:
    _write(tmp_path / "1.dcm", instance="1.2.3.4")
    _write(tmp_path / "2.dcm", instance="1.2.3.4")
    found = find(tmp_path)
    assert len(found.chapter.studies[0].pictures) == 1
    assert found.skipped[0].path.name == "2.dcm"


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.mkdir(), lambda path: path.write_text("x")])
def test_a_path_without_any_object_is_a_wrong_call(tmp_path: Path, make: object) -> None:
    path = tmp_path / "study"
    assert callable(make)
    make(path)
    with pytest.raises(UsageError, match="There is no"):
        find(path)
