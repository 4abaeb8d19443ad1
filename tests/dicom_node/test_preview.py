"""Previews are small, grey and true in shape."""

import cv2
import numpy as np
import pytest

from dicom_node.errors import ConversionError
from dicom_node.preview import preview_png


def opened(png: bytes) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    image = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED)
    assert image is not None
    return np.asarray(image, np.uint8)


def test_a_preview_is_shrunk_to_its_longest_side() -> None:
    picture = opened(preview_png(np.zeros((2000, 1000), np.uint16), longest_side=500))

    assert picture.shape == (500, 250)


def test_a_small_picture_keeps_its_size_and_levels() -> None:
    levels = (np.arange(256, dtype=np.uint16) * 257).reshape(16, 16)

    assert np.array_equal(opened(preview_png(levels)), np.arange(256).reshape(16, 16))


def test_a_preview_has_square_pixels() -> None:
    picture = opened(preview_png(np.zeros((800, 800), np.uint16), longest_side=700, pixel_aspect=1.75))

    assert picture.shape == (700, 400)


def test_a_picture_without_pixels_has_no_preview() -> None:
    with pytest.raises(ConversionError):
        preview_png(np.zeros((0, 10), np.uint16))
