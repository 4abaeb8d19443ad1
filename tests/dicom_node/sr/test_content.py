from dataclasses import replace
from datetime import datetime

import pytest

from dicom_node.errors import ReportError
from dicom_node.sr.content import (
    Algorithm,
    BreastResult,
    ImageResult,
    Label,
    NotAnalysedImage,
    OperatingPoint,
    StudyResult,
)
from tests.dicom_node.sr.cases import (
    ALGORITHM,
    IMPLANT,
    OPERATING_POINT,
    content_of,
    four_views,
    left_out,
    predecessor_of,
    small,
)

VIEWS = four_views()
CONTENT = content_of(VIEWS)


def _image(**changes: object) -> ImageResult:
    return replace(CONTENT.images[0], **changes)  # type: ignore[arg-type]


def test_images_and_breasts_are_brought_to_reading_order() -> None:
    turned = replace(CONTENT, images=CONTENT.images[::-1], breasts=CONTENT.breasts[::-1])
    assert [(image.view, image.laterality) for image in turned.images] == [
        ("CC", "R"),
        ("CC", "L"),
        ("MLO", "R"),
        ("MLO", "L"),
    ]
    assert [breast.laterality for breast in turned.breasts] == ["R", "L"]
    assert turned == CONTENT


def test_unknown_views_and_sides_come_last() -> None:
    unknown = _image(sop_instance_uid="1.2.3", laterality=None, view=None)
    content = replace(CONTENT, images=(unknown, *CONTENT.images))
    assert content.images[-1] == unknown


@pytest.mark.parametrize("probability", [-0.01, 1.01, float("nan"), float("inf"), 87.5])
def test_a_probability_outside_0_to_1_is_refused(probability: float) -> None:
    with pytest.raises(ReportError, match="between 0 and 1"):
        _image(probability=probability)
    with pytest.raises(ReportError, match="between 0 and 1"):
        BreastResult("L", probability, Label.MALIGNANT)
    with pytest.raises(ReportError, match="between 0 and 1"):
        StudyResult(probability, Label.MALIGNANT)
    with pytest.raises(ReportError, match="between 0 and 1"):
        OperatingPoint("balanced", probability)


def test_an_image_cannot_be_both_analysed_and_not() -> None:
    with pytest.raises(ReportError, match="twice"):
        replace(CONTENT, not_analysed=(left_out(VIEWS[0]),))


def test_an_image_cannot_be_analysed_twice() -> None:
    with pytest.raises(ReportError, match="twice"):
        replace(CONTENT, images=(*CONTENT.images, CONTENT.images[0]))


def test_a_report_without_any_image_is_refused() -> None:
    with pytest.raises(ReportError, match="at least one image"):
        replace(CONTENT, images=(), breasts=(), study=None)


def test_a_study_result_needs_an_analysed_image_and_the_other_way_round() -> None:
    implant = (left_out(small(view="ML", instance_number=9)),)
    with pytest.raises(ReportError, match="exactly when"):
        replace(CONTENT, images=(), breasts=(), not_analysed=implant)
    with pytest.raises(ReportError, match="exactly when"):
        replace(CONTENT, study=None)


def test_a_breast_without_an_analysed_image_is_refused() -> None:
    with pytest.raises(ReportError, match="none of its images was analysed"):
        replace(CONTENT, images=CONTENT.images_of("R"))


def test_a_breast_is_left_or_right_and_stands_there_once() -> None:
    with pytest.raises(ReportError, match="L or R"):
        BreastResult("B", 0.1, Label.BENIGN)
    with pytest.raises(ReportError, match="twice"):
        replace(CONTENT, breasts=(*CONTENT.breasts, CONTENT.breasts[0]))


def test_a_label_that_contradicts_its_probability_is_refused() -> None:
    with pytest.raises(ReportError, match=r"contradicts the probability 0\.875 at the threshold 0\.375"):
        replace(CONTENT, images=(_image(label=Label.BENIGN), *CONTENT.images[1:]))


def test_the_threshold_itself_is_malignant_and_its_last_bit_is_not_disputed() -> None:
    assert OPERATING_POINT.classify(0.375) is Label.MALIGNANT
    assert OPERATING_POINT.classify(0.3749) is Label.BENIGN
    for label in Label:
        at_threshold = replace(CONTENT, images=(_image(probability=0.375, label=label), *CONTENT.images[1:]))
        assert at_threshold.images[0].label is label


@pytest.mark.parametrize("uid", ["", "1..2", "1.2.", "1.2.a", "../../etc", "1." + "2" * 63, "1.2\n"])
def test_what_is_no_uid_is_refused(uid: str) -> None:
    with pytest.raises(ReportError, match="is not a UID"):
        _image(sop_instance_uid=uid)
    with pytest.raises(ReportError, match="is not a UID"):
        replace(CONTENT, study_instance_uid=uid)


def test_an_image_with_an_unknown_side_or_view_is_refused() -> None:
    with pytest.raises(ReportError, match="laterality"):
        _image(laterality="B")
    with pytest.raises(ReportError, match="view"):
        _image(view="SIDEWAYS")


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""},
        {"name": "n" * 65},
        {"version": "1\\2"},
        {"manufacturer": " padded"},
        {"sha256": "abc"},
        {"sha256": "A" * 64},
        {"parameters": ("threshold=0.1",)},
        {"parameters": ("two\nlines",)},
    ],
)
def test_an_algorithm_that_no_report_could_name_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ReportError, match=r"algorithm|written by the report itself"):
        replace(ALGORITHM, **changes)  # type: ignore[arg-type]


def test_an_explanation_becomes_one_line_and_must_say_something() -> None:
    told = NotAnalysedImage("1.2.3", None, None, IMPLANT, " broken\r\n\tfile\x00 ")
    assert told.explanation == "broken file"
    with pytest.raises(ReportError, match="explanation"):
        NotAnalysedImage("1.2.3", None, None, IMPLANT, " \n ")


def test_rounds_are_counted_from_one() -> None:
    with pytest.raises(ReportError, match="counted from 1"):
        replace(CONTENT, round_number=0)


def test_a_report_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ReportError, match="time zone"):
        replace(CONTENT, created_at=datetime(2024, 1, 2))


def test_a_predecessor_belongs_to_the_same_study_and_an_earlier_round() -> None:
    predecessor = predecessor_of(CONTENT)
    assert replace(CONTENT, round_number=2, predecessor=predecessor).predecessor == predecessor
    with pytest.raises(ReportError, match="first round"):
        replace(CONTENT, predecessor=predecessor)
    stranger = replace(predecessor, study_instance_uid="1.2.3")
    with pytest.raises(ReportError, match="same study"):
        replace(CONTENT, round_number=2, predecessor=stranger)


def test_an_algorithm_needs_no_parameters() -> None:
    assert Algorithm("A", "1", "0" * 64, "M").parameters == ()
