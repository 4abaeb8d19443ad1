"""Each kind of image that is not analysed, and its coded reason."""

from collections.abc import Callable
from typing import cast

import pytest
from pydicom.dataset import Dataset, FileDataset
from pydicom.sequence import Sequence
from pydicom.sr._concepts_dict import concepts
from pydicom.uid import BreastProjectionXRayImageStorageForPresentation, CTImageStorage

from dicom_node.eligibility import PRIVATE_SCHEME, NotAnalysed, assess
from dicom_node.errors import ConversionError
from dicom_node.geometry import identify_view
from tests.synthetic import EXPECTED_VIEWS, make_mg, make_secondary_capture

# scheme -> keyword -> code value -> (meaning, context groups)
CONCEPTS = cast("dict[str, dict[str, dict[str, tuple[str, list[int]]]]]", concepts)


def reason_of(header: Dataset) -> NotAnalysed | None:
    return assess(header, identify_view(header))


@pytest.mark.parametrize(("laterality", "view"), EXPECTED_VIEWS)
def test_the_four_standard_views_are_analysed(laterality: str, view: str) -> None:
    assert reason_of(make_mg(laterality=laterality, view=view)) is None


def test_a_digitised_film_with_side_and_view_is_analysed() -> None:
    assert reason_of(make_secondary_capture()) is None


def test_a_nipple_in_profile_is_still_a_standard_view() -> None:
    assert reason_of(make_mg(modifiers=["NIPPLE_IN_PROFILE"])) is None


MAKERS: dict[NotAnalysed, Callable[[], FileDataset]] = {
    NotAnalysed.FOR_PROCESSING: lambda: make_mg(for_processing=True),
    NotAnalysed.TOMOSYNTHESIS: lambda: make_mg(tomosynthesis=True),
    NotAnalysed.SPECIMEN: lambda: make_mg(view="SPECIMEN"),
    NotAnalysed.IMPLANT: lambda: make_mg(implant=True),
    NotAnalysed.SPOT: lambda: make_mg(modifiers=["SPOT"]),
    NotAnalysed.MAGNIFICATION: lambda: make_mg(modifiers=["MAGNIFICATION"]),
    NotAnalysed.PARTIAL_VIEW: lambda: make_mg(partial_view=True),
    NotAnalysed.UNSUPPORTED_VIEW: lambda: make_mg(view="XCCL"),
    NotAnalysed.TOO_SMALL: lambda: make_mg(rows=400, columns=300),
}


@pytest.mark.parametrize("reason", MAKERS, ids=lambda reason: reason.name)
def test_an_image_the_model_has_not_learnt_is_not_analysed(reason: NotAnalysed) -> None:
    assert reason_of(MAKERS[reason]()) is reason


def changed(**changes: object) -> FileDataset:
    header = make_mg()
    for keyword, value in changes.items():
        if value is None:
            delattr(header, keyword)
        else:
            setattr(header, keyword, value)
    return header


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"SOPClassUID": CTImageStorage}, NotAnalysed.NOT_MAMMOGRAPHY),
        ({"Modality": "OT"}, NotAnalysed.NOT_MAMMOGRAPHY),
        ({"Modality": None}, NotAnalysed.NOT_MAMMOGRAPHY),
        ({"QualityControlImage": "YES"}, NotAnalysed.NOT_MAMMOGRAPHY),
        ({"PresentationIntentType": "FOR PROCESSING"}, NotAnalysed.FOR_PROCESSING),
        ({"SOPClassUID": BreastProjectionXRayImageStorageForPresentation}, NotAnalysed.TOMOSYNTHESIS),
        ({"ImageType": ["DERIVED", "PRIMARY", "TOMO_2D", "GENERATED_2D"]}, NotAnalysed.TOMOSYNTHESIS),
        ({"SpecimenDescriptionSequence": Sequence([Dataset()])}, NotAnalysed.SPECIMEN),
        ({"EstimatedRadiographicMagnificationFactor": "1.8"}, NotAnalysed.MAGNIFICATION),
        ({"ImageLaterality": None}, NotAnalysed.MISSING_LATERALITY),
        ({"ImageLaterality": "B"}, NotAnalysed.MISSING_LATERALITY),
        ({"ViewCodeSequence": None, "ViewPosition": None}, NotAnalysed.MISSING_VIEW),
        ({"Laterality": "R"}, NotAnalysed.CONTRADICTORY_IDENTITY),
        ({"ViewPosition": "MLO"}, NotAnalysed.CONTRADICTORY_IDENTITY),
        ({"ImagerPixelSpacing": ["0.05", "0.05"]}, NotAnalysed.TOO_SMALL),
    ],
)
def test_each_sign_alone_is_enough(changes: dict[str, object], reason: NotAnalysed) -> None:
    assert reason_of(changed(**changes)) is reason


@pytest.mark.parametrize("modifier", ["CLEAVAGE", "AXILLARY_TAIL", "TANGENTIAL", "ROLLED_LATERAL"])
def test_additional_views_are_not_analysed(modifier: str) -> None:
    assert reason_of(make_mg(modifiers=[modifier])) is NotAnalysed.UNSUPPORTED_VIEW


def test_an_implant_displaced_view_counts_as_implant() -> None:
    assert reason_of(make_mg(modifiers=["IMPLANT_DISPLACED"])) is NotAnalysed.IMPLANT


def test_contact_magnification_is_normal() -> None:
    assert reason_of(changed(EstimatedRadiographicMagnificationFactor="1.09")) is None


def test_missing_size_is_an_error_for_the_caller_to_report() -> None:
    with pytest.raises(ConversionError, match=r"\(0028,0010\)"):
        reason_of(changed(Rows=None))


@pytest.mark.parametrize("reason", NotAnalysed, ids=lambda reason: reason.name)
def test_every_reason_is_a_valid_code_with_a_sentence(reason: NotAnalysed) -> None:
    value, scheme, meaning = reason.concept

    assert len(value) <= 16
    assert 0 < len(meaning) <= 64
    assert reason.sentence.endswith(".")
    if scheme != PRIVATE_SCHEME:
        known = [entry[value][0] for entry in CONCEPTS[scheme].values() if value in entry]
        assert meaning in known
