from dataclasses import replace

from pydicom.dataset import Dataset

from dicom_node.sr.content import ReportContent
from dicom_node.sr.groups import measurement_groups
from dicom_node.sr.identity import tracking_uid
from tests.dicom_node.sr.cases import ALGORITHM, content_of, four_views, left_out, small
from tests.dicom_node.sr.faults import child, name_of

VIEWS = four_views()
IMPLANT = small(laterality="L", view="ML", instance_number=7)
HEADERS = {str(header.SOPInstanceUID): header for header in (*VIEWS, IMPLANT)}
CONTENT = content_of(VIEWS, [left_out(IMPLANT)])


def _groups(content: ReportContent = CONTENT) -> list[Dataset]:
    return [template[0] for template in measurement_groups(content, HEADERS)]


def _texts(parent: Dataset, code_value: str) -> list[str]:
    return [str(item.TextValue) for item in parent.ContentSequence if name_of(item) == code_value]


def test_the_study_comes_first_then_breasts_then_images_then_what_was_left_out() -> None:
    assert [_texts(group, "112039") for group in _groups()] == [
        ["Study"],
        ["Breast, right"],
        ["Breast, left"],
        ["Image, right, CC"],
        ["Image, left, CC"],
        ["Image, right, MLO"],
        ["Image, left, MLO"],
        ["Image, left, ML"],
    ]


def test_each_group_is_tracked_by_what_it_is_about() -> None:
    study = CONTENT.study_instance_uid
    expected = [tracking_uid(study, "study"), tracking_uid(study, "breast", "R"), tracking_uid(study, "breast", "L")]
    expected += [tracking_uid(study, "image", header.SOPInstanceUID) for header in (*VIEWS, IMPLANT)]
    assert [child(group, "112040").UID for group in _groups()] == expected


def test_each_group_names_its_breast_or_both() -> None:
    sites = [child(group, "363698007") for group in _groups()]
    assert {site.ConceptCodeSequence[0].CodeValue for site in sites} == {"76752008"}
    sides = [child(site, "272741003").ConceptCodeSequence[0].CodeMeaning for site in sites]
    assert sides == ["Bilateral", "Right", "Left", "Right", "Left", "Right", "Left", "Left"]


def test_a_group_of_an_unknown_side_names_the_breast_alone() -> None:
    unknown = replace(CONTENT.images[0], laterality=None, view=None)
    content = replace(CONTENT, images=(unknown,), breasts=(), study=CONTENT.study, not_analysed=())
    study, image = _groups(content)
    assert _texts(image, "112039") == ["Image, side unknown, view unknown"]
    for group in (study, image):
        assert "ContentSequence" not in child(group, "363698007")


def test_a_probability_is_given_in_percent_and_exactly() -> None:
    number = child(_groups()[3], "111047").MeasuredValueSequence[0]
    assert (number.NumericValue, number.FloatingPointValue) == (87.5, 87.5)
    assert number.MeasurementUnitsCodeSequence[0].CodeValue == "%"


def test_each_probability_names_the_algorithm_down_to_file_and_operating_point() -> None:
    for group in _groups()[:-1]:
        number = child(group, "111047")
        assert _texts(number, "111001") == [ALGORITHM.name]
        assert _texts(number, "111003") == [ALGORITHM.version]
        assert _texts(number, "122405") == [ALGORITHM.manufacturer]
        assert _texts(number, "111002") == [
            f"sha256={ALGORITHM.sha256}",
            "operating_point=balanced",
            "threshold=0.375",
            "input=1152x896",
        ]


def test_an_image_left_out_names_the_algorithm_that_left_it_out() -> None:
    assert _texts(_groups()[-1], "111001") == [ALGORITHM.name]


def test_labels_are_coded() -> None:
    labels = [child(group, "OPCLASS").ConceptCodeSequence[0].CodeMeaning for group in _groups()[:-1]]
    assert labels == ["Malignant", "Malignant", "Benign", "Malignant", "Benign", "Malignant", "Benign"]
