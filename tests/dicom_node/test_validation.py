"""Nothing that is no UID becomes a path, and nothing is kept under a name that is not its own."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from dicom_node.errors import InvalidUid, ObjectMismatch, UnsupportedSopClass
from dicom_node.validation import validate_command, validate_header, validate_uid

MG = "1.2.840.10008.5.1.4.1.1.1.2"
CT = "1.2.840.10008.5.1.4.1.1.2"
PATIENT = "DOE^JANE"


@pytest.mark.parametrize("uid", ["1.2.3", "2.25.0", "1.2.840.10008." + "9" * 50, "1.02.3", "0"])
def test_uids_of_the_standard_and_of_devices_pass(uid: str) -> None:
    assert validate_uid(uid) == uid


@pytest.mark.parametrize(
    "value",
    [
        "",
        ".",
        "..",
        "1.",
        ".1",
        "1..2",
        "../../../etc/passwd",
        "1.2/../3",
        "1.2.3\n",
        "1.2.3\0",
        "1.2.a",
        " 1.2.3",
        "\u0661.\u0662.\u0663",  # digits, but not these
        "1." * 32 + "1",
        PATIENT,
        None,
        123,
        ["1.2.3"],
        b"1.2.3",
    ],
)
def test_anything_else_is_refused_without_being_quoted(value: object) -> None:
    with pytest.raises(InvalidUid) as caught:
        validate_uid(value, "SOP Instance UID")
    assert str(caught.value) == "SOP Instance UID is not a valid UID"


@given(st.text(st.characters(codec="utf-8"), max_size=70))
def test_what_passes_is_one_harmless_file_name(value: str) -> None:
    try:
        name = validate_uid(value)
    except InvalidUid:
        return
    root = Path("/archive")
    assert (root / f"{name}.dcm").resolve().parent == root
    assert name.isascii()


def test_command_must_name_the_class_of_its_context() -> None:
    validate_command(MG, "1.2.3", MG)
    with pytest.raises(UnsupportedSopClass):
        validate_command(CT, "1.2.3", MG)
    with pytest.raises(UnsupportedSopClass):
        validate_command(CT, "1.2.3", CT)
    with pytest.raises(UnsupportedSopClass):
        validate_command(None, "1.2.3", MG)
    with pytest.raises(InvalidUid):
        validate_command(MG, "../x", MG)


def header(**values: str) -> Dataset:
    dataset = Dataset()
    complete = {"SOPClassUID": MG, "SOPInstanceUID": "1.2.3", "StudyInstanceUID": "1.2", "SeriesInstanceUID": "1.3"}
    for keyword, value in (complete | values).items():
        if value:
            tag = Tag(keyword)
            dataset[tag] = RawDataElement(tag, "UI", len(value), value.encode(), 0, False, True)
    return dataset


def test_header_gives_study_and_series() -> None:
    assert validate_header(header(), MG, "1.2.3") == ("1.2", "1.3")


def test_padding_of_uids_does_not_matter() -> None:
    padded = header(SOPInstanceUID="1.2.3\0", StudyInstanceUID="1.2 ", SeriesInstanceUID="1.30\0\0")
    assert validate_header(padded, MG, "1.2.3") == ("1.2", "1.30")


@pytest.mark.parametrize("keyword", ["SOPClassUID", "SOPInstanceUID"])
@pytest.mark.parametrize("value", ["1.2.4", "", PATIENT])
def test_header_of_another_object_is_a_mismatch(keyword: str, value: str) -> None:
    with pytest.raises(ObjectMismatch) as caught:
        validate_header(header(**{keyword: value}), MG, "1.2.3")
    assert PATIENT not in str(caught.value)


@pytest.mark.parametrize("keyword", ["StudyInstanceUID", "SeriesInstanceUID"])
@pytest.mark.parametrize("value", ["", "..", PATIENT, "1.2\\1.3"])
def test_header_without_study_or_series_is_refused(keyword: str, value: str) -> None:
    with pytest.raises(InvalidUid) as caught:
        validate_header(header(**{keyword: value}), MG, "1.2.3")
    assert PATIENT not in str(caught.value)
