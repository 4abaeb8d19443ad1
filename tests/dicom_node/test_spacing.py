"""The size of a pixel, with the attribute it came from."""

import pytest
from pydicom.dataset import Dataset

from dicom_node.spacing import SpacingSource, pixel_aspect, pixel_spacing


def test_the_size_of_a_pixel_names_its_attribute() -> None:
    header = Dataset()
    header.NominalScannedPixelSpacing = ["0.3", "0.3"]
    assert (spacing := pixel_spacing(header)) is not None
    assert spacing.source is SpacingSource.NOMINAL_SCANNED_PIXEL_SPACING

    header.ImagerPixelSpacing = ["0.1", "0.1"]
    header.EstimatedRadiographicMagnificationFactor = "1.07"
    assert (spacing := pixel_spacing(header)) is not None
    assert (spacing.source, spacing.row_mm) == (SpacingSource.IMAGER_PIXEL_SPACING, 0.1)
    assert spacing.magnification == pytest.approx(1.07)

    header.PixelSpacing = ["0.094", "0.094"]
    assert (spacing := pixel_spacing(header)) is not None
    assert (spacing.source, spacing.column_mm) == (SpacingSource.PIXEL_SPACING, 0.094)


def test_the_aspect_is_row_spacing_by_column_spacing() -> None:
    header = Dataset()
    assert pixel_aspect(header) == 1.0
    header.PixelAspectRatio = [7, 4]
    assert pixel_aspect(header) == 1.75
    header.ImagerPixelSpacing = ["0.2", "0.1"]
    assert pixel_aspect(header) == 2.0


@pytest.mark.parametrize("spacing", [["0", "0"], ["-1", "-1"], ["0.1"], ["100", "0.01"]])
def test_a_size_that_cannot_be_is_unknown(spacing: list[str]) -> None:
    header = Dataset()
    header.ImagerPixelSpacing = spacing

    assert pixel_aspect(header) == 1.0
