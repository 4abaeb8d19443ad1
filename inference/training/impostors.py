"""Pictures that are no mammograms, from which the gate learns: drawn by code, and cut from sample photographs.

Every function takes a generator and returns grey levels 0..1; :func:`draw` picks a kind.
"""

from collections.abc import Callable, Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Random = np.random.Generator
_WORDS: Final = ("report", "patient", "the", "of", "breast", "image", "Invoice", "2024", "total", "page", "and", "is")


def noise(rng: Random, side: int = 320) -> Floats:
    """Draw white, salt-and-pepper or cloudy noise, over the whole picture."""
    kind = rng.integers(3)
    if kind == 0:
        size = int(rng.choice([8, 24, 96, side]))
        grains = cv2.resize(rng.random((size, size), np.float32), (side, side), interpolation=int(rng.integers(0, 3)))
        return np.asarray(grains, np.float32)
    if kind == 1:
        return (rng.random((side, side), np.float32) < rng.uniform(0.02, 0.5)).astype(np.float32)
    return cloud(rng, side, int(rng.integers(1, 7)))


def cloud(rng: Random, side: int, first: int = 2) -> Floats:
    """Draw smoothed noise of several octaves, 0..1."""
    total = np.zeros((side, side), np.float32)
    for octave in range(first, 8):
        coarse = rng.random((2**octave, 2**octave), np.float32)
        total += cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC) / np.float32(1.6 ** (octave - first))
    return _stretched(total)


def gradient(rng: Random, side: int = 320) -> Floats:
    """Draw a ramp, a halo, stripes or a chess board."""
    y, x = np.mgrid[0:side, 0:side].astype(np.float32) / np.float32(side)
    angle = rng.uniform(0, 2 * np.pi)
    ramp = np.float32(np.cos(angle)) * x + np.float32(np.sin(angle)) * y
    radius = np.hypot(x - np.float32(rng.uniform(-0.1, 1.1)), y - np.float32(rng.uniform(-0.1, 1.1)))
    frequency = np.float32(rng.uniform(2, 30))
    choices = (ramp, radius, -radius, np.sin(frequency * ramp * 6), np.sin(frequency * radius * 6))
    picked = _stretched(choices[int(rng.integers(len(choices)))])
    if rng.random() < 0.3:
        picked = np.floor(picked * int(rng.integers(2, 9))).astype(np.float32)
    if rng.random() < 0.2:
        squares = int(rng.integers(2, 20))
        picked = ((np.floor(x * squares) + np.floor(y * squares)) % 2).astype(np.float32)
    return _grainy(rng, _stretched(picked))


def text_page(rng: Random, side: int = 480) -> Floats:
    """Draw lines of words, dark on light or light on dark, sometimes beside a box or a column of black."""
    page = np.zeros((side, side), np.uint8)
    size = rng.uniform(0.3, 1.2)
    left, y = int(rng.uniform(0.0, 0.2) * side), int(rng.uniform(0.03, 0.2) * side)
    end = side * rng.uniform(0.3, 1.0)
    while y < end:
        words = " ".join(str(rng.choice(_WORDS)) for _ in range(int(rng.integers(1, 12))))
        cv2.putText(page, words, (left, y), int(rng.integers(0, 5)), size, 255, int(rng.integers(1, 3)), cv2.LINE_AA)
        y += int(size * rng.uniform(28, 50))
    if rng.random() < 0.3:
        corner = (int(rng.uniform(0, 0.6) * side), int(rng.uniform(0, 0.6) * side))
        cv2.rectangle(page, corner, (side - 20, side - 20), int(rng.integers(50, 255)), int(rng.choice([2, -1])))
    picture = page.astype(np.float32) / np.float32(255)
    return _grainy(rng, 1.0 - picture if rng.random() < 0.7 else picture)


def shapes(rng: Random, side: int = 320) -> Floats:
    """Draw discs, boxes and polygons of several greys on a plain ground."""
    picture = np.full((side, side), rng.uniform(0, 1) if rng.random() < 0.5 else 0.0, np.float32)
    for _ in range(int(rng.integers(1, 9))):
        points = rng.integers(0, side, (int(rng.integers(3, 7)), 2)).astype(np.int32)
        grey = float(rng.uniform(0.1, 1))
        choice = rng.integers(3)
        if choice == 0:
            cv2.fillPoly(picture, [points], grey)
        elif choice == 1:
            axes = (int(rng.uniform(0.05, 0.4) * side), int(rng.uniform(0.05, 0.4) * side))
            cv2.ellipse(picture, points[0].tolist(), axes, float(rng.uniform(0, 180)), 0, 360, grey, -1)
        else:
            cv2.rectangle(picture, points[0].tolist(), points[1].tolist(), grey, -1)
    if rng.random() < 0.5:
        picture = picture * (0.5 + 0.5 * cloud(rng, side))
    return _grainy(rng, picture)


def chest_film(rng: Random, side: int = 320) -> Floats:
    """Draw a chest from the front: a bright trunk, two dark lungs with ribs, a spine and a heart."""
    y, x = np.mgrid[0:side, 0:side].astype(np.float32) / np.float32(side) - np.float32(0.5)
    x, y = x + np.float32(rng.uniform(-0.06, 0.06)), y + np.float32(rng.uniform(-0.06, 0.06))
    wide, tall = rng.uniform(0.42, 0.75), rng.uniform(0.5, 0.9)
    body = _soft(1.0 - (x / wide) ** 4 - (y / tall) ** 4, 8)
    picture = body * np.float32(rng.uniform(0.55, 0.8))
    offset, lung = rng.uniform(0.17, 0.24), rng.uniform(0.11, 0.17)
    for sign in (-1.0, 1.0):
        inside = _soft(1.0 - ((x - sign * offset) / lung) ** 2 - ((y + 0.03) / rng.uniform(0.26, 0.38)) ** 2, 6)
        picture -= inside * np.float32(rng.uniform(0.35, 0.5))
    picture += 0.12 * body * (np.sin((y + 0.35 * np.abs(x)) * rng.uniform(55, 85)) > 0.4)
    picture += 0.18 * _soft(1.0 - (x / 0.04) ** 2, 3) * body
    picture += 0.25 * _soft(1.0 - ((x - 0.06) / 0.13) ** 2 - ((y - 0.13) / 0.14) ** 2, 5) * body
    return _grainy(rng, _stretched(picture + 0.1 * cloud(rng, side)))


def ultrasound(rng: Random, side: int = 320) -> Floats:
    """Draw a sector or a rectangle of speckle in layers on black, sometimes with letters beside it."""
    y, x = np.mgrid[0:side, 0:side].astype(np.float32) / np.float32(side)
    speckle = cv2.GaussianBlur(rng.exponential(1.0, (side, side)).astype(np.float32), (0, 0), rng.uniform(0.7, 2.5))
    layers = 0.5 + 0.5 * np.sin(rng.uniform(8, 30) * y + 3 * cloud(rng, side, 1))
    echo = _stretched(np.sqrt(speckle)) * (0.3 + layers) * np.exp(-rng.uniform(0, 2) * y)
    for _ in range(int(rng.integers(0, 4))):
        centre, size = rng.uniform(0.2, 0.8, 2), rng.uniform(0.03, 0.18, 2)
        cyst = 1.0 - ((x - centre[0]) / size[0]) ** 2 - ((y - centre[1]) / size[1]) ** 2
        echo = echo * (1.0 - 0.9 * _soft(cyst, 6))
    depth, angle = np.hypot(x - 0.5, y + rng.uniform(-0.05, 0.3)), np.arctan2(x - 0.5, y + 0.05)
    if rng.random() < 0.6:
        seen = (np.abs(angle) < rng.uniform(0.4, 0.9)) & (depth > 0.15) & (depth < rng.uniform(0.8, 1.2))
    else:
        left, right = rng.uniform(0, 0.25), rng.uniform(0.75, 1.0)
        seen = (x > left) & (x < right) & (y > rng.uniform(0, 0.15)) & (y < rng.uniform(0.7, 1.0))
    picture = _stretched(np.asarray(echo * seen, np.float32))
    if rng.random() < 0.6:
        letters = np.zeros(picture.shape, np.uint8)
        cv2.putText(letters, "12:31 7.5MHz", (5, int(rng.uniform(12, side))), 0, 0.4, 230, 1)
        picture = np.maximum(picture, letters.astype(np.float32) / np.float32(255))
    return _grainy(rng, picture)


def section(rng: Random, side: int = 320) -> Floats:
    """Draw a cross-section: an ellipse with a bright ring and smaller ellipses inside, on black."""
    y, x = np.mgrid[0:side, 0:side].astype(np.float32) / np.float32(side) - np.float32(0.5)
    x, y = x + np.float32(rng.uniform(-0.05, 0.05)), y + np.float32(rng.uniform(-0.05, 0.05))
    wide, tall = rng.uniform(0.25, 0.48, 2)
    value = 1.0 - (x / wide) ** 2 - (y / tall) ** 2
    picture = _soft(value, 20) * np.float32(rng.uniform(0.3, 0.6)) * (0.6 + 0.4 * cloud(rng, side))
    picture += (np.abs(value - 0.1) < 0.07) * np.float32(rng.uniform(0.0, 0.7))
    for _ in range(int(rng.integers(2, 9))):
        centre, size = rng.uniform(-0.2, 0.2, 2), rng.uniform(0.02, 0.12, 2)
        blob = _soft(1.0 - ((x - centre[0]) / size[0]) ** 2 - ((y - centre[1]) / size[1]) ** 2, 8)
        picture += blob * np.float32(rng.uniform(-0.5, 0.5)) * (value > 0)
    return _grainy(rng, _stretched(picture))


def limb(rng: Random, side: int = 320) -> Floats:
    """Draw bones in soft tissue: tapered rods across the picture."""
    picture: Floats = np.zeros((side, side), np.float32)
    for _ in range(int(rng.integers(1, 6))):
        start, end = rng.integers(-20, side + 20, 2).tolist(), rng.integers(-20, side + 20, 2).tolist()
        width = int(rng.uniform(8, 70))
        tissue, bone = np.zeros_like(picture), np.zeros_like(picture)
        cv2.line(tissue, start, end, 0.35, width * 2)
        cv2.line(bone, start, end, 0.6, width)
        cv2.line(bone, start, end, 0.35, max(1, width // 2))
        around = np.asarray(cv2.GaussianBlur(tissue, (0, 0), 6), np.float32)
        picture = np.maximum(picture, around) + np.asarray(cv2.GaussianBlur(bone, (0, 0), 2), np.float32)
    return _grainy(rng, _stretched(picture * (0.7 + 0.3 * cloud(rng, side))))


def cut(rng: Random, photographs: Sequence[Floats]) -> Floats:
    """Cut a part of a sample photograph, mirror and turn it, change its tones; sometimes lay it on black."""
    photograph = photographs[int(rng.integers(len(photographs)))]
    share = rng.uniform(0.35, 1.0)
    rows, columns = (max(24, int(share * n)) for n in photograph.shape)
    top, left = int(rng.integers(photograph.shape[0] - rows + 1)), int(rng.integers(photograph.shape[1] - columns + 1))
    part = photograph[top : top + rows, left : left + columns]
    part = np.rot90(part, int(rng.integers(4)))[:, :: int(rng.choice([-1, 1]))]
    part = _stretched(part) ** np.float32(rng.uniform(0.5, 2.0))
    if rng.random() < 0.2:
        part = 1.0 - part
    if rng.random() < 0.25:
        y, x = np.mgrid[0 : part.shape[0], 0 : part.shape[1]].astype(np.float32)
        y, x = y / part.shape[0] - rng.uniform(0.3, 0.7), x / part.shape[1] - rng.uniform(0.3, 0.7)
        reach = rng.uniform(0.2, 0.5, 2)
        part *= _soft(1.0 - (x / reach[0]) ** 2 - (y / reach[1]) ** 2, 12)
    return np.asarray(part, np.float32)


DRAWN: Final[dict[str, Callable[[Random], Floats]]] = {
    "noise": noise,
    "gradient": gradient,
    "text page": text_page,
    "shapes": shapes,
    "chest film (drawn)": chest_film,
    "ultrasound (drawn)": ultrasound,
    "section (drawn)": section,
    "limb (drawn)": limb,
}
"""The kinds drawn by code."""


def _soft(value: Floats, steepness: float) -> Floats:
    """Step from 0 to 1 where ``value`` crosses zero."""
    return np.asarray(np.clip(0.5 + steepness * value, 0.0, 1.0), np.float32)


def _stretched(picture: Floats) -> Floats:
    low, high = float(picture.min()), float(picture.max())
    return np.asarray((picture - low) / max(high - low, 1e-6), np.float32)


def _grainy(rng: Random, picture: Floats) -> Floats:
    if rng.random() < 0.5:
        picture = picture + rng.normal(0, rng.uniform(0.005, 0.08), picture.shape).astype(np.float32)
    return np.asarray(np.clip(picture, 0, 1), np.float32)
