"""How pixels are stored, checked before they are touched."""

import numpy as np
import pytest
from pydicom.dataset import FileDataset

from dicom_node.errors import ConversionError, UnsupportedPixels
from dicom_node.pixel_form import MAXIMUM_PIXELS, PixelForm, pixel_form
from tests.synthetic import make_mg


def header_with(**changes: object) -> FileDataset:
    header = make_mg(rows=20, columns=10)
    for keyword, value in changes.items():
        if value is None:
            delattr(header, keyword)
        else:
            setattr(header, keyword, value)
    return header


def test_a_header_is_read() -> None:
    form = pixel_form(header_with())

    assert form == PixelForm(20, 10, 1, "MONOCHROME2", 16, 12, 11, signed=False, by_plane=False)
    assert form.frame_bytes == 400
    assert form.stored_range == (0, 4095)


def test_every_twelve_bit_two_s_complement_is_extended() -> None:
    values = PixelForm(1, 1, 1, "MONOCHROME2", 16, 12, 11, signed=True, by_plane=False).values(np.dtype("u2"))

    cells = np.arange(-2048, 2048).astype(np.int16)
    assert np.array_equal(values[cells.view(np.uint16)], cells)
    assert np.array_equal(values[cells.view(np.uint16) & 0x0FFF], cells)


@pytest.mark.parametrize(
    "keyword",
    [
        "Rows",
        "Columns",
        "SamplesPerPixel",
        "PhotometricInterpretation",
        "BitsAllocated",
        "BitsStored",
        "HighBit",
        "PixelRepresentation",
    ],
)
def test_what_must_be_there_is_missed(keyword: str) -> None:
    with pytest.raises(ConversionError, match="missing"):
        pixel_form(header_with(**{keyword: None}))


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"Rows": 0}, ConversionError),
        ({"Rows": 65_535, "Columns": MAXIMUM_PIXELS // 65_535 + 1}, ConversionError),
        ({"BitsStored": 0}, ConversionError),
        ({"BitsStored": 17}, ConversionError),
        ({"HighBit": 10}, ConversionError),
        ({"HighBit": 16}, ConversionError),
        ({"SamplesPerPixel": 3}, ConversionError),
        ({"BitsAllocated": 1}, UnsupportedPixels),
        ({"BitsAllocated": 12}, UnsupportedPixels),
        ({"BitsAllocated": 32}, UnsupportedPixels),
        ({"PhotometricInterpretation": "PALETTE COLOR"}, UnsupportedPixels),
        ({"PhotometricInterpretation": "RGB", "SamplesPerPixel": 3}, UnsupportedPixels),
        ({"NumberOfFrames": 0}, UnsupportedPixels),
        ({"NumberOfFrames": 60}, UnsupportedPixels),
    ],
)
def test_what_cannot_be_or_is_not_converted_is_refused(changes: dict[str, object], error: type[Exception]) -> None:
    with pytest.raises(error):
        pixel_form(header_with(**changes))
