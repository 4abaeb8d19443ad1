"""Maps in the original picture's pixels."""

import numpy as np
import pytest

from inference.contract import InputSpec, View
from inference.errors import ViewError
from inference.preprocess import Prepared, to_tensor
from inference.saliency import over_image, peaks
from tests.inference.test_preprocess import breast_picture

SPEC = InputSpec(640, 320)


@pytest.fixture(params=[False, True], ids=["chest wall left", "chest wall right"])
def view(request: pytest.FixtureRequest) -> Prepared:
    """A breast at the left or at the right edge."""
    return to_tensor(View("x", breast_picture(1200, 900, request.param)), SPEC)


def heat_at(view: Prepared, row: float, column: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """A map with one hot cell where a picture's point lies."""
    y, x = view.placement.to_tensor(row, column)
    heat = np.full((40, 20, 2), 0.01, np.float32)
    heat[int(y // 16), int(x // 16)] = (0.9, 0.7)
    return heat


def test_a_hot_cell_peaks_where_it_lies_in_the_picture(view: Prepared) -> None:
    column = 650.0 if view.placement.flip_horizontal else 250.0
    (peak,) = peaks(heat_at(view, 600.0, column), view)
    assert (peak.row, peak.column) == pytest.approx((600.0, column), abs=30.0)
    assert (peak.mass, peak.malignant) == pytest.approx((0.9, 0.7))


def test_a_map_without_a_mass_has_no_peak(view: Prepared) -> None:
    assert peaks(np.full((40, 20, 2), 0.01, np.float32), view) == ()


def test_neighbours_count_once_and_the_hottest_comes_first(view: Prepared) -> None:
    heat = np.zeros((40, 20, 2), np.float32)
    heat[10, 5, 0], heat[11, 6, 0], heat[30, 8, 0] = 0.5, 0.4, 0.8
    assert [peak.mass for peak in peaks(heat, view)] == pytest.approx([0.8, 0.5])


def test_the_laid_map_has_the_pictures_shape_and_is_hottest_on_the_point(view: Prepared) -> None:
    column = 650.0 if view.placement.flip_horizontal else 250.0
    laid = over_image(heat_at(view, 600.0, column), view, longest=600)
    assert laid.shape == (600, 450)
    row, found = np.unravel_index(int(laid.argmax()), laid.shape)
    assert (row * 2.0, found * 2.0) == pytest.approx((600.0, column), abs=30.0)


def test_a_map_of_another_kind_is_refused(view: Prepared) -> None:
    with pytest.raises(ViewError, match="not one of two maps"):
        peaks(np.zeros((40, 20, 1), np.float32), view)
