"""How the header says pixels are stored (PS3.3 C.7.6.3 Image Pixel), checked before anything is allocated."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from dicom_node import attributes
from dicom_node.errors import ConversionError, UnsupportedPixels

MAXIMUM_PIXELS: Final = 2**26
"""64 million: twice the largest digitised film. More is taken for a lie or a bomb."""

_GREY: Final = frozenset({"MONOCHROME1", "MONOCHROME2"})
_COLOUR: Final = frozenset({"RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT"})


@dataclass(frozen=True)
class PixelForm:
    """Size and layout of the pixel cells of one frame.

    Attributes
    ----------
    rows, columns, samples
        Pixels, pixels, values per pixel (1 or 3).
    photometric
        Photometric Interpretation (0028,0004).
    bits_allocated, bits_stored, high_bit
        Width of a cell (8 or 16), of the value in it, and the value's topmost bit.
    signed
        Pixel Representation (0028,0103) is two's complement.
    by_plane
        Planar Configuration (0028,0006) is 1.
    """

    rows: int
    columns: int
    samples: int
    photometric: str
    bits_allocated: int
    bits_stored: int
    high_bit: int
    signed: bool
    by_plane: bool

    @property
    def cell_bytes(self) -> int:
        """Bytes of one cell."""
        return self.bits_allocated // 8

    @property
    def frame_bytes(self) -> int:
        """Bytes of the whole frame, uncompressed."""
        return self.rows * self.columns * self.samples * self.cell_bytes

    @property
    def dtype(self) -> str:
        """Numpy's name of one cell, little endian."""
        return f"<u{self.cell_bytes}"

    @property
    def stored_range(self) -> tuple[int, int]:
        """Smallest and largest value that Bits Stored can hold."""
        span = 1 << self.bits_stored
        return (-span // 2, span // 2 - 1) if self.signed else (0, span - 1)

    def values(self, dtype: np.dtype[Any]) -> NDArray[np.int32]:
        """Return the stored value of every possible cell.

        Parameters
        ----------
        dtype
            Of the cells, uint8 or uint16.

        Returns
        -------
        NDArray[np.int32]
            256 or 65536 values. Bits above High Bit (overlays of old, or sign extension) and below the
            stored ones are dropped, then the sign is extended where Pixel Representation says so.
        """
        cells = np.arange(1 << (8 * dtype.itemsize), dtype=np.int32)
        values = (cells >> (self.high_bit + 1 - self.bits_stored)) & ((1 << self.bits_stored) - 1)
        if self.signed:
            sign = 1 << (self.bits_stored - 1)
            values = (values ^ sign) - sign
        return values


def pixel_form(header: Dataset) -> PixelForm:
    """Read and check how pixels are stored.

    Parameters
    ----------
    header
        Of a single-frame image.

    Returns
    -------
    PixelForm
        Consistent in itself; whether the pixels agree is for the decoder to see.

    Raises
    ------
    ConversionError
        If an attribute is missing, malformed or impossible.
    UnsupportedPixels
        If there are several frames, or the form is one that is not converted.

    References
    ----------
    PS3.3 C.7.6.3.
    """
    frames = attributes.integer(header, "NumberOfFrames")
    if frames is not None and frames != 1:
        raise UnsupportedPixels(f"The object has {frames} frames; only single-frame images are converted.")
    form = PixelForm(
        rows=attributes.required_integer(header, "Rows"),
        columns=attributes.required_integer(header, "Columns"),
        samples=attributes.required_integer(header, "SamplesPerPixel"),
        photometric=attributes.term(header, "PhotometricInterpretation") or "",
        bits_allocated=attributes.required_integer(header, "BitsAllocated"),
        bits_stored=attributes.required_integer(header, "BitsStored"),
        high_bit=attributes.required_integer(header, "HighBit"),
        signed=attributes.required_integer(header, "PixelRepresentation") == 1,
        by_plane=attributes.integer(header, "PlanarConfiguration") == 1,
    )
    _check_size(form)
    _check_interpretation(form)
    _check_bits(form)
    return form


def _check_size(form: PixelForm) -> None:
    if form.rows < 1 or form.columns < 1:
        raise ConversionError(f"Rows and Columns are {form.rows} and {form.columns}.")
    if form.rows * form.columns > MAXIMUM_PIXELS:
        raise ConversionError(
            f"{form.rows} rows of {form.columns} columns are more than {MAXIMUM_PIXELS} pixels, too many for "
            "a mammogram."
        )


def _check_interpretation(form: PixelForm) -> None:
    if form.photometric not in _GREY | _COLOUR:
        raise UnsupportedPixels(
            f"Photometric Interpretation (0028,0004) is {form.photometric or 'missing'}; "
            "only MONOCHROME1, MONOCHROME2 and grey pictures stored as RGB or YBR are converted."
        )
    if form.samples != (1 if form.photometric in _GREY else 3):
        raise ConversionError(
            f"Samples per Pixel (0028,0002) is {form.samples}, which {form.photometric} does not allow."
        )


def _check_bits(form: PixelForm) -> None:
    if form.bits_allocated not in (8, 16):
        raise UnsupportedPixels(f"Bits Allocated (0028,0100) is {form.bits_allocated}, not 8 or 16.")
    if form.samples == 3 and (form.bits_stored, form.bits_allocated) != (8, 8):
        raise UnsupportedPixels("Colour pictures are read with 8 bits a channel only.")
    if not 1 <= form.bits_stored <= form.bits_allocated:
        raise ConversionError(f"Bits Stored (0028,0101) is {form.bits_stored} in cells of {form.bits_allocated} bits.")
    if not form.bits_stored - 1 <= form.high_bit < form.bits_allocated:
        raise ConversionError(
            f"High Bit (0028,0102) is {form.high_bit} for {form.bits_stored} bits stored in {form.bits_allocated}."
        )
