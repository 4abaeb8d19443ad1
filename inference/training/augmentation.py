"""Draws from a film: a crop or the whole, turned, scaled and re-exposed, with its targets."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.training.data import FilmSet
from inference.training.settings import Augmentation, Phase

CELL: Final = 16
"""Tensor pixels along one side of a heat map's cell."""


@dataclass(frozen=True, eq=False)
class Batch:
    """What one training step is shown.

    Attributes
    ----------
    tensors
        ``(batch, rows, columns, 1)``, float32, 0..1.
    labels, label_weights
        ``(batch,)``: malignant or not, and whether that may be asked of this draw.
    mass, malignant, malignant_weights
        ``(batch, rows / 16, columns / 16)``: share of each cell covered by a lesion; whether the lesion
        there is malignant; and where that may be asked.
    """

    tensors: NDArray[np.float32]
    labels: NDArray[np.float32]
    label_weights: NDArray[np.float32]
    mass: NDArray[np.float32]
    malignant: NDArray[np.float32]
    malignant_weights: NDArray[np.float32]

    def arrays(self) -> tuple[NDArray[np.float32], ...]:
        """The fields in order, for the compiled step."""
        return (
            self.tensors,
            self.labels,
            self.label_weights,
            self.mass,
            self.malignant,
            self.malignant_weights,
        )


def _matrix(
    rng: np.random.Generator, augmentation: Augmentation, phase: Phase, centre: tuple[float, float]
) -> NDArray[np.float64]:
    """Draw the affine map from film (x, y) to crop (x, y) that brings ``centre`` (row, column) to the middle."""
    angle = np.deg2rad(rng.uniform(-augmentation.rotation_degrees, augmentation.rotation_degrees))
    scale = np.exp(rng.uniform(-1, 1) * np.log1p(augmentation.scale))
    stretch = np.exp(rng.uniform(-0.5, 0.5) * np.log1p(augmentation.aspect))
    mirror = -1.0 if augmentation.mirror and not phase.whole and rng.random() < 0.5 else 1.0
    upside = -1.0 if augmentation.upside_down and rng.random() < 0.5 else 1.0
    cosine, sine = np.cos(angle), np.sin(angle)
    turn = np.array([[cosine, -sine], [sine, cosine]])
    linear = turn @ np.diag([scale * stretch * mirror, scale / stretch * upside])
    offset = np.array([phase.columns / 2, phase.rows / 2]) - linear @ np.array([centre[1], centre[0]])
    return np.column_stack([linear, offset])


def _centre(
    rng: np.random.Generator, films: FilmSet, index: int, phase: Phase, background: bool
) -> tuple[float, float]:
    """Choose the film point (row, column) in the middle of the draw."""
    if phase.whole:
        return (
            films.tensors.shape[1] / 2 + rng.uniform(-20, 20),
            films.tensors.shape[2] / 2 + rng.uniform(-12, 12),
        )
    boxes = films.boxes[index]
    if background or len(boxes) == 0:
        film = films.tensors[index]
        for _ in range(20):
            row, column = rng.integers(film.shape[0]), rng.integers(film.shape[1])
            if film[row, column] > 0:
                break
        return float(row), float(column)
    top, left, bottom, right = boxes[rng.integers(len(boxes))]
    reach = 0.3 * np.array([phase.rows, phase.columns])
    return (
        float((top + bottom) / 2 + rng.uniform(-reach[0], reach[0])),
        float((left + right) / 2 + rng.uniform(-reach[1], reach[1])),
    )


def _expose(rng: np.random.Generator, augmentation: Augmentation, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Change gamma, contrast and grain by a look-up table and noise."""
    gamma = np.exp(rng.uniform(-augmentation.gamma, augmentation.gamma))
    gain = 1.0 + rng.uniform(-augmentation.contrast, augmentation.contrast)
    table = np.clip(gain * np.linspace(0, 1, 256) ** gamma, 0, 1).astype(np.float32)
    exposed = table[picture]
    if augmentation.noise > 0 and rng.random() < 0.5:
        grain = rng.standard_normal(exposed.shape, np.float32) * np.float32(rng.uniform(0, augmentation.noise))
        exposed = np.where(picture > 0, np.clip(exposed + grain, 0, 1), exposed)
    return np.asarray(exposed, np.float32)


def _targets(
    films: FilmSet, index: int, matrix: NDArray[np.float64], phase: Phase
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Draw the lesions, as ellipses in their boxes, into the cells: mass, malignant, where it is known."""
    rows, columns = phase.rows, phase.columns
    mass = np.zeros((rows, columns), np.uint8)
    malignant = np.zeros((rows // CELL, columns // CELL), np.float32)
    known = np.zeros_like(malignant)
    for lesion, (top, left, bottom, right) in zip(films.films[index].lesions, films.boxes[index], strict=True):
        ring = np.linspace(0, 2 * np.pi, 24, endpoint=False)
        x = (left + right) / 2 + np.cos(ring) * max(right - left, CELL) / 2
        y = (top + bottom) / 2 + np.sin(ring) * max(bottom - top, CELL) / 2
        outline = (matrix @ np.stack([x, y, np.ones_like(x)])).T
        one = np.zeros((rows, columns), np.uint8)
        cv2.fillPoly(one, [np.round(outline).astype(np.int32)], 255)
        mass = np.maximum(mass, one)
        if lesion.malignant is not None:
            cover = cv2.resize(one, (columns // CELL, rows // CELL), interpolation=cv2.INTER_AREA) / 255.0
            known = np.maximum(known, np.where(cover > 0.3, cover, 0.0)).astype(np.float32)
            malignant = np.where(cover > 0.3, np.float32(films.target(index, lesion.malignant)), malignant)
    share = cv2.resize(mass, (columns // CELL, rows // CELL), interpolation=cv2.INTER_AREA)
    return (share / 255.0).astype(np.float32), malignant.astype(np.float32), known


def draw(
    rng: np.random.Generator, films: FilmSet, indices: NDArray[np.intp], phase: Phase, augmentation: Augmentation
) -> Batch:
    """Draw one batch: film ``i`` of ``indices`` gives row ``i``.

    A draw is asked for its label when it shows the whole film or at least a third of a lesion; then the
    label is malignant if any lesion shown is, or, where the lesions' labels are unknown, the film's.
    """
    size = len(indices)
    shape = (size, phase.rows // CELL, phase.columns // CELL)
    tensors = np.zeros((size, phase.rows, phase.columns, 1), np.float32)
    labels, weights = np.zeros(size, np.float32), np.zeros(size, np.float32)
    mass, malignant, known = (np.zeros(shape, np.float32) for _ in range(3))
    for row, index in enumerate(int(i) for i in indices):
        background = not phase.whole and rng.random() < phase.background_share
        centre = _centre(rng, films, index, phase, background)
        matrix = _matrix(rng, augmentation, phase, centre)
        picture = cv2.warpAffine(films.tensors[index], matrix, (phase.columns, phase.rows), flags=cv2.INTER_LINEAR)
        tensors[row, :, :, 0] = _expose(rng, augmentation, np.asarray(picture, np.uint8))
        mass[row], malignant[row], known[row] = _targets(films, index, matrix, phase)
        film = films.films[index]
        shown = known[row] > 0.3
        whole_label = films.target(index, film.malignant)
        labels[row] = float(malignant[row][shown].max()) if shown.any() and not phase.whole else whole_label
        weights[row] = 1.0 if phase.whole or mass[row].max() > 0.3 else 0.0
    return Batch(tensors, labels, weights, mass, malignant, known)
