"""A heat map over grey levels, in colour.

The colour map is plasma (dark blue at 0, yellow at 1): lightness rises steadily, and colour-blind readers can tell
its ends apart. The scale is absolute, 0 to 1: two pictures can be compared.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from dicom_node.errors import ConversionError

FLOOR: Final = 0.2
"""Heat below this leaves the picture untouched."""


@dataclass(frozen=True, eq=False)
class HeatMap:
    """Where the network looked.

    Attributes
    ----------
    values
        Shape ``(rows, columns)`` of any size, float32, 0..1.
    box
        ``(left, top, right, bottom)`` in the image's own pixels, half open: the part of the image that the grid
        covers edge to edge. None for the whole image.
    """

    values: NDArray[np.float32]
    box: tuple[int, int, int, int] | None = None


def spread(heat: HeatMap, shape: tuple[int, int]) -> NDArray[np.float32]:
    """Bring a heat map to the image's own pixels, bilinearly; outside its box it is 0.

    Raises
    ------
    ConversionError
        If values are not finite or the box does not lie inside the image.
    """
    rows, columns = shape
    left, top, right, bottom = heat.box or (0, 0, columns, rows)
    if not (0 <= left < right <= columns and 0 <= top < bottom <= rows):
        raise ConversionError("The heat map's box does not lie inside its image.")
    if heat.values.ndim != 2 or not heat.values.size or not np.isfinite(heat.values).all():
        raise ConversionError("A heat map needs rows and columns of finite values.")
    whole = np.zeros(shape, np.float32)
    values = np.ascontiguousarray(heat.values, np.float32)
    whole[top:bottom, left:right] = cv2.resize(values, (right - left, bottom - top), interpolation=cv2.INTER_LINEAR)
    return np.clip(whole, 0.0, 1.0)


def to_grey8(grey: NDArray[np.uint16] | NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return 8-bit grey levels of uint16 (0 to 65535) or float (0 to 1) ones; 0 is black."""
    levels = grey.astype(np.float32)
    scaled = levels / 257 if grey.dtype == np.uint16 else np.clip(levels, 0, 1) * 255
    return np.rint(scaled).astype(np.uint8)


def colours(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return the colour of each value 0..1, shape ``(rows, columns, 3)``, RGB."""
    levels = np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8)
    return np.ascontiguousarray(cv2.applyColorMap(levels, cv2.COLORMAP_PLASMA)[..., ::-1], np.uint8)


def blend(
    grey: NDArray[np.uint16] | NDArray[np.float32], heat: NDArray[np.float32], alpha: float = 0.6, floor: float = FLOOR
) -> NDArray[np.uint8]:
    """Lay heat over grey levels of the same shape.

    Parameters
    ----------
    grey
        uint16 (0 to 65535) or float (0 to 1), 0 = black.
    heat
        Same shape, float32, 0..1. Below `floor` the picture stays untouched.
    alpha
        Share of colour where the heat is 1, falling to none at `floor`, so that the tissue stays to be seen.

    Returns
    -------
    NDArray[np.uint8]
        Shape ``(rows, columns, 3)``, RGB.

    Raises
    ------
    ConversionError
        If the shapes differ or `alpha` does not lie between 0 and 1.
    """
    if grey.shape != heat.shape or not 0 <= alpha <= 1:
        raise ConversionError("Picture and heat map must have one shape, and alpha must lie between 0 and 1.")
    picture = np.repeat(to_grey8(grey)[..., np.newaxis], 3, axis=2)
    warm = heat > floor
    share = (alpha * (heat[warm] - floor) / (1.0 - floor))[:, np.newaxis]
    mixed = picture[warm] * (1.0 - share) + colours(heat)[warm] * share
    picture[warm] = np.rint(mixed).astype(np.uint8)
    return picture


def png(rgb: NDArray[np.uint8]) -> bytes:
    """Write an RGB picture as PNG.

    Raises
    ------
    ConversionError
        If it cannot be encoded.
    """
    done, encoded = cv2.imencode(".png", np.ascontiguousarray(rgb[..., ::-1]))
    if not done:
        raise ConversionError("The overlay cannot be encoded as PNG.")
    return encoded.tobytes()


def transparent_png(heat: NDArray[np.float32], alpha: float = 0.6, floor: float = FLOOR) -> bytes:
    """Write heat alone as an RGBA PNG, to be laid over the picture by whoever shows it.

    Parameters
    ----------
    heat
        ``(rows, columns)``, float32, 0..1.
    alpha, floor
        As for :func:`blend`: laid over a grey picture, the result is the same.

    Raises
    ------
    ConversionError
        If it cannot be encoded.
    """
    opacity = alpha * np.clip((heat - floor) / (1.0 - floor), 0.0, 1.0)
    layer = np.dstack([colours(heat)[..., ::-1], np.rint(opacity * 255).astype(np.uint8)])
    done, encoded = cv2.imencode(".png", np.ascontiguousarray(layer))
    if not done:
        raise ConversionError("The heat map cannot be encoded as PNG.")
    return encoded.tobytes()
