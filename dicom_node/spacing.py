"""How large a pixel is, by which attribute, and how far that may be trusted."""

from dataclasses import dataclass
from enum import Enum

from pydicom.dataset import Dataset

from dicom_node import attributes


class SpacingSource(Enum):
    """Which attribute gives the size of a pixel, best first."""

    PIXEL_SPACING = "Pixel Spacing (0028,0030)"
    IMAGER_PIXEL_SPACING = "Imager Pixel Spacing (0018,1164)"
    NOMINAL_SCANNED_PIXEL_SPACING = "Nominal Scanned Pixel Spacing (0018,2010)"


@dataclass(frozen=True)
class PixelSpacing:
    """The size of a pixel.

    Attributes
    ----------
    row_mm, column_mm
        Between the centres of adjacent rows, and of adjacent columns.
    source
        Imager Pixel Spacing is measured at the front of the detector: what lies above it is magnified, so
        lengths in the breast come out too long by the factor below. Never call them calibrated.
    magnification
        Estimated Radiographic Magnification Factor (0018,1114), None where absent. It is not applied.
    """

    row_mm: float
    column_mm: float
    source: SpacingSource
    magnification: float | None


def pixel_spacing(header: Dataset) -> PixelSpacing | None:
    """Tell the size of a pixel, and how far it may be trusted.

    Parameters
    ----------
    header
        Everything before Pixel Data.

    Returns
    -------
    PixelSpacing or None
        None where no attribute gives two positive numbers.

    Raises
    ------
    ConversionError
        If an attribute cannot be read.

    References
    ----------
    PS3.3 10.7.1.3 Pixel Spacing Value Order and Valid Values; C.8.11.4 DX Detector.
    """
    for keyword, source in (
        ("PixelSpacing", SpacingSource.PIXEL_SPACING),
        ("ImagerPixelSpacing", SpacingSource.IMAGER_PIXEL_SPACING),
        ("NominalScannedPixelSpacing", SpacingSource.NOMINAL_SCANNED_PIXEL_SPACING),
    ):
        values = attributes.decimals(header, keyword)
        if len(values) == 2 and min(values) > 0.0:
            factor = attributes.decimal(header, "EstimatedRadiographicMagnificationFactor")
            return PixelSpacing(values[0], values[1], source, factor)
    return None


def pixel_aspect(header: Dataset) -> float:
    """Tell how much taller than wide a pixel is: row spacing divided by column spacing.

    Parameters
    ----------
    header
        Everything before Pixel Data.

    Returns
    -------
    float
        From the spacing, else from Pixel Aspect Ratio (0028,0034), else 1.0. Also 1.0 where the answer is
        outside 0.1 to 10, which no detector and no scanner has.

    Raises
    ------
    ConversionError
        If an attribute cannot be read.
    """
    spacing = pixel_spacing(header)
    ratio = attributes.integers(header, "PixelAspectRatio")
    if spacing is not None:
        aspect = spacing.row_mm / spacing.column_mm
    elif len(ratio) == 2 and min(ratio) > 0:
        aspect = ratio[0] / ratio[1]
    else:
        return 1.0
    return aspect if 0.1 <= aspect <= 10.0 else 1.0
