"""From raw scores to calibrated probabilities, and the named operating points.

A raw score is turned into its logit, views are averaged there, and a straight line in the logit
(Platt scaling), fitted out of fold, gives the probability.  Image, breast and study each have a line
of their own, because a mean or a maximum of logits is spread differently from a single one.

References
----------
Platt J (1999), Probabilistic outputs for support vector machines.
Guo C et al. (2017), On calibration of modern neural networks, ICML.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

_CLIP: Final = 1e-7
_STEEPEST: Final = 40.0


@dataclass(frozen=True)
class Platt:
    """``probability = sigmoid(slope * logit + intercept)``."""

    slope: float
    intercept: float

    def probability(self, logit: float) -> float:
        """Calibrated probability, 0..1, of a mean or maximum of logits."""
        return sigmoid(self.slope * logit + self.intercept)


@dataclass(frozen=True)
class Calibration:
    """The three lines: for an image, for a breast, for a study."""

    image: Platt
    breast: Platt
    study: Platt


@dataclass(frozen=True)
class OperatingPoint:
    """A named threshold on the study's calibrated probability: Malignant from it upwards."""

    name: str
    threshold: float


def sigmoid(value: float) -> float:
    """``1 / (1 + exp(-value))`` without overflow."""
    if value >= 0.0:
        return 1.0 / (1.0 + math.exp(-value))
    return math.exp(value) / (1.0 + math.exp(value))


def logit(score: float) -> float:
    """Logit of a score 0..1, clipped at 1e-7 from the ends."""
    clipped = min(max(score, _CLIP), 1.0 - _CLIP)
    return math.log(clipped / (1.0 - clipped))


def breast_logit(scores: Sequence[float]) -> float:
    """Combine the raw scores of one breast's views: the mean of their logits."""
    return sum(logit(score) for score in scores) / len(scores)


def study_logit(breasts: Sequence[float]) -> float:
    """Combine the logits of a study's breasts: the larger one, calibrated afterwards as such."""
    return max(breasts)


def fit_platt(logits: NDArray[np.float64], labels: NDArray[np.float64], steps: int = 100) -> Platt:
    """Fit a line in the logit by maximum likelihood (Newton's method) with Platt's smoothed targets.

    Parameters
    ----------
    logits, labels
        Out-of-fold logits and truths (0 or 1), ``(n,)``.
    steps
        At most so many Newton steps.

    Returns
    -------
    Platt
        The slope and intercept.
    """
    positives = labels.sum()
    negatives = len(labels) - positives
    high, low = (positives + 1.0) / (positives + 2.0), 1.0 / (negatives + 2.0)
    targets = np.where(labels > 0.5, high, low)
    design = np.column_stack([logits, np.ones_like(logits)])
    line = np.array([1.0, 0.0])
    for _ in range(steps):
        fitted = 1.0 / (1.0 + np.exp(-np.clip(design @ line, -_STEEPEST, _STEEPEST)))
        gradient = design.T @ (fitted - targets)
        curvature = (design * (fitted * (1.0 - fitted))[:, None]).T @ design + 1e-9 * np.eye(2)
        change = np.linalg.solve(curvature, gradient)
        # Short steps: far from the optimum, Newton's own would overshoot where the classes are apart.
        line = line - change * min(1.0, 1.0 / max(float(np.abs(change).max()), 1e-12))
        if float(np.abs(change).max()) < 1e-10:
            break
    return Platt(float(line[0]), float(line[1]))


def threshold_at_specificity(
    probabilities: NDArray[np.float64], labels: NDArray[np.float64], specificity: float
) -> float:
    """Smallest threshold at which at least ``specificity`` of the benign lie below it."""
    benign = np.sort(probabilities[labels < 0.5])
    needed = math.ceil(specificity * len(benign) - 1e-9)
    return 0.0 if needed == 0 else float(np.nextafter(benign[needed - 1], 2.0))


def threshold_at_sensitivity(
    probabilities: NDArray[np.float64], labels: NDArray[np.float64], sensitivity: float
) -> float:
    """Largest threshold at which at least ``sensitivity`` of the malignant lie on or above it."""
    malignant = np.sort(probabilities[labels > 0.5])[::-1]
    needed = max(1, math.ceil(sensitivity * len(malignant) - 1e-9))
    return float(malignant[needed - 1])
