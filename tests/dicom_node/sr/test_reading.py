from datetime import UTC
from io import BytesIO
from math import isclose

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.dataset import Dataset

from dicom_node.errors import ReportError
from dicom_node.sr.content import ReportContent
from dicom_node.sr.measurement import build_measurement_report, to_part10
from dicom_node.sr.reading import read_measurement_report
from tests.dicom_node.sr.cases import Case, cases, content_of, small
from tests.dicom_node.sr.drawing import contents, header_of

CASES = {case.name: case for case in cases()}


def _through_a_file(content: ReportContent, evidence: list[Dataset]) -> Dataset:
    return dcmread(BytesIO(to_part10(build_measurement_report(content, evidence))))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(contents())
def test_what_was_written_is_read_back(content: ReportContent) -> None:
    evidence = [header_of(image.sop_instance_uid) for image in content.all_images]
    assert read_measurement_report(_through_a_file(content, evidence)) == content


@settings(max_examples=15, deadline=None)
@given(st.floats(0, 1))
def test_a_probability_loses_at_most_its_last_bits_in_percent(probability: float) -> None:
    content = content_of([small()], probabilities=(probability,))
    image = header_of(content.images[0].sop_instance_uid)
    image.StudyInstanceUID = content.study_instance_uid
    read = read_measurement_report(_through_a_file(content, [image]))
    assert isclose(read.images[0].probability, probability, rel_tol=1e-15, abs_tol=1e-300)
    assert read.images[0].label is content.images[0].label


@pytest.mark.parametrize("case", CASES.values(), ids=lambda case: case.name)
def test_each_kind_of_report_is_read_back(case: Case) -> None:
    assert read_measurement_report(_through_a_file(case.content, list(case.evidence))) == case.content


def test_the_time_is_read_back_whatever_the_time_zone_of_the_images() -> None:
    case = CASES["rich source"]
    read = read_measurement_report(_through_a_file(case.content, list(case.evidence)))
    assert read.created_at == case.content.created_at
    assert read.created_at.tzinfo == UTC


def test_another_document_is_refused() -> None:
    with pytest.raises(ReportError, match=r"is no Comprehensive 3D SR"):
        read_measurement_report(small())


def test_a_report_of_another_maker_is_refused_with_its_uid() -> None:
    case = CASES["one breast"]
    report = build_measurement_report(case.content, case.evidence)
    report.ContentSequence = []
    with pytest.raises(ReportError, match=f"Object {report.SOPInstanceUID} is no measurement report"):
        read_measurement_report(report)
