"""Seeded mammography phantoms: breast-shaped grey levels without a patient behind them."""

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

FloatImage = NDArray[np.float32]


def breast_phantom(
    *,
    laterality: str = "L",
    view: str = "CC",
    rows: int = 1024,
    columns: int = 768,
    bits: int = 12,
    seed: int = 1,
    lesion: bool = False,
) -> NDArray[np.uint16]:
    """Draw a breast as a detector would show it For Presentation, MONOCHROME2.

    Parameters
    ----------
    laterality
        "L" puts the chest wall at the left edge, "R" at the right, as breasts are hung.
    view
        "MLO" and the other side-on views get a pectoral muscle in the upper corner.
    rows, columns
        Size in pixels.
    bits
        Stored bits; the levels run from 0 (air) to almost ``2 ** bits - 1``.
    seed
        Same seed, same breast, to the level.
    lesion
        Add a dense, spiculated mass.

    Returns
    -------
    NDArray[np.uint16]
        Shape ``(rows, columns)``, 0 = black. Nobody else holds it: change it at will.
    """
    oblique = view in {"MLO", "ML", "LM", "LMO"}
    levels = _levels(oblique, rows, columns, seed, lesion)
    if laterality == "R":
        levels = np.fliplr(levels)
    return np.round(levels * np.float32(2**bits - 1)).astype(np.uint16)


@lru_cache(maxsize=32)
def _levels(oblique: bool, rows: int, columns: int, seed: int, lesion: bool) -> FloatImage:
    """Grey levels 0..1 of a left breast, chest wall at the left edge."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    centre_y = np.float32(rows * (0.58 if oblique else 0.5) + rng.uniform(-0.02, 0.02) * rows)
    reach_x = np.float32(columns * rng.uniform(0.62, 0.78))
    reach_y = np.float32(rows * rng.uniform(0.34, 0.4))
    radius = np.sqrt((x / reach_x) ** 2 + ((y - centre_y) / reach_y) ** 2)
    nipple = np.sqrt(((x - 0.97 * reach_x) / (0.03 * columns)) ** 2 + ((y - centre_y) / (0.02 * rows)) ** 2)
    inside = np.clip((1.0 - radius) * 12.0, 0.0, 1.0)
    inside = np.maximum(inside, np.clip(2.0 - nipple, 0.0, 1.0))
    gland = np.clip(1.0 - 1.4 * radius, 0.0, 1.0) * (0.4 + 0.6 * _tissue(rng, rows, columns))
    levels = inside * (0.25 + 0.12 * _tissue(rng, rows, columns)) + 0.45 * gland
    if oblique:
        muscle = np.clip(4.0 * (1.0 - x / (0.42 * columns) - y / (0.6 * rows)), 0.0, 1.0)
        levels = np.maximum(levels, muscle * (0.62 + 0.05 * _tissue(rng, rows, columns)))
    if lesion:
        levels += _mass(rng, x, y, reach_x, reach_y, centre_y)
    # quantum noise, and only where rays met the breast: real backgrounds are clipped to black
    levels += (levels > 0.01) * rng.normal(0.0, 0.004, levels.shape).astype(np.float32)
    result: FloatImage = np.clip(levels, 0.0, 0.98).astype(np.float32)
    result.setflags(write=False)
    return result


def _tissue(rng: np.random.Generator, rows: int, columns: int) -> FloatImage:
    """Cloudy texture 0..1: a few octaves of smoothed noise, as parenchyma has a power-law spectrum."""
    cloud = np.zeros((rows, columns), np.float32)
    for octave in range(2, 7):
        coarse = rng.random((2**octave, 2**octave), dtype=np.float32)
        cloud += cv2.resize(coarse, (columns, rows), interpolation=cv2.INTER_CUBIC) / np.float32(octave)
    cloud -= cloud.min()
    return cloud / max(float(cloud.max()), 1e-6)


def _mass(
    rng: np.random.Generator,
    x: FloatImage,
    y: FloatImage,
    reach_x: np.floating,
    reach_y: np.floating,
    centre_y: np.floating,
) -> FloatImage:
    """A dense mass with spicules somewhere in the gland."""
    mass_x = np.float32(reach_x * rng.uniform(0.25, 0.5))
    mass_y = np.float32(centre_y + reach_y * rng.uniform(-0.25, 0.25))
    distance = np.hypot(x - mass_x, y - mass_y) / np.float32(0.07 * reach_y)
    angle = np.arctan2(y - mass_y, x - mass_x)
    spiculated = distance / (1.0 + 0.35 * np.cos(13.0 * angle) ** 2)
    result: FloatImage = (0.4 * np.exp(-(spiculated**2))).astype(np.float32)
    return result
