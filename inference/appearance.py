"""What a picture looks like in a few dozen numbers: enough to tell a mammogram from most other pictures.

Everything is measured on one small thumbnail of fixed size, so that neither the resolution nor the aspect of
the picture matters: a film squashed to a square and a detector's image give the same numbers.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

ROWS: Final = 128
COLUMNS: Final = 96
FLAT: Final = 0.01
"""A picture whose grey levels span less than this share of the full range shows nothing."""

_BINS: Final = 8
_DARK: Final = 0.08
_EVEN: Final = 0.012

Floats = NDArray[np.float32]


def thumbnail(pixels: NDArray[np.uint16]) -> Floats | None:
    """Shrink a picture, stretch its grey levels, and turn its brighter half to the left.

    Parameters
    ----------
    pixels
        ``(rows, columns)``, uint16, 0 = black, as presented.

    Returns
    -------
    ndarray or None
        ``(128, 96)``, float32, 0..1 between the 1st and 99.5th percentile; None where the picture is flat.
    """
    rows, columns = pixels.shape
    step = max(1, min(rows // (6 * ROWS), columns // (6 * COLUMNS)))
    small = cv2.resize(np.ascontiguousarray(pixels[::step, ::step]), (COLUMNS, ROWS), interpolation=cv2.INTER_AREA)
    levels = small.astype(np.float32) / np.float32(65535)
    low, high = np.percentile(levels, [1.0, 99.5])
    if high - low < FLAT:
        return None
    stretched = np.clip((levels - np.float32(low)) / np.float32(high - low), 0.0, 1.0)
    half = COLUMNS // 2
    if stretched[:, half:].mean() > stretched[:, :half].mean():
        stretched = stretched[:, ::-1]
    return np.ascontiguousarray(stretched, np.float32)


def describe(thumb: Floats) -> NDArray[np.float64]:
    """Measure a thumbnail.

    Parameters
    ----------
    thumb
        From :func:`thumbnail`.

    Returns
    -------
    ndarray
        ``(68,)``, float64: grey levels, gradients at three scales, borders, profiles, symmetry, and the shape of
        what is bright.
    """
    parts = [_levels(thumb), _gradients(thumb), _borders(thumb), _profiles(thumb), _symmetry(thumb), _shape(thumb)]
    return np.concatenate(parts).astype(np.float64)


def _levels(thumb: Floats) -> Floats:
    histogram = np.histogram(thumb, bins=32, range=(0.0, 1.0))[0] / thumb.size
    entropy = -float(np.sum(histogram[histogram > 0] * np.log(histogram[histogram > 0])))
    quantiles = np.quantile(thumb, [0.1, 0.25, 0.5, 0.75, 0.9])
    shares = [float((thumb < _DARK).mean()), float((thumb > 0.6).mean()), float((thumb > 0.95).mean())]
    return np.array([thumb.mean(), thumb.std(), entropy, histogram.max(), *quantiles, *shares], np.float32)


def _gradients(thumb: Floats) -> Floats:
    found: list[float] = []
    scaled = thumb
    for _ in range(3):
        across, down = np.abs(np.diff(scaled, axis=1)), np.abs(np.diff(scaled, axis=0))
        found += [_root(across.mean()), _root(down.mean()), _root(np.quantile(across, 0.95))]
        found.append(float((across > 0.15).mean()))
        half = (scaled.shape[1] // 2, scaled.shape[0] // 2)
        scaled = np.asarray(cv2.resize(scaled, half, interpolation=cv2.INTER_AREA), np.float32)
    fine = thumb - cv2.GaussianBlur(thumb, (0, 0), 1.5)
    spread = np.sqrt(np.maximum(cv2.blur(thumb * thumb, (5, 5)) - cv2.blur(thumb, (5, 5)) ** 2, 0.0))
    inside = thumb > 0.25
    texture = float(np.abs(fine[inside]).mean()) if inside.any() else 0.0
    found += [_root(np.abs(fine).mean()), _root(texture), float((spread < _EVEN).mean()), float(np.median(spread))]
    return np.array(found, np.float32)


def _root(value: float | np.floating) -> float:
    """Square root: gradients are spread over decades."""
    return float(np.sqrt(value))


def _borders(thumb: Floats) -> Floats:
    sides = (thumb[:4], thumb[-4:], thumb[:, :3], thumb[:, -3:])
    return np.array([value for side in sides for value in (side.mean(), side.std())], np.float32)


def _profiles(thumb: Floats) -> Floats:
    by_column = thumb.reshape(ROWS, _BINS, -1).mean(axis=(0, 2))
    by_row = thumb.reshape(_BINS, -1, COLUMNS).mean(axis=(1, 2))
    return np.concatenate([by_column, by_row]).astype(np.float32)


def _symmetry(thumb: Floats) -> Floats:
    centred = thumb - thumb.mean()
    energy = max(float((centred * centred).mean()), 1e-9)
    mirrored = float((centred * centred[:, ::-1]).mean()) / energy
    turned = float((centred * centred[::-1]).mean()) / energy
    steps = np.diff(cv2.blur(thumb, (9, 9)), axis=1)
    falls = float(np.minimum(steps, 0.0).sum() / min(-1e-6, -float(np.abs(steps).sum())))
    return np.array([mirrored, turned, falls], np.float32)


def _shape(thumb: Floats) -> Floats:
    """Measure the largest bright region: its share, place, solidity, the length on each side, and the rest."""
    grey = np.round(thumb * 255).astype(np.uint8)
    level, _ = cv2.threshold(grey, 0, 1, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    bright = np.asarray(grey > 0.6 * level, np.uint8)
    count, labels, stats, centres = cv2.connectedComponentsWithStats(bright, connectivity=4)
    if count < 2:
        return np.zeros(13, np.float32)
    chosen = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    mask = np.asarray(labels == chosen, np.uint8)
    area = float(stats[chosen, cv2.CC_STAT_AREA])
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outline = max(contours, key=cv2.contourArea)
    hull = cv2.contourArea(cv2.convexHull(outline)) + 1.0
    filled = cv2.contourArea(outline) + 1.0
    box = float(stats[chosen, cv2.CC_STAT_WIDTH] * stats[chosen, cv2.CC_STAT_HEIGHT])
    roundness = 4.0 * np.pi * filled / (cv2.arcLength(outline, closed=True) + 1.0) ** 2
    sides = [mask[:, 1].mean(), mask[:, -2].mean(), mask[1].mean(), mask[-2].mean()]
    place = [centres[chosen][0] / COLUMNS, centres[chosen][1] / ROWS]
    shares = [area / thumb.size, area / max(1.0, float(bright.sum())), filled / hull, area / (filled + 1.0)]
    return np.array([*shares, area / box, roundness, np.log1p(count), *place, *sides], np.float32)
