from dataclasses import replace
from io import BytesIO

import highdicom as hd
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from dicom_node.sr.measurement import build_measurement_report, to_part10
from dicom_node.sr.reading import read_measurement_report
from dicom_node.sr.regions import LONE_PLACE
from tests.dicom_node.sr.cad_cases import cad_cases, marked
from tests.dicom_node.sr.cases import Case, content_of, four_views

PROBABILITY = hd.sr.CodedConcept("111047", "DCM", "Probability of cancer")
CASES = {case.name: case for case in cad_cases()}


def _read_back(case: Case) -> Dataset:
    return dcmread(BytesIO(to_part10(build_measurement_report(case.content, case.evidence))))


@pytest.mark.parametrize("name", ["marked places", "one marked place", "marked partly", "no place found"])
def test_marked_places_are_read_back(name: str) -> None:
    assert read_measurement_report(_read_back(CASES[name])) == CASES[name].content


def test_highdicom_reads_the_same_regions_back() -> None:
    case = marked()
    report = hd.sr.srread(BytesIO(to_part10(build_measurement_report(case.content, case.evidence))))
    assert isinstance(report.content, hd.sr.MeasurementReport)
    groups = report.content.get_planar_roi_measurement_groups()
    found = {}
    for group in groups:
        (number,) = group.get_measurements(name=PROBABILITY)
        shape, kind = group.roi, group.finding_type
        assert shape is not None
        assert kind is not None
        key = (group.tracking_identifier, shape.graphic_type.value)
        found[key] = (shape.value.tolist(), number.value / 100, kind.value)
    expected = {}
    for finding in case.content.findings:
        centre, outline = [list(finding.centre)], [list(point) for point in finding.outline]
        expected[finding.identifier, "POINT"] = (centre, finding.probability, "129788004")
        if outline:
            expected[finding.identifier, "POLYLINE"] = (outline, finding.probability, "129788004")
    assert len(groups) == len(expected)
    assert found == expected


def test_a_lone_place_is_left_to_the_cad_report_and_the_report_says_so() -> None:
    case = marked()
    lone = replace(case.content, findings=(case.content.findings[0],))
    assert lone.findings[0].outline == ()
    report = _read_back(Case("lone", lone, case.evidence))
    assert LONE_PLACE in report.to_json()
    assert read_measurement_report(report) == replace(lone, findings=())


def test_a_report_without_places_says_nothing_about_them() -> None:
    views = four_views()
    report = _read_back(Case("plain", content_of(views), tuple(views)))
    assert not read_measurement_report(report).detects
    assert "111030" not in report.to_json()
