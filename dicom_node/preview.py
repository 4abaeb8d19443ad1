"""Grey levels to a small picture for people to look at. Never for reading, never for the network."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from dicom_node.errors import ConversionError

_FAST_COMPRESSION: Final = 3
_QUALITY: Final = 90


def preview_png(pixels: NDArray[np.uint16], *, longest_side: int = 1024, pixel_aspect: float = 1.0) -> bytes:
    """Shrink a picture and write it as an 8-bit PNG.

    Parameters
    ----------
    pixels
        Shape ``(rows, columns)``, uint16, 0 = black to 65535 = white, as `dicom_node.convert.convert` gives.
    longest_side
        Pixels of the longer side of the result; a smaller picture is not enlarged.
    pixel_aspect
        Row spacing divided by column spacing: the preview has square pixels.

    Returns
    -------
    bytes
        A PNG file.

    Raises
    ------
    ConversionError
        If the picture has no pixels, or cannot be encoded.
    """
    return _encoded(_small(pixels, longest_side, pixel_aspect), ".png", cv2.IMWRITE_PNG_COMPRESSION, _FAST_COMPRESSION)


def preview_jpeg(pixels: NDArray[np.uint16], *, longest_side: int = 1024, pixel_aspect: float = 1.0) -> bytes:
    """Shrink a picture and write it as a JPEG, which is smaller and not exact.

    Parameters
    ----------
    pixels, longest_side, pixel_aspect
        As `preview_png` takes them.

    Returns
    -------
    bytes
        A JPEG file.

    Raises
    ------
    ConversionError
        If the picture has no pixels, or cannot be encoded.
    """
    return _encoded(_small(pixels, longest_side, pixel_aspect), ".jpg", cv2.IMWRITE_JPEG_QUALITY, _QUALITY)


def _small(pixels: NDArray[np.uint16], longest_side: int, pixel_aspect: float) -> NDArray[np.uint8]:
    rows, columns = pixels.shape
    if not rows or not columns:
        raise ConversionError("A picture without pixels has no preview.")
    height = rows * pixel_aspect
    scale = min(1.0, longest_side / max(height, columns))
    size = max(1, round(columns * scale)), max(1, round(height * scale))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA) if size != (columns, rows) else pixels
    return np.rint(small / 257.0).astype(np.uint8)


def _encoded(grey: NDArray[np.uint8], form: str, setting: int, value: int) -> bytes:
    done, encoded = cv2.imencode(form, grey, [setting, value])
    if not done:
        raise ConversionError(f"The preview cannot be encoded as {form[1:].upper()}.")
    return encoded.tobytes()
