"""Grey levels to tensor, and the way back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from inference.contract import InputSpec, View
from inference.errors import ViewError
from inference.golden import golden_view
from inference.preprocess import Placement, to_tensor

SPEC = InputSpec(640, 320)


def breast_picture(rows: int, columns: int, chest_wall_right: bool = False) -> NDArray[np.uint16]:
    """Half an ellipse of bright tissue on black, touching one side."""
    row, column = np.mgrid[:rows, :columns]
    inside = ((row - rows / 2) / (0.4 * rows)) ** 2 + (column / (0.7 * columns)) ** 2 < 1
    pixels = np.where(inside, 20000 + (row * 7 + column * 3) % 20000, 0).astype(np.uint16)
    return np.ascontiguousarray(pixels[:, ::-1]) if chest_wall_right else pixels


placements = st.builds(
    Placement,
    image_rows=st.integers(1, 5000),
    image_columns=st.integers(1, 5000),
    top=st.integers(0, 2000),
    left=st.integers(0, 2000),
    rows=st.integers(1, 5000),
    columns=st.integers(1, 5000),
    tensor_top=st.integers(0, 600),
    tensor_left=st.integers(0, 300),
    tensor_rows=st.integers(1, 1152),
    tensor_columns=st.integers(1, 896),
    flip_horizontal=st.booleans(),
    flip_vertical=st.booleans(),
)


@given(placement=placements, row=st.floats(-100, 6000), column=st.floats(-100, 6000))
def test_a_point_goes_to_the_tensor_and_back_to_itself(placement: Placement, row: float, column: float) -> None:
    there = placement.to_tensor(row, column)
    back = placement.to_image(*there)
    assert back == pytest.approx((row, column), abs=1e-6)


@given(placement=placements)
def test_the_corners_of_the_crop_are_the_corners_of_the_filled_area(placement: Placement) -> None:
    rows = {placement.to_image(placement.tensor_top, 0.0)[0]}
    rows.add(placement.to_image(placement.tensor_top + placement.tensor_rows, 0.0)[0])
    assert sorted(rows) == pytest.approx([placement.top, placement.top + placement.rows], abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(
    rows=st.integers(300, 900),
    columns=st.integers(300, 900),
    aspect=st.floats(0.5, 2.0),
    u=st.floats(0.35, 0.65),
    v=st.floats(0.1, 0.4),
    right=st.booleans(),
)
def test_a_bright_mark_in_the_picture_is_found_in_the_tensor_where_the_placement_says(
    rows: int, columns: int, aspect: float, u: float, v: float, right: bool
) -> None:
    pixels = breast_picture(rows, columns, right) // 2
    centre_row, centre_column = int(u * rows), int((1 - v if right else v) * columns)
    half = round(0.06 * min(rows, columns))
    pixels[centre_row - half : centre_row + half + 1, centre_column - half : centre_column + half + 1] = 65535
    prepared = to_tensor(View("x", pixels, aspect), SPEC)
    weights = np.where(prepared.tensor[:, :, 0] > 0.97, 1.0, 0.0)
    found_row = float((weights.sum(1) @ (np.arange(640) + 0.5)) / weights.sum())
    found_column = float((weights.sum(0) @ (np.arange(320) + 0.5)) / weights.sum())
    back = prepared.placement.to_image(found_row, found_column)
    assert back == pytest.approx((centre_row + 0.5, centre_column + 0.5), abs=3.0)


def test_the_tensor_has_the_shape_type_and_range_the_model_takes() -> None:
    tensor = to_tensor(View("x", breast_picture(900, 700)), SPEC).tensor
    assert tensor.shape == SPEC.shape
    assert tensor.dtype == np.float32
    assert tensor.min() == 0.0
    assert tensor.max() == 1.0


def test_a_mirrored_picture_gives_the_same_tensor() -> None:
    pixels = breast_picture(801, 640)
    one = to_tensor(View("x", pixels), SPEC)
    two = to_tensor(View("x", np.ascontiguousarray(pixels[:, ::-1])), SPEC)
    assert not one.placement.flip_horizontal
    assert two.placement.flip_horizontal
    assert float(np.abs(one.tensor - two.tensor).mean()) < 0.02


def test_the_picture_wins_over_a_header_that_says_the_wrong_side() -> None:
    prepared = to_tensor(View("x", breast_picture(800, 600), flip_horizontal=True), SPEC)
    assert not prepared.placement.flip_horizontal


def test_a_picture_upside_down_is_turned_only_when_the_header_says_so() -> None:
    pixels = breast_picture(800, 600)
    pixels[200:260, 40:100] = 65535
    plain = to_tensor(View("x", pixels), SPEC)
    turned = to_tensor(View("x", np.ascontiguousarray(pixels[::-1]), flip_vertical=True), SPEC)
    assert turned.placement.flip_vertical
    assert float(np.abs(plain.tensor - turned.tensor).mean()) < 0.02


def test_the_true_aspect_is_kept() -> None:
    square = to_tensor(View("x", breast_picture(1400, 800)), SPEC)
    squashed = to_tensor(View("x", breast_picture(800, 800), pixel_aspect=1.75), SPEC)
    one, two = square.placement, squashed.placement
    assert one.tensor_rows / one.tensor_columns == pytest.approx(two.tensor_rows / two.tensor_columns, rel=0.05)


def test_labels_and_film_borders_become_black() -> None:
    pixels = breast_picture(1000, 700)
    pixels[:12] = 65535
    pixels[60:120, 560:660] = 65535
    prepared = to_tensor(View("x", pixels), SPEC)
    row, column = prepared.placement.to_tensor(90.0, 610.0)
    assert not (0 <= row < 640 and 0 <= column < 320) or prepared.tensor[int(row), int(column), 0] == 0.0


@pytest.mark.parametrize("value", [0, 1, 30000, 65535])
def test_a_flat_picture_becomes_black(value: int) -> None:
    prepared = to_tensor(View("x", np.full((500, 400), value, np.uint16)), SPEC)
    assert not prepared.breast_found
    assert prepared.tensor.max() == 0.0


def test_a_padded_picture_is_cropped_to_its_breast() -> None:
    inner = breast_picture(800, 600)
    padded = np.zeros((2000, 1500), np.uint16)
    padded[700:1500, 0:600] = inner
    one = to_tensor(View("x", inner), SPEC)
    two = to_tensor(View("x", padded), SPEC)
    assert two.placement.rows < 1000
    assert float(np.abs(one.tensor - two.tensor).mean()) < 0.05


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (50, 1), (3, 4000), (17, 23)])
def test_odd_sizes_survive(shape: tuple[int, int]) -> None:
    pixels = np.random.default_rng(0).integers(0, 65536, shape, np.uint16)
    assert np.isfinite(to_tensor(View("x", pixels), SPEC).tensor).all()


def test_noise_without_a_breast_survives() -> None:
    pixels = np.random.default_rng(0).integers(0, 65536, (600, 500), np.uint16)
    assert to_tensor(View("x", pixels), SPEC).tensor.max() <= 1.0


def test_eight_bit_films_times_257_give_the_same_tensor_within_quantisation() -> None:
    deep = golden_view(0).pixels
    shallow = np.multiply((deep // 257).astype(np.uint8), np.uint16(257), dtype=np.uint16)
    one = to_tensor(View("x", deep), SPEC).tensor
    two = to_tensor(View("x", shallow), SPEC).tensor
    assert float(np.abs(one - two).max()) < 0.02


@pytest.mark.parametrize(
    "view",
    [
        View("x", np.zeros((4, 4), np.uint8)),
        View("x", np.zeros((4, 4, 3), np.uint16)),
        View("x", np.zeros((0, 4), np.uint16)),
        View("x", np.zeros((4, 4), np.uint16), pixel_aspect=0.0),
        View("x", np.zeros((4, 4), np.uint16), pixel_aspect=float("nan")),
    ],
)
def test_what_is_no_view_is_refused_in_a_sentence(view: View) -> None:
    with pytest.raises(ViewError, match=r"\.$"):
        to_tensor(view, SPEC)


def test_a_model_for_other_preprocessing_is_refused() -> None:
    with pytest.raises(ViewError, match="preprocessing version 0"):
        to_tensor(golden_view(0), InputSpec(640, 320, 1, "0"))
