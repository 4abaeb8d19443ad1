"""Grey levels to a small PNG for people to look at. Never for reading, never for the network."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from dicom_node.errors import ConversionError

_FAST_COMPRESSION: Final = 3


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
    rows, columns = pixels.shape
    if not rows or not columns:
        raise ConversionError("A picture without pixels has no preview.")
    height = rows * pixel_aspect
    scale = min(1.0, longest_side / max(height, columns))
    size = max(1, round(columns * scale)), max(1, round(height * scale))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA) if size != (columns, rows) else pixels
    grey = np.rint(small / 257.0).astype(np.uint8)
    done, encoded = cv2.imencode(".png", grey, [cv2.IMWRITE_PNG_COMPRESSION, _FAST_COMPRESSION])
    if not done:
        raise ConversionError("The preview cannot be encoded as PNG.")
    return encoded.tobytes()
