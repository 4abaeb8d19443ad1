"""What is measured on the pixels before a header is made for them."""

import numpy as np

from scripts.demo.pixel_statistics import measure


def _breast_at_left() -> np.ndarray[tuple[int, int], np.dtype[np.uint16]]:
    pixels = np.zeros((400, 300), np.uint16)
    pixels[:, :100] = np.linspace(1000, 30_000, 400, dtype=np.uint16)[:, np.newaxis]
    return pixels


def test_chest_wall_is_at_the_brighter_edge() -> None:
    pixels = _breast_at_left()
    assert measure(pixels).chest_wall == "left"
    assert measure(pixels[:, ::-1]).chest_wall == "right"


def test_letters_at_full_white_do_not_stretch_the_window() -> None:
    pixels = _breast_at_left()
    pixels[:5, 290:296] = 65_535
    assert measure(pixels).brightest <= 30_000


def test_black_background_does_not_count() -> None:
    assert measure(_breast_at_left()).darkest >= 1000


def test_a_black_image_still_has_a_window() -> None:
    statistics = measure(np.zeros((64, 64), np.uint16))
    assert statistics.brightest > statistics.darkest
