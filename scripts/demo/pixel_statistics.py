"""What is measured on the pixels before a header is made for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class PixelStatistics:
    """Range of grey levels of the breast, and the edge at which the chest wall stands."""

    darkest: int
    brightest: int
    chest_wall: Literal["left", "right"]


def measure(pixels: NDArray[np.uint16]) -> PixelStatistics:
    """Measure an image whose background is black.

    The range holds all exposed (non-zero) pixels but the outermost thousandth at either end: the skin line
    is not cut, and letters and scratches at full white do not stretch it. The chest wall is at the edge whose
    third of the image is brighter.

    Parameters
    ----------
    pixels : NDArray[np.uint16]
        (rows, columns), stored values, MONOCHROME2.
    """
    exposed = pixels[pixels > 0]
    darkest, brightest = np.percentile(exposed, (0.1, 99.9)) if exposed.size else (0, 1)
    third = pixels.shape[1] // 3
    left, right = float(pixels[:, :third].mean()), float(pixels[:, -third:].mean())
    return PixelStatistics(
        darkest=int(darkest),
        brightest=max(int(brightest), int(darkest) + 1),
        chest_wall="left" if left >= right else "right",
    )
