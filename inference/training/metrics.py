"""Figures of merit and their patient-level bootstrap intervals, in plain numpy."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Measure = Callable[[Floats, Floats], float]


_CLIP = 1e-7


@dataclass(frozen=True)
class Interval:
    """A value with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


def auroc(labels: Floats, scores: Floats) -> float:
    """Area under the ROC curve by ranks, ties counted half; nan when one class is missing."""
    positives = int(labels.sum())
    negatives = len(labels) - positives
    if positives == 0 or negatives == 0:
        return float("nan")
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2.0)[inverse]
    return float((ranks[labels > 0.5].sum() - positives * (positives + 1) / 2.0) / (positives * negatives))


def average_precision(labels: Floats, scores: Floats) -> float:
    """Average precision: the mean, over the malignant, of the precision at their score; ties are one step."""
    if labels.sum() == 0:
        return float("nan")
    order = np.argsort(-scores, kind="stable")
    ranked, truth = scores[order], labels[order]
    last = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)
    found = np.cumsum(truth)[last]
    precision = found / (last + 1.0)
    return float(np.sum(np.diff(np.append(0.0, found)) * precision) / truth.sum())


def roc(labels: Floats, scores: Floats) -> tuple[Floats, Floats]:
    """False and true positive rates at every distinct score, from (0, 0) to (1, 1); nan without a class."""
    order = np.argsort(-scores, kind="stable")
    truth = labels[order]
    last = np.append(np.flatnonzero(np.diff(scores[order])), len(order) - 1)
    true = np.cumsum(truth)[last] / (truth.sum() or np.nan)
    false = np.cumsum(1.0 - truth)[last] / ((1.0 - truth).sum() or np.nan)
    return np.append(0.0, false), np.append(0.0, true)


def _both(labels: Floats) -> bool:
    """Whether both classes are there."""
    return bool(0 < labels.sum() < len(labels))


def sensitivity_at_90_specificity(labels: Floats, scores: Floats) -> float:
    """Largest sensitivity at a specificity of at least 90 %."""
    false, true = roc(labels, scores)
    return float(true[false <= 0.10 + 1e-12].max()) if _both(labels) else float("nan")


def sensitivity_at_95_specificity(labels: Floats, scores: Floats) -> float:
    """Largest sensitivity at a specificity of at least 95 %."""
    false, true = roc(labels, scores)
    return float(true[false <= 0.05 + 1e-12].max()) if _both(labels) else float("nan")


def specificity_at_90_sensitivity(labels: Floats, scores: Floats) -> float:
    """Largest specificity at a sensitivity of at least 90 %."""
    false, true = roc(labels, scores)
    return float(1.0 - false[true >= 0.90 - 1e-12].min()) if _both(labels) else float("nan")


def accuracy(labels: Floats, probabilities: Floats) -> float:
    """Share called right at a probability of one half."""
    return float(((probabilities >= 0.5) == (labels > 0.5)).mean())


def log_loss(labels: Floats, probabilities: Floats) -> float:
    """Mean negative log-likelihood."""
    clipped = np.clip(probabilities, _CLIP, 1.0 - _CLIP)
    return float(-(labels * np.log(clipped) + (1.0 - labels) * np.log(1.0 - clipped)).mean())


def brier(labels: Floats, probabilities: Floats) -> float:
    """Mean squared error of the probabilities."""
    return float(np.square(probabilities - labels).mean())


def expected_calibration_error(labels: Floats, probabilities: Floats, bins: int = 10) -> float:
    """Mean distance of probability and frequency over ``bins`` bins of equal width."""
    index = np.minimum((probabilities * bins).astype(np.intp), bins - 1)
    total = np.bincount(index, minlength=bins)
    gap = np.bincount(index, probabilities, bins) - np.bincount(index, labels, bins)
    return float(np.abs(gap[total > 0]).sum() / len(labels))


MEASURES: dict[str, Measure] = {
    "auroc": auroc,
    "average_precision": average_precision,
    "sensitivity_at_90_specificity": sensitivity_at_90_specificity,
    "sensitivity_at_95_specificity": sensitivity_at_95_specificity,
    "specificity_at_90_sensitivity": specificity_at_90_sensitivity,
    "accuracy": accuracy,
    "log_loss": log_loss,
    "brier": brier,
    "expected_calibration_error": expected_calibration_error,
}
"""What every report gives, each of labels and calibrated probabilities."""


def sensitivity(labels: Floats, calls: Floats) -> float:
    """Share of the malignant that were called so (1) and not benign (0); nan without any."""
    return float(calls[labels > 0.5].mean()) if labels.any() else float("nan")


def specificity(labels: Floats, calls: Floats) -> float:
    """Share of the benign that were called so (0); nan without any."""
    return float(1.0 - calls[labels < 0.5].mean()) if (labels < 0.5).any() else float("nan")


CALLS: dict[str, Measure] = {"sensitivity": sensitivity, "specificity": specificity}
"""What is given at an operating point, of labels and calls (0 or 1)."""


def bootstrap(
    labels: Floats,
    scores: Floats,
    patients: NDArray[np.str_],
    measure: Measure = auroc,
    draws: int = 2000,
    seed: int = 0,
) -> Interval:
    """Give a measure with the 95 % percentile interval of a bootstrap that draws whole patients.

    Parameters
    ----------
    labels, scores, patients
        One entry an image or breast, ``(n,)``.
    measure
        Of labels and scores.
    draws, seed
        Of the bootstrap.
    """
    return bootstrap_all(labels, scores, patients, {"it": measure}, draws, seed)["it"]


def bootstrap_all(
    labels: Floats,
    scores: Floats,
    patients: NDArray[np.str_],
    measures: Mapping[str, Measure],
    draws: int = 2000,
    seed: int = 0,
) -> dict[str, Interval]:
    """Give several measures as :func:`bootstrap` does, all on the same draws of patients."""
    names, codes = np.unique(patients, return_inverse=True)
    members = [np.flatnonzero(codes == code) for code in range(len(names))]
    rng = np.random.default_rng(seed)
    values = np.empty((draws, len(measures)))
    for number in range(draws):
        chosen = np.concatenate([members[i] for i in rng.integers(len(names), size=len(names))])
        values[number] = [measure(labels[chosen], scores[chosen]) for measure in measures.values()]
    low, high = np.nanpercentile(values, [2.5, 97.5], axis=0)
    return {
        name: Interval(measure(labels, scores), float(low[i]), float(high[i]))
        for i, (name, measure) in enumerate(measures.items())
    }
