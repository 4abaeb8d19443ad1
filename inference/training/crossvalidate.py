"""Cross-validation by patient: every film is scored once, by a network that never saw its patient."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import keras
import numpy as np
from numpy.typing import NDArray

from inference.architecture import build
from inference.calibration import (
    Calibration,
    OperatingPoint,
    Platt,
    fit_platt,
    threshold_at_sensitivity,
    threshold_at_specificity,
)
from inference.errors import TrainingError
from inference.training.artefact import Reading
from inference.training.data import Film, FilmSet, patient_folds
from inference.training.fit import score, train
from inference.training.metrics import Floats, Interval, auroc, bootstrap
from inference.training.settings import Settings

logger = logging.getLogger(__name__)

WEIGHTS_SUFFIX: Final = ".weights.h5"
"""Of the file that keeps a fold's network, for measures beyond its scores (:mod:`inference.training.localise`)."""


@dataclass(frozen=True, eq=False)
class Level:
    """Logits, truths and patients at one level: image, breast or patient; each ``(n,)``."""

    logits: Floats
    labels: Floats
    patients: NDArray[np.str_]

    def probabilities(self, line: Platt) -> Floats:
        """Calibrated probabilities."""
        return np.array([line.probability(float(logit)) for logit in self.logits], np.float64)

    def auroc(self, draws: int = 2000) -> Interval:
        """AUROC with its patient-level bootstrap interval."""
        return bootstrap(self.labels, self.logits, self.patients, auroc, draws)


def to_logits(scores: Floats) -> Floats:
    """Logits of raw scores, clipped as in serving."""
    clipped = np.clip(scores, 1e-7, 1.0 - 1e-7)
    return np.asarray(np.log(clipped / (1.0 - clipped)), np.float64)


def levels(films: Sequence[Film], scores: Floats) -> dict[str, Level]:
    """Gather scores by image, breast (mean logit) and patient (larger breast), as serving does.

    Returns
    -------
    dict
        ``"image"``, ``"breast"`` and ``"patient"``.  A breast or patient is malignant when any of its
        films is.
    """
    logits, labels = to_logits(scores), np.array([float(film.malignant) for film in films])
    breasts = np.array([film.breast for film in films])
    names, codes = np.unique(breasts, return_inverse=True)
    mean = np.bincount(codes, logits) / np.bincount(codes)
    truth = np.array([labels[codes == code].max() for code in range(len(names))])
    owner = np.array([films[int(np.argmax(codes == code))].patient_id for code in range(len(names))])
    people, person = np.unique(owner, return_inverse=True)
    largest = np.array([mean[person == code].max() for code in range(len(people))])
    sick = np.array([truth[person == code].max() for code in range(len(people))])
    return {
        "image": Level(logits, labels, np.array([film.patient_id for film in films])),
        "breast": Level(mean, truth, owner),
        "patient": Level(largest, sick, people),
    }


def out_of_fold_probabilities(films: Sequence[Film], scores: Floats, fold_of: NDArray[np.intp], level: str) -> Floats:
    """Calibrate each fold's scores by a line fitted to the other folds; in the order of :func:`levels`."""
    found = levels(films, scores)[level]
    fold_by_patient = {film.patient_id: int(fold) for film, fold in zip(films, fold_of, strict=True)}
    folds = np.array([fold_by_patient[patient] for patient in found.patients])
    result = np.zeros(len(folds))
    for fold in np.unique(folds):
        inside = folds == fold
        line = fit_platt(found.logits[~inside], found.labels[~inside])
        result[inside] = found.probabilities(line)[inside]
    return result


def reading(found: dict[str, Level], origin: str) -> Reading:
    """Fit the three calibrations and the operating points to out-of-fold scores."""
    lines = [fit_platt(found[name].logits, found[name].labels) for name in ("image", "breast", "patient")]
    patient = found["patient"]
    probabilities = patient.probabilities(lines[2])
    points = (
        OperatingPoint("screening", threshold_at_sensitivity(probabilities, patient.labels, 0.95)),
        OperatingPoint("balanced", 0.5),
        OperatingPoint("high_specificity", threshold_at_specificity(probabilities, patient.labels, 0.90)),
    )
    return Reading(Calibration(*lines), points, "balanced", origin)


def cross_validate(
    films: FilmSet, settings: Settings, folder: Path, weights: Path | None, folds: int | None = None
) -> tuple[Floats, NDArray[np.intp]]:
    """Score every film by a network trained on the other folds' patients.

    Parameters
    ----------
    films
        The training films.
    settings
        Of the training; ``settings.folds`` folds.
    folder
        Each fold's checkpoints and result; a finished fold is not trained again.
    weights
        The backbone file, or None for the installed package's.
    folds
        Train only the first so many folds; the other films' scores are nan.

    Returns
    -------
    tuple
        Raw scores ``(films,)`` and the fold of each film.
    """
    fold_of = patient_folds(films.films, settings.folds, settings.seed)
    scores = np.full(len(films.films), np.nan)
    for fold in range(settings.folds if folds is None else folds):
        held_out = np.flatnonzero(fold_of == fold)
        path = folder / f"fold{fold}.npy"
        if path.is_file():
            scores[held_out] = np.load(path)
            continue
        network = train(films.subset(np.flatnonzero(fold_of != fold)), settings, folder / f"fold{fold}", weights)
        test = films.subset(held_out)
        scores[held_out] = score(network, test.tensors, settings.flips_at_test)
        network.save_weights(folder / f"fold{fold}{WEIGHTS_SUFFIX}")
        np.save(path, scores[held_out])
        found = auroc(test.labels.astype(np.float64), scores[held_out])
        logger.info("fold %d of %d: image AUROC %.3f", fold + 1, settings.folds, found)
        keras.backend.clear_session()
    return scores, fold_of


def fold_network(settings: Settings, folder: Path, fold: int) -> keras.Model:
    """Load the network of one fold that :func:`cross_validate` kept, for pictures of the settings' size.

    Raises
    ------
    TrainingError
        If it did not.
    """
    path = folder / f"fold{fold}{WEIGHTS_SUFFIX}"
    if not path.is_file():
        raise TrainingError(f"The network of the fold is not at {path}: make train keeps it there.")
    network = build(settings.variant, settings.height, settings.width, settings.head_channels)
    network.load_weights(path)
    return network
