"""From the file to grey levels as presented: modality LUT, then VOI LUT, then presentation."""

import time
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from dicom_node.decode import decode
from dicom_node.spacing import pixel_aspect
from dicom_node.voi import VoiSource, presentation_table

__all__ = ["GreyImage", "VoiSource", "convert"]


@dataclass(frozen=True, eq=False)
class GreyImage:
    """A mammogram as a display would show it.

    Attributes
    ----------
    pixels
        Shape ``(rows, columns)``, uint16, 0 = black to 65535 = white, in the image's own orientation.
    voi
        Which value-of-interest transformation was used.
    pixel_aspect
        Row spacing divided by column spacing; 1.0 where unknown.
    decode_ms, window_ms
        Wall-clock time of reading and decoding, and of the grey-level transformation.
    """

    pixels: NDArray[np.uint16]
    voi: VoiSource
    pixel_aspect: float
    decode_ms: float
    window_ms: float


def convert(path: Path) -> GreyImage:
    """Bring a single-frame image to grey levels.

    Parameters
    ----------
    path
        A Part 10 file in any transfer syntax of `dicom_node.decode.SUPPORTED_TRANSFER_SYNTAXES`.

    Returns
    -------
    GreyImage
        With Modality LUT or rescale, then VOI LUT or window, then MONOCHROME1 applied; padding is black.
        Neither cropped, resized nor flipped.

    Raises
    ------
    ConversionError
        If the image cannot be brought to grey levels; the message is a sentence for a human.
    OSError
        If the file cannot be read.

    References
    ----------
    PS3.3 C.11.1, C.11.2, C.7.6.3; `dicom_node.voi.presentation_table` for the details.
    """
    started = time.perf_counter()
    stored = decode(path)
    decoded = time.perf_counter()
    table, source = presentation_table(stored.header, stored.form, stored.cells.dtype)
    pixels = _look_up(stored.cells, table)
    windowed = time.perf_counter()
    return GreyImage(
        pixels=pixels,
        voi=source,
        pixel_aspect=pixel_aspect(stored.header),
        decode_ms=(decoded - started) * 1e3,
        window_ms=(windowed - decoded) * 1e3,
    )


def _look_up(cells: NDArray[np.uint8] | NDArray[np.uint16], table: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Replace each cell by its presentation value, in place where a cell is as wide as a level."""
    if cells.dtype == np.uint16:
        cv2.LUT(cells, table, cells)
        return cells.view(np.uint16)
    return np.asarray(cv2.LUT(cells, table), np.uint16)
