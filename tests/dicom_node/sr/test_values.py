import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from dicom_node.sr.values import clean_element
from tests.dicom_node.sr.cases import spoil
from tests.synthetic_headers import code


def _clean(keyword: str, value: bytes) -> object:
    """Return the cleaned value, None where it is left out."""
    header = Dataset()
    header.SpecificCharacterSet = "ISO_IR 192"
    spoil(header, keyword, value)
    element = clean_element(header, keyword)
    return None if element is None else element.value


@pytest.mark.parametrize(
    ("keyword", "value", "clean"),
    [
        ("PatientID", b" 4711 ", "4711"),
        ("PatientID", b"4711\0", "4711"),
        ("PatientComments", b"first line\r\nsecond \\ line ", "first line\r\nsecond \\ line"),
        ("PatientSex", b"F ", "F"),
        ("PregnancyStatus", b"\x04\0", 4),
        ("PatientAge", b"054Y", "054Y"),
        ("StudyDate", b"20240229", "20240229"),
        ("StudyTime", b"101500.123 ", "101500.123"),
        ("OtherPatientNames", b"One^A\\Two^B ", ["One^A", "Two^B"]),
        ("PatientName", b"A^B^C^D^E ", "A^B^C^D^E"),
    ],
)
def test_a_valid_value_is_kept_without_its_padding(keyword: str, value: bytes, clean: object) -> None:
    assert _clean(keyword, value) == clean


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("PatientID", b"one\\two "),
        ("PatientID", b"bell\x07 "),
        ("PatientID", b"x" * 66),
        ("PatientID", b"\xff\xfe"),
        ("PatientSex", b"f "),
        ("PregnancyStatus", b"\x09\0"),
        ("PatientAge", b"54Y "),
        ("StudyDate", b"20230229"),
        ("StudyDate", b"2023-2-9"),
        ("StudyTime", b"2561"),
        ("PatientName", b"A^B^C^D^E^F "),
        ("PatientName", b"x" * 66),
        ("PatientName", b"a=b=c=d "),
        ("PatientWeight", b"1,5 "),
        ("PatientWeight", b"1.2345678901234567"),
        ("ImagerPixelSpacing", b"0.1 "),
        ("ImagerPixelSpacing", b"0.1\\0.1\\0.1 "),
    ],
)
def test_an_invalid_value_is_left_out(keyword: str, value: bytes) -> None:
    assert _clean(keyword, value) is None


@pytest.mark.parametrize("keyword", ["PatientID", "PatientName", "StudyDate", "ImagerPixelSpacing", "PregnancyStatus"])
@pytest.mark.parametrize("value", [b"", b"  "])
def test_an_empty_value_is_empty_not_invalid(keyword: str, value: bytes) -> None:
    if keyword == "PregnancyStatus" and value:
        value = b""
    header = Dataset()
    spoil(header, keyword, value)
    element = clean_element(header, keyword)
    assert element is not None
    assert element.is_empty


def test_the_representation_of_the_dictionary_counts_not_that_of_the_file() -> None:
    header = Dataset()
    header.add_new("PatientID", "UN", b"4711")
    assert clean_element(header, "PatientID") is None


def test_an_item_keeps_what_is_valid_and_loses_what_is_not() -> None:
    item = code("71651007", "Mammography")
    item.add_new(0x00091010, "LO", "private")
    spoil(item, "MappingResource", b"not a code string")
    header = Dataset()
    header.ProcedureCodeSequence = Sequence([item])
    element = clean_element(header, "ProcedureCodeSequence")
    assert element is not None
    assert {found.keyword for found in element.value[0]} == {"CodeValue", "CodingSchemeDesignator", "CodeMeaning"}


def test_half_a_universal_entity_is_none() -> None:
    item = Dataset()
    item.LocalNamespaceEntityID = "HOSPITAL"
    item.UniversalEntityID = "1.2.3"
    header = Dataset()
    header.IssuerOfAccessionNumberSequence = Sequence([item])
    element = clean_element(header, "IssuerOfAccessionNumberSequence")
    assert element is not None
    assert [found.keyword for found in element.value[0]] == ["LocalNamespaceEntityID"]
    del item.LocalNamespaceEntityID
    element = clean_element(header, "IssuerOfAccessionNumberSequence")
    assert element is not None
    assert element.is_empty
