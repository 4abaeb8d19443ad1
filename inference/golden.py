"""Deterministic pictures made by code, by which a model proves at start that it scores as it did.

They are drawn with integer arithmetic alone, so every machine and every library version makes the
same pixels.  They look roughly like a breast: that is all they need.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from inference.contract import View

COUNT: Final = 3
_ROWS: Final = 960
_COLUMNS: Final = 640


def golden_view(index: int) -> View:
    """Draw golden picture ``index``, 0 to 2: right-sided, left-sided, and with a bright round mass.

    Returns
    -------
    View
        960 x 640 pixels, uint16, square.

    Raises
    ------
    IndexError
        If there is no such picture.
    """
    if not 0 <= index < COUNT:
        raise IndexError(f"There is no golden picture {index}.")
    row = np.arange(_ROWS, dtype=np.int64)[:, None]
    column = np.arange(_COLUMNS, dtype=np.int64)[None, :]
    pixels = _breast(row, column, index)
    if index == 2:
        distance = (row - 520) ** 2 + (column - 210) ** 2
        pixels = pixels + np.where(distance < 45**2, (45**2 - distance) * 12, 0)
    pixels = np.clip(pixels, 0, 65535)
    if index == 1:
        pixels = pixels[:, ::-1]
    side = "L" if index == 1 else "R"
    return View(f"golden-{index}", np.ascontiguousarray(pixels, np.uint16), 1.0, side, "CC")


def _breast(row: NDArray[np.int64], column: NDArray[np.int64], index: int) -> NDArray[np.int64]:
    """Half an ellipse of tissue on black, with a coarse and a fine texture of products of triangles."""
    half_rows, width = 430, 520
    inside = ((row - 480) * width) ** 2 + (column * half_rows) ** 2 < (half_rows * width) ** 2
    fall = 30000 - 30 * column
    coarse = _triangle(row * 3 + column * 2 + 37 * index, 190) * _triangle(column * 3 - row + 900, 230)
    fine = _triangle(row * 7 + column * 5, 48) * _triangle(row * 5 - column * 9 + 9000, 62 + 8 * index)
    return np.where(inside, fall + coarse // 3 + 6 * fine, 300)


def _triangle(value: NDArray[np.int64], period: int) -> NDArray[np.int64]:
    """Triangle wave 0 .. period / 2."""
    phase = value % period
    return np.minimum(phase, period - phase)
