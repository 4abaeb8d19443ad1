"""From stored values to presentation values, as one look-up table: PS3.3 C.11.1, C.11.2 and C.7.6.3.1.2.

A pixel cell has at most 65,536 different values, so every step is computed once per value, in float64 and
exactly as the standard writes it, and never per pixel.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from dicom_node import attributes
from dicom_node.errors import ConversionError, UnsupportedPixels
from dicom_node.pixel_form import PixelForm

WHITE: Final = 65_535
"""The output of the tables runs from 0 (black) to this."""

Levels = NDArray[np.float64]


class VoiSource(Enum):
    """Which value-of-interest transformation was used; NONE shows the full range of the stored bits."""

    LUT = "LUT"
    LINEAR = "LINEAR"
    LINEAR_EXACT = "LINEAR_EXACT"
    SIGMOID = "SIGMOID"
    NONE = "NONE"


@dataclass(frozen=True, eq=False)
class _LookUpTable:
    first_mapped: int
    entries: Levels
    largest_entry: float

    def __call__(self, values: Levels) -> Levels:
        """Map values; those below the first mapped one get the first entry, those beyond the last the last."""
        index = np.clip(np.rint(values) - self.first_mapped, 0, self.entries.size - 1)
        result: Levels = self.entries[index.astype(np.intp)]
        return result


def presentation_table(header: Dataset, form: PixelForm, dtype: np.dtype[Any]) -> tuple[NDArray[np.uint16], VoiSource]:
    """Compute the presentation value of every possible pixel cell.

    Parameters
    ----------
    header
        The image's header.
    form
        How cells are stored.
    dtype
        Of the cells, uint8 or uint16.

    Returns
    -------
    table : NDArray[np.uint16]
        256 or 65536 values from 0 (black) to 65535 (white), to be indexed with a cell.
    source : VoiSource
        What was used between modality and presentation. A VOI LUT goes before a window, and of several
        windows or tables the first is taken.

    Raises
    ------
    ConversionError
        If an attribute is malformed or impossible, or Photometric Interpretation and Presentation LUT Shape
        contradict each other.
    UnsupportedPixels
        If a function or a table is of an unknown kind.

    References
    ----------
    PS3.3 C.11.1 Modality LUT, C.11.2 VOI LUT, C.7.5.1.1.2 Pixel Padding, C.8.11.3 DX Image.
    """
    stored = form.values(dtype).astype(np.float64)
    if form.photometric not in ("MONOCHROME1", "MONOCHROME2"):  # grey pictures stored as colour
        return _to_levels(stored / form.stored_range[1]), VoiSource.NONE
    modality, span = _modality(header, form, stored)
    shares, source = _voi(header, modality, span)
    table = _to_levels(shares)
    if is_inverse(header):
        table = WHITE - table  # after rounding, so that a negative is exact
    table[_is_padding(header, form, stored)] = 0
    return table, source


def is_inverse(header: Dataset) -> bool:
    """Tell whether the lowest values are shown white.

    Raises
    ------
    ConversionError
        If Presentation LUT Shape does not fit Photometric Interpretation: for digital X-ray images the
        standard ties INVERSE to MONOCHROME1 and IDENTITY to MONOCHROME2, and a mammogram shown as its
        negative must not be a guess.

    References
    ----------
    PS3.3 C.8.11.3.1.2 and C.7.6.3.1.2.
    """
    inverse = attributes.term(header, "PhotometricInterpretation") == "MONOCHROME1"
    shape = attributes.term(header, "PresentationLUTShape")
    if shape is not None and (shape not in ("IDENTITY", "INVERSE") or (shape == "INVERSE") != inverse):
        raise ConversionError(
            f"Presentation LUT Shape (2050,0020) is {shape}, which contradicts Photometric Interpretation "
            f"{attributes.term(header, 'PhotometricInterpretation')}."
        )
    return inverse


def _to_levels(shares: Levels) -> NDArray[np.uint16]:
    return np.rint(np.clip(shares, 0.0, 1.0) * WHITE).astype(np.uint16)


def _modality(header: Dataset, form: PixelForm, stored: Levels) -> tuple[Levels, tuple[float, float]]:
    """Return the modality values of the cells and the range they may have."""
    tables = attributes.items(header, "ModalityLUTSequence")
    if tables:
        table = _look_up_table(tables[0], signed_first=form.signed)
        return table(stored), (0.0, table.largest_entry)
    slope = attributes.decimal(header, "RescaleSlope")
    intercept = attributes.decimal(header, "RescaleIntercept")
    slope = 1.0 if slope is None else slope
    intercept = 0.0 if intercept is None else intercept
    if slope == 0.0:
        raise ConversionError("Rescale Slope (0028,1053) is 0.")
    low, high = (slope * end + intercept for end in form.stored_range)
    return stored * slope + intercept, (min(low, high), max(low, high))


def _voi(header: Dataset, values: Levels, span: tuple[float, float]) -> tuple[Levels, VoiSource]:
    """Return the share of white, 0 to 1, of each modality value."""
    tables = attributes.items(header, "VOILUTSequence")
    if tables:
        table = _look_up_table(tables[0], signed_first=span[0] < 0)
        return table(values) / table.largest_entry, VoiSource.LUT
    center = attributes.decimal(header, "WindowCenter")
    width = attributes.decimal(header, "WindowWidth")
    if center is None and width is None:
        low, high = span
        return (values - low) / (high - low), VoiSource.NONE
    if center is None or width is None:
        raise ConversionError("Of Window Center and Window Width only one is there.")
    name = attributes.term(header, "VOILUTFunction") or "LINEAR"
    if name not in _WINDOWS:
        raise UnsupportedPixels(f"VOI LUT Function (0028,1056) is {name}, which the standard does not know.")
    source, window = _WINDOWS[name]
    if width < 1.0 if source is VoiSource.LINEAR else width <= 0.0:
        raise ConversionError(f"Window Width (0028,1051) is {width}, too small for {name}.")
    return window(values, center, width), source


def linear_window(values: Levels, center: float, width: float) -> Levels:
    """Apply the function LINEAR of PS3.3 C.11.2.1.2.1 with an output of 0 to 1."""
    if width == 1.0:
        step: Levels = np.where(values <= center - 0.5, 0.0, 1.0)
        return step
    ramp: Levels = np.clip((values - (center - 0.5)) / (width - 1.0) + 0.5, 0.0, 1.0)
    return ramp


def linear_exact_window(values: Levels, center: float, width: float) -> Levels:
    """Apply the function LINEAR_EXACT of PS3.3 C.11.2.1.3.2 with an output of 0 to 1."""
    ramp: Levels = np.clip((values - center) / width + 0.5, 0.0, 1.0)
    return ramp


def sigmoid_window(values: Levels, center: float, width: float) -> Levels:
    """Apply the function SIGMOID of PS3.3 C.11.2.1.3.1 with an output of 0 to 1."""
    exponent = np.clip(-4.0 * (values - center) / width, -700.0, 700.0)  # beyond, exp overflows and nothing changes
    curve: Levels = 1.0 / (1.0 + np.exp(exponent))
    return curve


_WINDOWS: Final = {
    "LINEAR": (VoiSource.LINEAR, linear_window),
    "LINEAR_EXACT": (VoiSource.LINEAR_EXACT, linear_exact_window),
    "SIGMOID": (VoiSource.SIGMOID, sigmoid_window),
}


def _look_up_table(item: Dataset, *, signed_first: bool) -> _LookUpTable:
    """Read a Modality or VOI LUT item.

    The Value Representation of LUT Descriptor is ambiguous (US or SS) and often wrong; whether the first
    value mapped is negative follows from what is mapped (PS3.3 C.11.1.1.1, C.11.2.1.1).
    """
    descriptor = attributes.integers(item, "LUTDescriptor")
    if len(descriptor) != 3:
        raise ConversionError("A LUT Descriptor (0028,3002) does not hold three values.")
    count = descriptor[0] % 65_536 or 65_536
    first = descriptor[1] % 65_536
    if signed_first and first >= 32_768:
        first -= 65_536
    bits = descriptor[2]
    if not 8 <= bits <= 16:
        raise UnsupportedPixels(f"A LUT Descriptor (0028,3002) names entries of {bits} bits, not 8 to 16.")
    entries = _lut_entries(item, count, bits)
    return _LookUpTable(first, np.minimum(entries, 2.0**bits - 1.0), 2.0**bits - 1.0)


def _lut_entries(item: Dataset, count: int, bits: int) -> Levels:
    value = attributes.octets(item, "LUTData")
    if value is not None:
        # 8-bit entries may be packed two to a word
        packed = bits == 8 and len(value) < 2 * count
        entries = np.frombuffer(value[: len(value) // 2 * 2], "<u1" if packed else "<u2")
    else:
        entries = np.asarray(attributes.integers(item, "LUTData"), np.int64) % 65_536
    if entries.size < count:
        raise ConversionError(f"A LUT holds {entries.size} entries where its descriptor says {count}.")
    result: Levels = entries[:count].astype(np.float64)
    return result


def _is_padding(header: Dataset, form: PixelForm, stored: Levels) -> NDArray[np.bool_]:
    """Tell which stored values stand for no image: Pixel Padding Value, up to its Range Limit."""
    value = _stored(header, "PixelPaddingValue", form)
    if value is None:
        return np.zeros(stored.shape, np.bool_)
    limit = _stored(header, "PixelPaddingRangeLimit", form)
    limit = value if limit is None else limit
    return (stored >= min(value, limit)) & (stored <= max(value, limit))


def _stored(header: Dataset, keyword: str, form: PixelForm) -> int | None:
    """Read a value that is compared with stored ones; its sign (US or SS) may have been written wrongly."""
    value = attributes.integer(header, keyword)
    if value is None:
        return None
    low, high = form.stored_range
    if value < low:
        return value + 65_536
    if value > high and form.signed:
        return value - 65_536
    return value
