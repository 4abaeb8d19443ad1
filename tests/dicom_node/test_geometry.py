"""Side, view and orientation, each with the attribute it came from."""

import numpy as np
import pytest
from pydicom.dataset import Dataset

from dicom_node.errors import ConversionError
from dicom_node.geometry import Source, identify_view
from tests.synthetic import EXPECTED_VIEWS, breast_phantom, make_mg, make_secondary_capture


@pytest.mark.parametrize(("laterality", "view"), EXPECTED_VIEWS)
def test_the_coded_attributes_are_read_first(laterality: str, view: str) -> None:
    identity = identify_view(make_mg(laterality=laterality, view=view))

    assert (identity.laterality, identity.view) == (laterality, view)
    assert identity.laterality_source is Source.IMAGE_LATERALITY
    assert identity.view_source is Source.VIEW_CODE_SEQUENCE
    assert identity.orientation_source is Source.PATIENT_ORIENTATION
    assert identity.contradiction is None


@pytest.mark.parametrize("view", ["ML", "LM", "LMO", "XCCL", "XCCM", "FB", "SPECIMEN"])
def test_the_other_views_of_cid_4014_are_named(view: str) -> None:
    assert identify_view(make_mg(view=view)).view == view


def test_former_srt_codes_are_understood() -> None:
    header = make_mg(view="MLO")
    header.ViewCodeSequence[0].CodeValue = "R-10226"
    header.ViewCodeSequence[0].CodingSchemeDesignator = "SRT"
    del header.ViewPosition

    assert identify_view(header).view == "MLO"


@pytest.mark.parametrize(("laterality", "view"), EXPECTED_VIEWS)
@pytest.mark.parametrize("flip_horizontal", [False, True])
@pytest.mark.parametrize("flip_vertical", [False, True])
def test_the_flips_bring_every_stored_orientation_to_chest_wall_left_and_head_up(
    laterality: str, view: str, flip_horizontal: bool, flip_vertical: bool
) -> None:
    image = make_mg(laterality=laterality, view=view, flip_horizontal=flip_horizontal, flip_vertical=flip_vertical)
    identity = identify_view(image)

    pixels = np.frombuffer(image.PixelData, "<u2").reshape(image.Rows, image.Columns)
    pixels = np.fliplr(pixels) if identity.flip_horizontal else pixels
    pixels = np.flipud(pixels) if identity.flip_vertical else pixels
    # the phantom of a left breast is drawn with the chest wall at the left edge, head up
    assert np.array_equal(pixels, breast_phantom(laterality="L", view=view))


def test_view_position_is_the_first_fall_back() -> None:
    header = make_mg(view="MLO")
    del header.ViewCodeSequence

    identity = identify_view(header)

    assert (identity.view, identity.view_source) == ("MLO", Source.VIEW_POSITION)


def test_film_archives_keep_the_view_in_patient_orientation_and_the_side_in_laterality() -> None:
    identity = identify_view(make_secondary_capture(laterality="R", view="MLO"))

    assert (identity.laterality, identity.laterality_source) == ("R", Source.LATERALITY)
    assert (identity.view, identity.view_source) == ("MLO", Source.PATIENT_ORIENTATION)
    assert identity.orientation_source is Source.ASSUMED
    assert (identity.flip_horizontal, identity.flip_vertical) == (True, False)


def test_the_side_of_a_tomosynthesis_stands_in_its_functional_groups() -> None:
    identity = identify_view(make_mg(laterality="R", tomosynthesis=True))

    assert (identity.laterality, identity.laterality_source) == ("R", Source.FRAME_LATERALITY)


def test_nothing_is_guessed_where_the_header_is_silent() -> None:
    identity = identify_view(Dataset())

    assert (identity.laterality, identity.view) == (None, None)
    assert (identity.laterality_source, identity.view_source) == (Source.NONE, Source.NONE)
    assert identity.contradiction is None


def test_an_image_of_both_breasts_has_no_side() -> None:
    header = make_mg()
    header.ImageLaterality = "B"

    assert identify_view(header).laterality is None


def contradictory(**changes: object) -> Dataset:
    header = make_mg(laterality="L", view="MLO")
    for keyword, value in changes.items():
        setattr(header, keyword, value)
    return header


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"Laterality": "R"}, "Laterality (0020,0060) is R"),
        ({"ViewPosition": "CC"}, "View Position"),
        ({"PatientOrientation": ["A", "FL"]}, "not that of a MLO view of the L breast"),
        ({"PatientOrientation": ["A", "HR"]}, "not that of a MLO view of the L breast"),
        ({"PatientOrientation": ["F", "A"]}, "turned"),
    ],
)
def test_a_contradiction_is_reported_and_not_resolved(changes: dict[str, object], words: str) -> None:
    contradiction = identify_view(contradictory(**changes)).contradiction

    assert contradiction is not None
    assert words in contradiction


def test_a_cranio_caudal_view_cannot_run_from_head_to_foot() -> None:
    header = make_mg(view="CC")
    header.PatientOrientation = ["A", "F"]

    assert identify_view(header).contradiction is not None


@pytest.mark.parametrize("orientation", [["A", "FR"], ["A", "RF"], ["P", "HL"], ["P", "FR"], ["A", "F"]])
def test_every_consistent_orientation_of_an_oblique_view_is_accepted(orientation: list[str]) -> None:
    assert identify_view(contradictory(PatientOrientation=orientation)).contradiction is None


def test_a_malformed_attribute_is_an_error_that_names_it() -> None:
    header = make_mg()
    header.add_new(0x00540220, "LO", "no sequence")

    with pytest.raises(ConversionError, match=r"\(0054,0220\)"):
        identify_view(header)
