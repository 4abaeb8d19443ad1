import logging
from dataclasses import replace
from datetime import timedelta, timezone
from io import BytesIO

import highdicom as hd
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import Comprehensive3DSRStorage, ExplicitVRLittleEndian

from dicom_node.errors import ReportError
from dicom_node.sr.identity import ReportKind, report_instance_uid, report_series_uid
from dicom_node.sr.measurement import RESEARCH_USE_ONLY, build_measurement_report, to_part10
from tests.dicom_node.sr.cases import (
    ALGORITHM,
    CREATED_AT,
    JAPANESE_NAME,
    LATIN_1_NAME,
    PROBABILITIES,
    UNREADABLE,
    UTF_8_NAME,
    Case,
    cases,
    content_of,
    four_views,
    in_character_set,
    left_out,
    predecessor_of,
    rich_study,
    small,
)
from tests.dicom_node.sr.faults import child, name_of

CASES = {case.name: case for case in cases()}


def _read_back(case: Case) -> Dataset:
    return dcmread(BytesIO(to_part10(build_measurement_report(case.content, case.evidence))))


def test_the_same_content_and_evidence_give_the_same_bytes() -> None:
    for case in CASES.values():
        first = to_part10(build_measurement_report(case.content, case.evidence))
        assert to_part10(build_measurement_report(case.content, case.evidence[::-1])) == first


def test_building_a_report_leaves_its_evidence_as_it_was() -> None:
    evidence = rich_study()
    before = [header.to_json() for header in evidence]
    build_measurement_report(content_of(evidence, probabilities=PROBABILITIES[:2]), evidence)
    assert [header.to_json() for header in evidence] == before


def test_the_report_stands_in_the_study_of_its_images_in_a_series_of_its_own() -> None:
    case = CASES["second round"]
    report = _read_back(case)
    assert report.StudyInstanceUID == case.content.study_instance_uid
    series = report_series_uid(report.StudyInstanceUID, ALGORITHM, ReportKind.MEASUREMENT)
    assert report.SeriesInstanceUID == series
    assert report.SeriesInstanceUID not in {header.SeriesInstanceUID for header in case.evidence}
    assert report.SOPInstanceUID == report_instance_uid(case.content, ReportKind.MEASUREMENT)
    assert (report.Modality, report.SeriesNumber, report.InstanceNumber) == ("SR", 9901, 2)


def test_the_report_is_complete_unverified_and_for_research() -> None:
    report = _read_back(CASES["all analysed"])
    assert report.SOPClassUID == Comprehensive3DSRStorage
    assert report.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
    assert report.file_meta.MediaStorageSOPInstanceUID == report.SOPInstanceUID
    assert (report.CompletionFlag, report.VerificationFlag) == ("COMPLETE", "UNVERIFIED")
    assert report.ContentQualification == "RESEARCH"
    assert "research use only" in report.SeriesDescription
    assert [item.TextValue for item in child(report, "C0034375").ContentSequence if name_of(item) == "121106"] == [
        RESEARCH_USE_ONLY
    ]


def test_the_model_is_the_maker_of_the_report() -> None:
    report = _read_back(CASES["all analysed"])
    assert report.Manufacturer == ALGORITHM.manufacturer
    assert report.ManufacturerModelName == ALGORITHM.name
    assert report.SoftwareVersions == ALGORITHM.version
    assert report.DeviceSerialNumber == ALGORITHM.sha256
    (equipment,) = report.ContributingEquipmentSequence
    assert equipment.DeviceSerialNumber == ALGORITHM.sha256
    assert report.DeviceUID == child(report, "121012").UID


@pytest.mark.parametrize(
    ("character_set", "name"),
    [
        ("ISO_IR 100", LATIN_1_NAME),
        ("ISO_IR 192", UTF_8_NAME),
        (["", "ISO 2022 IR 87"], JAPANESE_NAME),
    ],
)
def test_names_survive_into_utf_8_from_any_character_set(character_set: str | list[str], name: str) -> None:
    headers = in_character_set(character_set, name)
    part10 = to_part10(build_measurement_report(content_of(headers, probabilities=(0.5,)), headers))
    assert name.encode("utf-8") in part10
    report = dcmread(BytesIO(part10))
    assert report.SpecificCharacterSet == "ISO_IR 192"
    assert str(report.PatientName) == name


def test_every_image_of_the_study_is_in_the_library_and_in_the_evidence() -> None:
    for case in CASES.values():
        report = _read_back(case)
        uids = {header.SOPInstanceUID for header in case.evidence}
        entries = child(report, "111028", "126200").ContentSequence
        assert {entry.ReferencedSOPSequence[0].ReferencedSOPInstanceUID for entry in entries} == uids
        (study,) = report.CurrentRequestedProcedureEvidenceSequence
        assert study.StudyInstanceUID == case.content.study_instance_uid
        evidence = [item for series in study.ReferencedSeriesSequence for item in series.ReferencedSOPSequence]
        assert sorted(item.ReferencedSOPInstanceUID for item in evidence) == sorted(uids)


def test_highdicom_reads_the_same_values_back() -> None:
    case = CASES["part not analysed"]
    part10 = to_part10(build_measurement_report(case.content, case.evidence))
    report = hd.sr.srread(BytesIO(part10))
    assert isinstance(report.content, hd.sr.MeasurementReport)
    found: dict[tuple[str | None, ...], hd.sr.Measurement | None] = {}
    for group in report.content.get_image_measurement_groups():
        number = next(iter(group.get_measurements()), None)
        sources = [str(image.referenced_sop_instance_uid) for image in group.source_images]
        found[group.tracking_identifier, *sources] = number
    image = case.content.images[0]
    number = found["Image, right, CC", image.sop_instance_uid]
    assert number is not None
    assert (number.name.value, number.unit.value, number.value) == ("111047", "%", 87.5)
    assert found["Image, left, ML", case.content.not_analysed[0].sop_instance_uid] is None
    for breast, name in zip(case.content.breasts, ("Breast, right", "Breast, left"), strict=True):
        sources = [one.sop_instance_uid for one in case.content.images_of(breast.laterality)]
        number = found[name, *sources]
        assert number is not None
        assert number.value == 100 * breast.probability
    study = found["Study", *(one.sop_instance_uid for one in case.content.images)]
    assert study is not None
    assert study.value == 90.625


def test_an_image_that_was_not_analysed_has_a_reason_and_no_number() -> None:
    report = _read_back(CASES["none analysed"])
    groups = child(report, "126010").ContentSequence
    assert len(groups) == 3
    for group in groups:
        names = {name_of(item) for item in group.ContentSequence}
        assert "111047" not in names
        assert {"111065", "NOTANREASON", "121106", "121112"} <= names
        assert child(group, "121106").TextValue.startswith("Not analysed: ")
    failed = [group for group in groups if child(group, "111065").ConceptCodeSequence[0].CodeValue == "111224"]
    assert [child(group, "NOTANREASON").ConceptCodeSequence[0].CodeValue for group in failed] == [UNREADABLE.value]


@pytest.mark.parametrize(
    ("name", "status", "sentence"),
    [
        ("all analysed", "111222", None),
        ("part not analysed", "111223", "1 of 5 images were not analysed."),
        ("none analysed", "111224", "3 of 3 images were not analysed."),
    ],
)
def test_the_report_says_how_much_was_analysed(name: str, status: str, sentence: str | None) -> None:
    evaluations = child(_read_back(CASES[name]), "C0034375")
    assert child(evaluations, "111065").ConceptCodeSequence[0].CodeValue == status
    comments = [item.TextValue for item in evaluations.ContentSequence if name_of(item) == "121106"]
    assert len(comments) == (1 if sentence is None else 2)
    assert sentence is None or comments[1].startswith(sentence)


def test_nothing_attempted_is_not_called_a_failure() -> None:
    image = small()
    content = content_of([], [left_out(image)], (), study_instance_uid=str(image.StudyInstanceUID))
    evaluations = child(build_measurement_report(content, [image]), "C0034375")
    assert child(evaluations, "111065").ConceptCodeSequence[0].CodeValue == "111225"


def test_a_second_round_names_its_predecessor() -> None:
    case = CASES["second round"]
    (study,) = _read_back(case).PredecessorDocumentsSequence
    (series,) = study.ReferencedSeriesSequence
    (document,) = series.ReferencedSOPSequence
    predecessor = case.content.predecessor
    assert predecessor is not None
    assert study.StudyInstanceUID == predecessor.study_instance_uid
    assert series.SeriesInstanceUID == predecessor.series_instance_uid
    assert document.ReferencedSOPInstanceUID == predecessor.sop_instance_uid
    assert "PredecessorDocumentsSequence" not in _read_back(CASES["all analysed"])


def test_a_report_cannot_replace_itself() -> None:
    second = CASES["second round"]
    own = replace(second.content, predecessor=predecessor_of(second.content))
    with pytest.raises(ReportError, match="its own predecessor"):
        build_measurement_report(own, second.evidence)


def test_requests_are_referenced_where_the_images_name_them() -> None:
    (item,) = _read_back(CASES["rich source"]).ReferencedRequestSequence
    assert item.RequestedProcedureID == "RP1"
    assert "ReferencedRequestSequence" not in _read_back(CASES["all analysed"])


def test_the_report_is_dated_in_the_time_zone_of_its_images() -> None:
    report = _read_back(CASES["rich source"])
    assert (report.ContentDate, report.ContentTime) == ("20240102", "123015.250000")
    assert report.TimezoneOffsetFromUTC == "+0100"


def test_without_a_time_zone_the_report_is_dated_as_its_content_says() -> None:
    views = four_views()
    content = replace(content_of(views), created_at=CREATED_AT.astimezone(timezone(timedelta(hours=-5))))
    report = build_measurement_report(content, views)
    assert (report.ContentDate, report.ContentTime) == ("20240102", "063015.250000")
    assert (report.InstanceCreationDate, report.InstanceCreationTime) == ("20240102", "063015.250000")
    assert "TimezoneOffsetFromUTC" not in report


def test_an_image_missing_from_the_evidence_is_refused() -> None:
    views = four_views()
    with pytest.raises(ReportError, match="not among the images"):
        build_measurement_report(content_of(views), views[:3])


def test_an_image_without_result_or_reason_is_refused() -> None:
    views = four_views()
    with pytest.raises(ReportError, match="neither analysed nor listed"):
        build_measurement_report(content_of(views), [*views, small(view="ML", instance_number=9)])


def test_an_image_of_another_study_is_refused() -> None:
    views = four_views()
    content = content_of(views)
    views[3].StudyInstanceUID = "1.2.3"
    with pytest.raises(ReportError, match="does not belong to study"):
        build_measurement_report(content, views)


def test_images_of_two_patients_are_refused() -> None:
    views = four_views()
    views[2].PatientID = "SOMEBODY-ELSE"
    with pytest.raises(ReportError, match="more than one Patient ID") as refusal:
        build_measurement_report(content_of(views), views)
    assert "SOMEBODY" not in str(refusal.value)


def test_a_patient_id_that_only_some_images_state_is_no_contradiction() -> None:
    views = four_views()
    views[0].PatientID = ""
    assert build_measurement_report(content_of(views), views).PatientID == ""


def test_a_document_is_no_evidence() -> None:
    views = four_views()
    content = content_of(views)
    views[1].SOPClassUID = Comprehensive3DSRStorage
    with pytest.raises(ReportError, match="is no image"):
        build_measurement_report(content, views)


def test_an_image_that_states_next_to_nothing_is_reported_as_not_analysed() -> None:
    bare = Dataset()
    for keyword in ("SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID"):
        setattr(bare, keyword, four_views()[0][keyword].value)
    content = content_of([], [left_out(bare, UNREADABLE)], (), study_instance_uid=str(bare.StudyInstanceUID))
    report = build_measurement_report(content, [bare])
    assert child(report, "126010", "125007", "NOTANREASON").ConceptCodeSequence[0].CodeValue == UNREADABLE.value


@pytest.mark.filterwarnings("ignore:Invalid value for VR UI")
def test_a_uid_with_a_leading_zero_is_repeated_to_the_letter() -> None:
    image = small()
    image.StudyInstanceUID, image.SOPInstanceUID = "1.2.03", "1.2.03.4"
    report = build_measurement_report(content_of([image], probabilities=(0.5,)), [image])
    assert report.StudyInstanceUID == "1.2.03"
    (study,) = report.CurrentRequestedProcedureEvidenceSequence
    (series,) = study.ReferencedSeriesSequence
    assert series.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == "1.2.03.4"


def test_no_log_carries_the_patient(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        for case in CASES.values():
            build_measurement_report(case.content, case.evidence)
    for name in ("Phantom", "Müller", "Łuczak", "Yamada", "PHANTOM-5", "19700101"):
        assert name not in caplog.text
