"""What the gate must let pass, and what of a mammogram it must not: variants of films, phantoms, cuttings."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.contract import InputSpec, View
from inference.preprocess import to_tensor
from inference.training.data import Film
from inference.training.impostors import cloud

Random = np.random.Generator
Pixels = NDArray[np.uint16]
_CANVAS: Final = InputSpec(512, 512)


def varied(rng: Random, pixels: Pixels) -> Pixels:
    """Change a mammogram as scanners, detectors and exports do: side, tones, tilt, margins, background."""
    levels = pixels.astype(np.float32) / np.float32(65535)
    if rng.random() < 0.35:
        # the serving path's own mask makes a film look like a detector's image: black around the breast
        levels = to_tensor(View("", pixels, float(rng.uniform(0.9, 1.8))), _CANVAS).tensor[:, :, 0]
        filled = levels.max(axis=0) > 0
        levels = levels[:, : max(64, int(np.flatnonzero(filled).max(initial=64)) + 1)]
        margin = int(rng.uniform(0, 0.5) * levels.shape[1])
        levels = np.pad(levels, ((0, 0), (0, margin)))
    else:
        top, bottom, left, right = (int(share * 40) for share in rng.random(4))
        levels = levels[top : levels.shape[0] - bottom, left : levels.shape[1] - right]
    levels = _tilted(rng, levels)
    if rng.random() < 0.5:
        levels = levels[:, ::-1]
    levels = levels ** np.float32(rng.uniform(0.6, 1.7))
    if rng.random() < 0.5:
        levels = _fogged(rng, levels)
    if rng.random() < 0.3:
        noise = rng.normal(0, rng.uniform(0.003, 0.02), levels.shape).astype(np.float32)
        levels = np.clip(levels + noise, 0, 1)
    return np.asarray(np.round(levels * 65535), np.uint16)


def _tilted(rng: Random, levels: NDArray[np.float32]) -> NDArray[np.float32]:
    rows, columns = levels.shape
    turn = cv2.getRotationMatrix2D((columns / 2, rows / 2), float(rng.normal(0, 3)), float(rng.uniform(0.95, 1.15)))
    turn[:, 2] += rng.normal(0, 0.02, 2) * np.array([columns, rows])
    turned = cv2.warpAffine(np.ascontiguousarray(levels), turn, (columns, rows), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(turned, np.float32)


def _fogged(rng: Random, levels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Raise the background as unmasked film has it: an uneven grey floor, often with black bars and stickers."""
    rows, columns = levels.shape
    uneven = rng.uniform(0.02, 0.25) * (1.0 + rng.uniform(0, 0.4) * (cloud(rng, 128, 1) - 0.5))
    floor = np.asarray(cv2.resize(np.asarray(uneven, np.float32), (columns, rows)), np.float32)
    fogged = floor + (np.float32(1.0) - floor) * levels
    for _ in range(int(rng.integers(0, 4))):
        top, left = int(rng.uniform(0, rows)), int(rng.uniform(0.3, 1.0) * columns)
        height, width = (int(value) for value in rng.uniform(0.02, 0.12, 2) * np.array([rows, columns]))
        part = fogged[top : top + height, left : left + width]
        part[...] = np.minimum(part, np.float32(rng.uniform(0, 0.05)))
    return np.asarray(fogged, np.float32)


def phantom(rng: Random, rows: int = 512, columns: int = 400) -> Pixels:
    """Draw a breast as a detector shows it: half an ellipse of tissue on black, with or without a muscle."""
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    reach_x, reach_y = columns * rng.uniform(0.4, 0.95), rows * rng.uniform(0.25, 0.47)
    centre = rows * rng.uniform(0.42, 0.62)
    bend = rng.uniform(1.6, 2.4)
    radius = (x / reach_x) ** bend + np.abs((y - centre) / reach_y) ** bend
    inside = np.clip((1.0 - radius) * rng.uniform(4, 14), 0, 1)
    texture = cv2.resize(cloud(rng, 256, int(rng.integers(1, 4))), (columns, rows))
    gland = np.clip(1.0 - rng.uniform(1.0, 1.8) * radius, 0, 1) * texture
    levels = inside * (rng.uniform(0.15, 0.45) + rng.uniform(0, 0.2) * texture) + rng.uniform(0.2, 0.7) * gland
    if rng.random() < 0.5:
        edge = 1.0 - x / (rng.uniform(0.25, 0.55) * columns) - y / (rng.uniform(0.4, 0.8) * rows)
        levels = np.maximum(levels, np.clip(4 * edge, 0, 1) * (rng.uniform(0.4, 0.8) + 0.05 * texture))
    if rng.random() < 0.3:
        place = (rng.uniform(0.1, 0.6) * reach_x, centre + rng.uniform(-0.4, 0.4) * reach_y)
        levels += 0.4 * inside * np.exp(-((x - place[0]) ** 2 + (y - place[1]) ** 2) / (rng.uniform(8, 30) ** 2))
    levels += (levels > 0.01) * rng.normal(0, rng.uniform(0, 0.01), levels.shape)
    levels = np.clip(levels / max(1e-6, float(levels.max())), 0, 1) ** rng.uniform(0.8, 1.3)
    if rng.random() < 0.5:
        levels = levels[:, ::-1]
    return np.asarray(np.round(levels * 65535), np.uint16)


def cutting(rng: Random, pixels: Pixels, film: Film) -> Pixels:
    """Cut a lesion with its surroundings out of a film: tissue from edge to edge, no mammogram."""
    lesion = film.lesions[int(rng.integers(len(film.lesions)))]
    side = max(lesion.width, lesion.height, 48.0) * rng.uniform(0.9, 1.8)
    rows, columns = pixels.shape
    top = int(np.clip(lesion.top + lesion.height / 2 - side / 2, 0, max(0, rows - side)))
    left = int(np.clip(lesion.left + lesion.width / 2 - side / 2, 0, max(0, columns - side)))
    return np.ascontiguousarray(pixels[top : top + int(side), left : left + int(side)])


def inverted(pixels: Pixels) -> Pixels:
    """Turn black and white: a mammogram read with the wrong photometric interpretation."""
    return np.asarray(np.uint16(65535) - pixels, np.uint16)
