"""The heat map over its picture. Only processes that score need the pixel code of this."""

import cv2
import numpy as np
from numpy.typing import NDArray

from dicom_node import overlay


def draw(pixels: NDArray[np.uint16], heat: NDArray[np.float32]) -> bytes:
    """Return the picture at the map's size with the map over it, as a PNG."""
    rows, columns = heat.shape
    small = cv2.resize(pixels, (columns, rows), interpolation=cv2.INTER_AREA)
    return overlay.png(overlay.blend(small.astype(np.uint16, copy=False), heat))
