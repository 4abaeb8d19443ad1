"""From the file to stored pixel values, for every transfer syntax this node accepts.

Uncompressed pixels are read straight into the array that is returned. A memory map would save one
millisecond of a 17 MB image, but then a disk error would kill the process instead of raising.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    RLELossless,
)

from dicom_node.decoders import COMPRESSED_TRANSFER_SYNTAXES, decode_frame
from dicom_node.encapsulation import single_frame
from dicom_node.errors import ConversionError, UnsupportedPixels
from dicom_node.image_file import OpenImage, open_image
from dicom_node.pixel_form import PixelForm, pixel_form

Cells = NDArray[np.uint8] | NDArray[np.uint16]
Array = NDArray[Any]

_NATIVE: Final = frozenset({ImplicitVRLittleEndian, ExplicitVRLittleEndian, DeflatedExplicitVRLittleEndian})
_MARGIN_BYTES: Final = 65_536

SUPPORTED_TRANSFER_SYNTAXES: Final = _NATIVE | COMPRESSED_TRANSFER_SYNTAXES
"""Every transfer syntax `decode` reads; what the node accepts must be among them."""


@dataclass(frozen=True, eq=False)
class StoredPixels:
    """The pixels of an image as stored, before any transformation.

    Attributes
    ----------
    header
        Everything before Pixel Data.
    form
        How a cell is to be read.
    cells
        Shape ``(rows, columns)``, uint8 or uint16, writable: the whole pixel cells, with whatever overlay
        or sign bits they hold. `PixelForm.values` says what each cell means.
    """

    header: Dataset
    form: PixelForm
    cells: Cells

    def values(self) -> NDArray[np.int32]:
        """Return the stored values, shape ``(rows, columns)``: masked, shifted, sign extended."""
        values: NDArray[np.int32] = self.form.values(self.cells.dtype)[self.cells]
        return values


def decode(path: Path) -> StoredPixels:
    """Read the stored pixel values of a single-frame image.

    Parameters
    ----------
    path
        A Part 10 file in any of `SUPPORTED_TRANSFER_SYNTAXES`.

    Returns
    -------
    StoredPixels
        Nothing applied yet: no modality, VOI or presentation step.

    Raises
    ------
    ConversionError
        If the file is malformed, truncated, lies about its size, or cannot be decoded.
    UnsupportedPixels
        If it is well-formed but of a form that is not converted: several frames, true colour, 32 bits.
    OSError
        If the file cannot be read.

    Notes
    -----
    Colour pictures whose three channels are equal everywhere are grey pictures and read as such; others
    are refused, because no rule of luminance would give back what the detector saw.

    JPEG and JPEG 2000 have no check sums: a flipped bit in mid-picture decodes to a wrong picture without
    an error. Wholeness of the bytes is the archive's business.

    References
    ----------
    PS3.5 8 and Annex A.
    """
    with path.open("rb") as file:
        image = open_image(file)
        form = pixel_form(image.header)
        array, form = _read(image, form)
    if form.samples == 3:
        # only JPEG decoders turn YBR into RGB; elsewhere it is still luminance and two differences
        as_ybr = form.photometric == "YBR_FULL" and image.transfer_syntax_uid in _NATIVE | {RLELossless}
        array, form = _grey_of_colour(array, form, as_ybr=as_ybr), replace(form, samples=1)
    return StoredPixels(image.header, form, _as_cells(array, form))


def _read(image: OpenImage, form: PixelForm) -> tuple[Array, PixelForm]:
    syntax = image.transfer_syntax_uid
    if syntax in _NATIVE:
        return _read_native(image, form), form
    if syntax not in COMPRESSED_TRANSFER_SYNTAXES:
        raise UnsupportedPixels(f"The transfer syntax {syntax} is not supported.")
    if not image.pixel_data.is_encapsulated:
        raise ConversionError("The transfer syntax is a compressed one, but Pixel Data has a plain length.")
    limit = 2 * form.frame_bytes + _MARGIN_BYTES
    frame = single_frame(image.stream, image.pixel_data.offset, image.stream_bytes, image.header, limit)
    return decode_frame(frame, syntax, form)


def _read_native(image: OpenImage, form: PixelForm) -> Array:
    location, expected = image.pixel_data, form.frame_bytes
    if location.is_encapsulated:
        raise ConversionError("The transfer syntax is uncompressed, but Pixel Data has no length.")
    if location.length > image.stream_bytes - location.offset:
        raise ConversionError("The Pixel Data is truncated.")
    # A wrong Rows or Columns shifts the length by at least a row or a column; less is a writer's padding.
    excess = location.length - expected
    if not 0 <= excess <= max(1, min(form.rows, form.columns) * form.cell_bytes - 1):
        raise ConversionError(
            f"The Pixel Data holds {location.length} bytes where {form.rows} rows of {form.columns} columns "
            f"need {expected}."
        )
    if form.photometric == "YBR_FULL_422":
        raise UnsupportedPixels("Uncompressed YBR_FULL_422 is not converted.")
    cells = np.empty(expected // form.cell_bytes, form.dtype)
    image.stream.seek(location.offset)
    if image.stream.readinto(cells.data.cast("B")) != expected:  # type: ignore[attr-defined]
        raise ConversionError("The Pixel Data is truncated.")
    if form.samples == 1:
        return cells.reshape(form.rows, form.columns)
    if form.by_plane:
        return np.moveaxis(cells.reshape(form.samples, form.rows, form.columns), 0, -1)
    return cells.reshape(form.rows, form.columns, form.samples)


def _grey_of_colour(array: Array, form: PixelForm, *, as_ybr: bool) -> Array:
    if array.shape != (form.rows, form.columns, 3) or array.dtype != np.uint8:
        raise UnsupportedPixels("The colour pixels are not three channels of 8 bits.")
    expected = 128 if as_ybr else array[..., :1]
    if not bool((array[..., 1:] == expected).all()):
        raise UnsupportedPixels("The picture is in colour; only grey mammograms are converted.")
    return np.ascontiguousarray(array[..., 0])


def _as_cells(array: Array, form: PixelForm) -> Cells:
    """Return decoded pixels as unsigned, writable, contiguous cells."""
    if array.shape != (form.rows, form.columns):
        raise ConversionError("The decoder returned another size than Rows and Columns.")
    if array.dtype.kind == "i" and array.dtype.itemsize < form.cell_bytes:
        array = array.astype(f"i{form.cell_bytes}")
    if array.dtype.kind not in "iu" or array.dtype.itemsize > form.cell_bytes:
        raise ConversionError(f"The decoder returned {array.dtype}, too wide for the pixel cells.")
    cells = np.require(array, requirements=["C", "W"])
    return cells.view(f"u{cells.dtype.itemsize}")
