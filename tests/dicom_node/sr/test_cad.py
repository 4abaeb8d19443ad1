from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, MammographyCADSRStorage

from dicom_node.contexts import REPORT_SOP_CLASSES
from dicom_node.errors import ReportError
from dicom_node.sr.cad import build_cad_report
from dicom_node.sr.cad_reading import read_cad_report
from dicom_node.sr.content import ReportContent
from dicom_node.sr.document import RESEARCH_USE_ONLY, to_part10
from dicom_node.sr.identity import ReportKind, report_instance_uid
from dicom_node.sr.measurement import build_measurement_report
from dicom_node.sr.outcome import outcome
from tests.dicom_node.sr import cad_faults
from tests.dicom_node.sr.cad_cases import OUTCOMES, SPOT, cad_cases, findings_of, marked, partly, read_again
from tests.dicom_node.sr.cad_faults import COMPOSITE, DETECTION, FINDING, IMPRESSION, OVERALL, find, named
from tests.dicom_node.sr.cases import Case, content_of, four_views, predecessor_of, small
from tests.dicom_node.sr.drawing import contents, header_of

CASES = {case.name: case for case in cad_cases()}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(contents(exact=True))
def test_what_was_written_is_read_back_to_the_last_bit(content: ReportContent) -> None:
    evidence = tuple(header_of(image.sop_instance_uid) for image in content.all_images)
    assert read_cad_report(read_again(Case("drawn", content, evidence))) == content


@pytest.mark.parametrize("name", CASES)
def test_each_kind_of_report_is_read_back(name: str) -> None:
    assert read_cad_report(read_again(CASES[name])) == CASES[name].content


def test_the_same_content_and_headers_give_the_same_bytes() -> None:
    case = CASES["marked partly"]
    first = to_part10(build_cad_report(case.content, case.evidence))
    assert to_part10(build_cad_report(case.content, case.evidence[::-1])) == first


def _summary(report: Dataset) -> tuple[str, str, str]:
    overall, detections, analyses = (
        str(find(report, name).ConceptCodeSequence[0].CodeValue) for name in ("111017", "111064", "111065")
    )
    return overall, detections, analyses


def test_the_five_outcomes_are_told_apart() -> None:
    by_outcome: dict[str, set[tuple[str, str]]] = {}
    for name, expected in OUTCOMES.items():
        assert outcome(CASES[name].content) is expected
        overall, _, analyses = _summary(read_again(CASES[name]))
        by_outcome.setdefault(expected.value, set()).add((overall, analyses))
    assert by_outcome == {
        "succeeded with findings": {("111242", "111222")},
        "succeeded without findings": {("111241", "111222")},
        "partly succeeded": {("111244", "111223")},
        "failed": {("111245", "111224")},
        "not attempted": {("111245", "111225")},
    }


def test_a_classifier_attempts_no_detection_and_marks_nothing() -> None:
    report = read_again(CASES["all analysed"])
    assert _summary(report) == ("111242", "111225", "111222")
    assert "absence of marks is no statement" in find(report, *OVERALL, "111033").TextValue
    assert "GraphicData" not in str(report)
    assert b"SCOORD" not in to_part10(report)


def test_an_image_not_analysed_stands_below_failed_with_its_coded_reason() -> None:
    report = read_again(partly())
    failed = find(report, "111065", "111024").ContentSequence
    told = {
        tuple(item.ContentSequence[-1].ReferencedContentItemIdentifier): find(item, "111002").TextValue
        for item in failed
    }
    spot = next(image for image in partly().content.not_analysed if image.reason.means(SPOT))
    library = find(report, "111028").ContentSequence
    order = [str(entry.ReferencedSOPSequence[0].ReferencedSOPInstanceUID) for entry in library]
    number = order.index(spot.sop_instance_uid) + 1
    assert told[1, 2, number] == 'not_analysed=["399055006", "SCT", "Spot Compression"]'
    succeeded = find(report, "111065", "111062", "111004").ContentSequence
    assert [1, 2, number] not in [list(item.get("ReferencedContentItemIdentifier") or []) for item in succeeded]
    modifier = find(library[number - 1], "111031", "111032")
    assert modifier.ConceptCodeSequence[0].CodeValue == "399055006"


def test_where_nothing_was_attempted_the_description_says_why() -> None:
    report = read_again(CASES["not attempted"])
    assert "ContentSequence" not in find(report, "111065")
    described = find(report, *OVERALL, "111033").TextValue
    assert described.startswith(RESEARCH_USE_ONLY)
    assert 'not attempted: ["IMPLANT", "99MAMMONODE", "Breast implant present"]' in described
    assert "111013" not in {named(item) for item in find(report, *OVERALL).ContentSequence}


def test_percent_is_percent() -> None:
    report = read_again(marked())
    for path, value in (
        ((*OVERALL, "111013"), "90.625"),
        ((*FINDING, "111012"), "81.25"),
        ((*FINDING, "111047"), "87.5"),
        ((*COMPOSITE, "111047"), "87.5"),
    ):
        assert find(report, *path).MeasuredValueSequence[0].NumericValue == float(value)


def test_a_finding_lies_where_the_algorithm_saw_it_on_the_image_it_saw() -> None:
    case = marked()
    report = read_again(case)
    centre = find(report, *FINDING, "111010")
    assert (centre.GraphicType, list(centre.GraphicData)) == ("POINT", [10.5, 12.25])
    (source,) = centre.ContentSequence
    *_, number = source.ReferencedContentItemIdentifier
    entry = cad_faults.entry(report, number - 1)
    assert entry.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == case.content.findings[1].sop_instance_uid
    outline = find(report, *FINDING, "111041")
    assert (outline.GraphicType, list(outline.GraphicData[:2])) == ("POLYLINE", list(outline.GraphicData[-2:]))


def test_a_place_below_the_operating_point_is_shown_on_demand() -> None:
    report = read_again(marked())
    assert find(report, *IMPRESSION, "111056").ConceptCodeSequence[0].CodeValue == "111150"
    faint = find(report, *OVERALL).ContentSequence[-1]
    intent = find(faint, "111059", "111056")
    assert intent.ConceptCodeSequence[0].CodeValue == "111151"
    assert find(intent, "111071").MeasuredValueSequence[0].NumericValue == 2
    assert find(report, *DETECTION, "111072").MeasuredValueSequence[0].NumericValue == 2


def test_a_finding_outside_its_image_is_refused() -> None:
    views = four_views()
    for centre in ((24.5, 3.0), (3.0, 32.5)):
        outside = replace(findings_of(list(views))[2], centre=centre)
        with pytest.raises(ReportError, match="outside image"):
            build_cad_report(replace(content_of(views), findings=(outside,)), views)


def test_the_report_is_another_object_than_the_measurement_report_and_names_its_own_predecessor() -> None:
    case = CASES["second round"]
    report = read_again(case)
    other = build_measurement_report(case.content, case.evidence)
    assert report.SOPClassUID == MammographyCADSRStorage
    assert MammographyCADSRStorage in REPORT_SOP_CLASSES
    assert report.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
    assert report.SOPInstanceUID == report_instance_uid(case.content, ReportKind.MAMMOGRAPHY_CAD)
    assert report.SOPInstanceUID != other.SOPInstanceUID
    assert report.SeriesInstanceUID != other.SeriesInstanceUID
    earlier = report.PredecessorDocumentsSequence[0].ReferencedSeriesSequence[0].ReferencedSOPSequence[0]
    assert case.content.predecessor is not None
    assert earlier.ReferencedSOPInstanceUID == case.content.predecessor.sop_instance_uid


def test_a_report_cannot_replace_itself() -> None:
    views = four_views()
    content = replace(content_of(views), round_number=2)
    itself = replace(
        predecessor_of(content), sop_instance_uid=str(report_instance_uid(content, ReportKind.MAMMOGRAPHY_CAD))
    )
    with pytest.raises(ReportError, match="its own predecessor"):
        build_cad_report(replace(content, predecessor=itself), views)


def test_request_equipment_and_device_identifier_are_carried() -> None:
    report = read_again(CASES["device identifier"])
    assert [item.RequestedProcedureID for item in report.ReferencedRequestSequence] == ["RP1"]
    (equipment,) = report.ContributingEquipmentSequence
    assert equipment.UDISequence[0].UniqueDeviceIdentifier == "(01)00844588003288(17)141120(10)7654321D"
    assert equipment.DeviceSerialNumber == CASES["device identifier"].content.algorithm.sha256
    assert (report.SpecificCharacterSet, report.ContentQualification) == ("ISO_IR 192", "RESEARCH")


@pytest.mark.parametrize("name", cad_faults.SEEN_BY_THE_READER_ONLY)
def test_the_reader_refuses_a_report_with(name: str) -> None:
    report = read_again(marked())
    cad_faults.SEEN_BY_THE_READER_ONLY[name](report)
    with pytest.raises(ReportError):
        read_cad_report(report)


def test_another_document_is_refused() -> None:
    with pytest.raises(ReportError, match=r"is no Mammography CAD SR"):
        read_cad_report(small())
