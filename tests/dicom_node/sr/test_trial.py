"""The object about nobody is a valid one, and new each time."""

from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from pydicom import dcmread

from dicom_node.sr.document import to_part10
from dicom_node.sr.trial import PATIENT_ID, build_trial_object
from tests.dicom_node.validators import check_attributes, check_tree

WHEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
NAME = "Prüfung-Żółć^Zoé"


@pytest.mark.peer("dciodvfy", "dsrdump")
def test_validators_find_no_fault_in_a_trial_object(tmp_path: Path) -> None:
    path = tmp_path / "trial.dcm"
    path.write_bytes(to_part10(build_trial_object(NAME, WHEN)))
    assert check_attributes(path) == ()
    assert check_tree(path) == ()


def test_trial_object_is_marked_and_keeps_its_letters() -> None:
    read = dcmread(BytesIO(to_part10(build_trial_object(NAME, WHEN))))
    assert (str(read.PatientName), read.PatientID) == (NAME, PATIENT_ID)
    assert (read.StudyDate, read.StudyTime) == ("20260102", "030405")
    assert "NO PATIENT" in read.StudyDescription
    assert "nobody" in read.ContentSequence[0].TextValue


def test_each_trial_object_is_new() -> None:
    one, other = build_trial_object(NAME, WHEN), build_trial_object(NAME, WHEN)
    for keyword in ("SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID"):
        assert one[keyword].value != other[keyword].value
