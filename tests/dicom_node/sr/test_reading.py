from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from io import BytesIO
from math import isclose

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import DigitalMammographyXRayImageStorageForPresentation

from dicom_node.errors import ReportError
from dicom_node.sr import codes
from dicom_node.sr.codes import Concept
from dicom_node.sr.content import (
    Algorithm,
    BreastResult,
    ImageResult,
    NotAnalysedImage,
    OperatingPoint,
    ReportContent,
    StudyResult,
)
from dicom_node.sr.measurement import build_measurement_report, to_part10
from dicom_node.sr.reading import read_measurement_report
from tests.dicom_node.sr.cases import Case, cases, content_of, predecessor_of, small

CASES = {case.name: case for case in cases()}
STUDY = "2.25.1"

# what LO and UT hold: printable, beyond ASCII, no blanks around, no backslash
_letters = st.characters(exclude_categories=("C", "Z"), exclude_characters="\\")
_short = st.text(_letters, min_size=1, max_size=64)
_probabilities = st.floats(0, 1, width=32)  # a float32 survives percent and back without loss
_sides = st.sampled_from(["L", "R", None])
_views = st.sampled_from([*codes.VIEWS, None])
_concepts = st.builds(
    Concept,
    st.text("ABCDEFGHIJ0123456789", min_size=1, max_size=16),
    st.sampled_from(["DCM", "SCT", codes.PRIVATE_SCHEME, "99OTHER"]),
    _short,
)
_left_out = st.builds(NotAnalysedImage, st.just("1.2"), _sides, _views, _concepts, _short, st.booleans())
_algorithms = st.builds(
    Algorithm,
    _short,
    _short,
    st.text("0123456789abcdef", min_size=64, max_size=64),
    _short,
    st.lists(_short.filter(lambda text: "=" not in text), max_size=2).map(tuple),
)
_zones = st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
_times = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=_zones)


@st.composite
def contents(draw: st.DrawFn) -> ReportContent:
    point = OperatingPoint(draw(_short), draw(_probabilities))
    scores = draw(st.lists(st.tuples(_sides, _views, _probabilities), max_size=4))
    images = tuple(
        ImageResult(f"2.25.1{number}", side, view, p, point.classify(p))
        for number, (side, view, p) in enumerate(scores)
    )
    unknown = draw(st.lists(_left_out, min_size=0 if images else 1, max_size=3))
    left_out = tuple(replace(image, sop_instance_uid=f"2.25.2{number}") for number, image in enumerate(unknown))
    sides = {image.laterality for image in images if image.laterality}
    breasts = {side: draw(_probabilities) for side in sides if draw(st.booleans())}
    study = draw(_probabilities)
    content = ReportContent(
        study_instance_uid=STUDY,
        round_number=draw(st.integers(1, 99)),
        created_at=draw(_times),
        algorithm=draw(_algorithms),
        operating_point=point,
        images=images,
        breasts=tuple(BreastResult(side, p, point.classify(p)) for side, p in breasts.items()),
        study=StudyResult(study, point.classify(study)) if images else None,
        not_analysed=left_out,
    )
    if content.round_number > 1 and draw(st.booleans()):
        earlier = replace(content, round_number=content.round_number - 1)
        content = replace(content, predecessor=predecessor_of(earlier))
    return content


def _header(uid: str) -> Dataset:
    header = Dataset()
    header.SOPClassUID = DigitalMammographyXRayImageStorageForPresentation
    header.SOPInstanceUID = uid
    header.StudyInstanceUID = STUDY
    header.SeriesInstanceUID = "2.25.9"
    header.Modality = "MG"
    header.Rows, header.Columns = 32, 24
    return header


def _through_a_file(content: ReportContent, evidence: list[Dataset]) -> Dataset:
    return dcmread(BytesIO(to_part10(build_measurement_report(content, evidence))))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(contents())
def test_what_was_written_is_read_back(content: ReportContent) -> None:
    evidence = [_header(image.sop_instance_uid) for image in content.all_images]
    assert read_measurement_report(_through_a_file(content, evidence)) == content


@settings(max_examples=15, deadline=None)
@given(st.floats(0, 1))
def test_a_probability_loses_at_most_its_last_bits_in_percent(probability: float) -> None:
    content = content_of([small()], probabilities=(probability,))
    image = _header(content.images[0].sop_instance_uid)
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
