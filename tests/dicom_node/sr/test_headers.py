import logging
from collections.abc import Sequence

import pytest
from pydicom import config
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as DicomSequence

from dicom_node.sr.headers import patient_key, referenced_requests, study_attributes, timezone_offset
from tests.dicom_node.sr.cases import (
    JAPANESE_NAME,
    LATIN_1_NAME,
    MESS,
    UTF_8_NAME,
    as_read,
    in_character_set,
    request,
    rich_study,
    small,
    spoil,
)
from tests.synthetic_headers import code

TYPE_2 = (
    *("PatientName", "PatientID", "PatientBirthDate", "PatientSex"),
    *("StudyDate", "StudyTime", "ReferringPhysicianName", "StudyID", "AccessionNumber"),
)


def test_patient_and_study_are_copied_whole() -> None:
    header = as_read(rich_study()[0])
    attributes = study_attributes(header)
    for keyword in (
        *("PatientID", "IssuerOfPatientID", "PatientBirthDate", "PatientSex", "PatientAge", "PatientSize"),
        *("PatientWeight", "PatientComments", "StudyDate", "StudyTime", "StudyID", "StudyDescription"),
        *("AccessionNumber", "ReferringPhysicianName", "NameOfPhysiciansReadingStudy", "ProcedureCodeSequence"),
        *("AdmittingDiagnosesDescription", "OtherPatientIDsSequence", "ClinicalTrialSponsorName"),
        *("ClinicalTrialProtocolID", "ClinicalTrialSubjectID"),
    ):
        assert attributes[keyword].value == header[keyword].value, keyword


def test_nothing_of_series_equipment_or_image_is_copied() -> None:
    attributes = study_attributes(rich_study()[0])
    for keyword in ("Modality", "SeriesInstanceUID", "SOPInstanceUID", "Manufacturer", "Rows", "SpecificCharacterSet"):
        assert keyword not in attributes


@pytest.mark.parametrize(
    ("character_set", "name"),
    [
        ("ISO_IR 100", LATIN_1_NAME),
        ("ISO_IR 192", UTF_8_NAME),
        (["", "ISO 2022 IR 87"], JAPANESE_NAME),
        ("GB18030", "Wang^XiaoDong=王^小东"),
        ("ISO_IR 126", "Διονυσίου^Ελένη"),
        (["", "ISO 2022 IR 149"], "Hong^Gildong=洪^吉洞=홍^길동"),
    ],
)
def test_names_are_read_in_the_character_set_of_their_header(character_set: str | list[str], name: str) -> None:
    attributes = study_attributes(in_character_set(character_set, name)[0])
    assert str(attributes.PatientName) == name


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_letters_without_a_declared_character_set_are_read_as_utf_8_or_latin_1(encoding: str) -> None:
    header = small()
    del header.SpecificCharacterSet
    spoil(header, "PatientName", LATIN_1_NAME.encode(encoding))
    assert str(study_attributes(header).PatientName) == LATIN_1_NAME


def test_a_value_in_another_character_set_than_declared_is_left_out() -> None:
    header = small()
    spoil(header, "PatientName", LATIN_1_NAME.encode("latin-1"))
    assert study_attributes(header).PatientName == ""


def test_nested_values_follow_the_character_set_of_the_whole() -> None:
    header = small(patient_name=LATIN_1_NAME)
    header.SpecificCharacterSet = "ISO_IR 100"
    meaning = "Ã¼"  # these bytes would be a letter of UTF-8, had nothing been declared
    header.ProcedureCodeSequence = DicomSequence([code("71651007", meaning)])
    attributes = study_attributes(as_read(header))
    assert attributes.ProcedureCodeSequence[0].CodeMeaning == meaning


@pytest.mark.parametrize("keyword", MESS)
def test_a_malformed_value_is_left_out_and_not_repaired(keyword: str) -> None:
    header = small()
    spoil(header, keyword, MESS[keyword])
    attributes = study_attributes(header)
    assert attributes.get(keyword, "") == ""
    assert (keyword in attributes) == (keyword in TYPE_2)


def test_what_a_header_lacks_is_empty_where_a_report_must_have_it() -> None:
    attributes = study_attributes(Dataset())
    assert {element.keyword for element in attributes} == set(TYPE_2)
    assert all(element.is_empty for element in attributes)


def test_empty_values_stay_empty() -> None:
    header = small()
    for keyword in TYPE_2:
        spoil(header, keyword, b"")
    spoil(header, "PatientAge", b"")
    attributes = study_attributes(as_read(header))
    assert all(attributes[keyword].is_empty for keyword in TYPE_2)
    assert "PatientAge" not in attributes


def test_left_out_values_are_logged_by_keyword_never_by_value(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(config.settings, "reading_validation_mode", config.WARN)  # pydicom's own default
    header = small()
    for keyword, value in MESS.items():
        spoil(header, keyword, value)
    spoil(header, "PatientSex", b"Weiblich")
    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.INFO, logger="pydicom"):
        study_attributes(header)
        referenced_requests([header])
    assert f"image {header.SOPInstanceUID}: the value of PatientBirthDate is not valid" in caplog.text
    assert {record.name for record in caplog.records} == {"dicom_node.sr.headers"}
    for word in ("1970-01-01", "Weiblich", "20240230", "a far too long study ID", "heavy", "XXXX", "AAAA"):
        assert word not in caplog.text


@pytest.mark.parametrize(
    ("keyword", "value", "partner"),
    [
        ("IssuerOfPatientID", "HOSPITAL", "PatientID"),
        ("ResponsiblePerson", "Mother^The", "ResponsiblePersonRole"),
        ("PatientIdentityRemoved", "YES", "DeidentificationMethod"),
    ],
)
def test_what_needs_a_partner_is_left_out_without_it(keyword: str, value: str, partner: str) -> None:
    header = small()
    header.pop(partner, None)
    setattr(header, keyword, value)
    assert keyword not in study_attributes(header)


def test_half_a_clinical_trial_is_left_out() -> None:
    header = rich_study()[0]
    del header.ClinicalTrialProtocolID
    assert not [element for element in study_attributes(header) if "ClinicalTrial" in element.keyword]


def _without(item: Dataset, keyword: str) -> Dataset:
    del item[keyword]
    return item


@pytest.mark.parametrize(
    ("keyword", "items"),
    [
        ("ProcedureCodeSequence", [_without(code("71651007", "Mammography"), "CodeMeaning")]),
        ("OtherPatientIDsSequence", [Dataset()]),
        ("ReferencedStudySequence", []),
    ],
)
def test_incomplete_items_are_left_out(keyword: str, items: Sequence[Dataset]) -> None:
    header = small()
    setattr(header, keyword, DicomSequence(items))
    assert keyword not in study_attributes(header)


def test_each_request_is_referenced_once() -> None:
    first, second = rich_study()
    second.RequestAttributesSequence = DicomSequence([request("RP1"), request("RP2")])
    items = referenced_requests([first, second])
    assert [item.RequestedProcedureID for item in items] == ["RP1", "RP2"]
    assert items[0].RequestedProcedureDescription == "Mammographie, beidseits"
    assert items[0].AccessionNumber == first.AccessionNumber
    assert items[0].StudyInstanceUID == first.StudyInstanceUID
    assert items[0].RequestedProcedureCodeSequence[0].CodeValue == "71651007"
    assert items[0]["PlacerOrderNumberImagingServiceRequest"].is_empty
    assert "ScheduledProcedureStepID" not in items[0]


def test_a_request_without_an_identifier_is_no_request() -> None:
    header = small()
    header.RequestAttributesSequence = DicomSequence([Dataset()])
    assert referenced_requests([header]) == []
    assert referenced_requests([small()]) == []


@pytest.mark.parametrize(
    ("stated", "read"),
    [("+0100", "+0100"), ("-0330", "-0330"), ("+1500", None), ("0100", None), ("Z", None), ("", None)],
)
def test_only_a_valid_time_zone_offset_is_read(stated: str, read: str | None) -> None:
    header = small()
    spoil(header, "TimezoneOffsetFromUTC", stated.encode())
    assert timezone_offset(header) == read


def test_patients_are_told_apart_by_id_and_issuer() -> None:
    header = small()
    header.IssuerOfPatientID = "HOSPITAL"
    assert patient_key(header) == ("PHANTOM-5", "HOSPITAL")
    spoil(header, "PatientID", b"X" * 66)
    assert patient_key(header) == ("", "HOSPITAL")
