from dataclasses import replace

import pytest

from dicom_node.errors import ReportError
from dicom_node.sr.content import ReportContent
from dicom_node.sr.findings import Finding
from tests.dicom_node.sr.cad_cases import box, findings_of
from tests.dicom_node.sr.cases import content_of, four_views, left_out

VIEWS = four_views()
CONTENT = content_of(VIEWS)
FINDINGS = findings_of(list(VIEWS))
MASS = FINDINGS[0]


def _with(*findings: Finding) -> ReportContent:
    return replace(CONTENT, findings=findings)


def test_findings_say_that_places_were_looked_for() -> None:
    assert not CONTENT.detects
    assert _with(*FINDINGS).detects
    assert replace(CONTENT, detects=True).findings == ()


def test_numbers_are_brought_to_single_precision() -> None:
    told = replace(MASS, probability=0.1, centre=(0.1, 0.2))
    assert told.probability != 0.1
    assert told.probability == pytest.approx(0.1, abs=1e-7)
    assert replace(told, probability=told.probability, centre=told.centre) == told


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"probability": 87.5}, "between 0 and 1"),
        ({"certainty": -0.1}, "between 0 and 1"),
        ({"centre": (float("nan"), 1.0)}, "a column and a row"),
        ({"centre": (-1.0, 1.0)}, "a column and a row"),
        ({"outline": box(10, 10)[:-1]}, "end at the point where it begins"),
        ({"outline": ((1.0, 1.0), (2.0, 2.0), (1.0, 1.0))}, "three different points"),
        ({"identifier": ""}, "identifier of a finding"),
        ({"composite": "C" * 65}, "composite feature"),
        ({"sop_instance_uid": "none"}, "is not a UID"),
    ],
)
def test_a_finding_that_no_report_could_hold_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ReportError, match=message):
        replace(MASS, **changes)  # type: ignore[arg-type]


def test_the_outer_corner_of_the_last_pixel_is_inside_and_beyond_it_is_not() -> None:
    replace(MASS, centre=(24.0, 32.0)).check_inside(rows=32, columns=24)
    with pytest.raises(ReportError, match="outside image"):
        replace(MASS, centre=(24.0, 32.0)).check_inside(rows=24, columns=32)


def test_a_place_on_an_image_that_was_not_analysed_is_refused() -> None:
    content = content_of(VIEWS[1:], [left_out(VIEWS[0])], (0.5, 0.5, 0.5))
    with pytest.raises(ReportError, match="was not analysed"):
        replace(content, findings=(replace(MASS, composite=None),))


def test_an_identifier_names_one_finding() -> None:
    with pytest.raises(ReportError, match="twice"):
        _with(*FINDINGS, replace(FINDINGS[2]))
    with pytest.raises(ReportError, match="names both"):
        _with(*FINDINGS[:2], replace(FINDINGS[2], identifier="R1"))


def test_a_composite_feature_joins_several_views_of_one_breast() -> None:
    with pytest.raises(ReportError, match="two or more images"):
        _with(MASS)
    with pytest.raises(ReportError, match="two or more images"):
        _with(*FINDINGS[:2], replace(MASS, identifier="R1 again"))
    with pytest.raises(ReportError, match="different breasts"):
        _with(MASS, replace(FINDINGS[2], composite="R1"))
