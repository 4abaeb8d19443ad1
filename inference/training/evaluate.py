"""The report's numbers: cross-validation, the official test split, subgroups, false alarms, localisation."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from inference.calibration import Platt
from inference.loader import LoadedModel
from inference.preprocess import to_tensor
from inference.training import outoffold
from inference.training.crossvalidate import Level, levels, out_of_fold_probabilities
from inference.training.data import Film, lesion_boxes, load_view, read_manifest, select
from inference.training.metrics import MEASURES, Floats, auroc, bootstrap, bootstrap_all

logger = logging.getLogger(__name__)

DRAWS: Final = 2000
_LEVELS: Final = ("image", "breast", "patient")
_CELL: Final = 16
_CHUNK: Final = 4


@dataclass(frozen=True, eq=False)
class Curves:
    """Labels and calibrated probabilities of each level on the official test split, for the plots."""

    by_level: dict[str, tuple[Floats, Floats]]


def evaluate(model: LoadedModel, models_dir: Path, root: Path, draws: int = DRAWS) -> tuple[dict[str, Any], Curves]:
    """Compute the whole report.

    Parameters
    ----------
    model
        The shipped model; scored through the serving path, film by film.
    models_dir
        Where its out-of-fold scores lie.
    root
        Folder of the films.
    draws
        Of every bootstrap.

    Returns
    -------
    tuple
        What ``evaluation.json`` holds, and the curves to plot.

    Raises
    ------
    DataAbsent, TrainingError
        If films or out-of-fold scores are missing.
    """
    films = read_manifest(root)
    test = select(films, "test")
    scores, pointed = score_films(model, root, test)
    others = [film for film in films if film.source.startswith("DDSM")]
    other_scores, _ = score_films(model, root, others)
    found, lines = levels(test, scores), _lines(model)
    report = {
        "model": asdict(model.manifest.identity),
        "bootstrap": {"draws": draws, "unit": "patient", "interval": "95 % percentile"},
        "official_test": {
            "films": len(test),
            "note": "scored once, with the model chosen by cross-validation on the train split",
            **_measured(found, lines, draws),
        },
        "official_test_subgroups": _subgroups(test, scores, draws),
        "cross_validation": _cross_validation(models_dir, films, draws),
        "pointing_game": _pointing(test, pointed, draws),
        "ddsm_without_cancer": _false_alarms(model, others, other_scores),
    }
    curves = {name: (found[name].labels, found[name].probabilities(lines[name])) for name in _LEVELS}
    return report, Curves(curves)


def score_films(model: LoadedModel, root: Path, films: Sequence[Film]) -> tuple[Floats, NDArray[np.bool_]]:
    """Score films through the serving path, and see whether the heat map peaks inside a lesion's box.

    Returns
    -------
    tuple
        Raw scores ``(films,)``, and hits ``(films,)``, False where there is no heat map or no box.
    """
    scores, hits = np.zeros(len(films)), np.zeros(len(films), np.bool_)
    for start in tqdm(range(0, len(films), _CHUNK), desc="scoring films", unit="batch", mininterval=5):
        chunk = films[start : start + _CHUNK]
        prepared = [to_tensor(load_view(root, film), model.spec) for film in chunk]
        tensors = np.stack([p.tensor for p in prepared])
        scores[start : start + len(chunk)] = model.scores(tensors)
        heat = model.heat(tensors)
        if heat is None:
            continue
        for offset, film in enumerate(chunk):
            row, column = np.unravel_index(int(heat[offset, :, :, 0].argmax()), heat.shape[1:3])
            y, x = (int(row) + 0.5) * _CELL, (int(column) + 0.5) * _CELL
            boxes = lesion_boxes(film, prepared[offset].placement)
            inside = [top <= y <= bottom and left <= x <= right for top, left, bottom, right in boxes]
            hits[start + offset] = any(inside)
    return scores, hits


def _lines(model: LoadedModel) -> dict[str, Platt]:
    calibration = model.manifest.calibration
    return {"image": calibration.image, "breast": calibration.breast, "patient": calibration.study}


def _measured(found: Mapping[str, Level], lines: Mapping[str, Platt], draws: int) -> dict[str, Any]:
    return {name: _measures(found[name], found[name].probabilities(lines[name]), draws) for name in _LEVELS}


def _measures(level: Level, probabilities: Floats, draws: int) -> dict[str, Any]:
    intervals = bootstrap_all(level.labels, probabilities, level.patients, MEASURES, draws)
    counts = {"n": len(level.labels), "malignant": int(level.labels.sum())}
    return {**counts, **{name: asdict(interval) for name, interval in intervals.items()}}


def _cross_validation(models_dir: Path, films: Sequence[Film], draws: int) -> dict[str, Any]:
    scored, scores, fold_of = outoffold.read(models_dir / outoffold.FILE_NAME, films)
    found = levels(scored, scores)
    result: dict[str, Any] = {"films": len(scored), "folds": len(np.unique(fold_of))}
    for name in _LEVELS:
        probabilities = out_of_fold_probabilities(scored, scores, fold_of, name)
        result[name] = _measures(found[name], probabilities, draws)
    labels = np.array([float(film.malignant) for film in scored])
    result["fold_image_auroc"] = [auroc(labels[fold_of == f], scores[fold_of == f]) for f in np.unique(fold_of)]
    result["permuted_labels_image_auroc"] = _permuted(scored, scores, draws)
    return result


def _permuted(films: Sequence[Film], scores: Floats, draws: int) -> dict[str, Any]:
    """Deal the patients' labels out anew: the interval must hold one half, or the evaluation leaks."""
    by_patient: dict[str, float] = {}
    for film in films:
        by_patient[film.patient_id] = max(by_patient.get(film.patient_id, 0.0), float(film.malignant))
    names = list(by_patient)
    dealt = np.random.default_rng(0).permutation([by_patient[name] for name in names])
    new = dict(zip(names, dealt, strict=True))
    labels = np.array([new[film.patient_id] for film in films])
    patients = np.array([film.patient_id for film in films])
    return asdict(bootstrap(labels, scores, patients, auroc, draws))


def _subgroups(films: Sequence[Film], scores: Floats, draws: int) -> dict[str, Any]:
    """Image AUROC by density, view and side."""
    keys: dict[str, Callable[[Film], str]] = {
        "density": lambda film: film.density or "unknown",
        "view": lambda film: film.view,
        "laterality": lambda film: film.laterality,
    }
    image = levels(films, scores)["image"]
    result: dict[str, Any] = {}
    for name, key in keys.items():
        groups = np.array([key(film) for film in films])
        result[name] = {}
        for group in np.unique(groups):
            chosen = groups == group
            interval = bootstrap(image.labels[chosen], image.logits[chosen], image.patients[chosen], auroc, draws)
            result[name][str(group)] = {"n": int(chosen.sum()), "auroc": asdict(interval)}
    return result


def _pointing(films: Sequence[Film], hits: NDArray[np.bool_], draws: int) -> dict[str, Any]:
    """Share of films whose mass map peaks inside a lesion's box."""
    patients = np.array([film.patient_id for film in films])
    labels = np.array([float(film.malignant) for film in films])
    values = hits.astype(np.float64)
    interval = bootstrap(labels, values, patients, lambda _, inside: float(inside.mean()), draws)
    return {"films": len(films), "hit": asdict(interval)}


def _false_alarms(model: LoadedModel, films: Sequence[Film], scores: Floats) -> dict[str, Any]:
    """Share of DDSM films without cancer that each operating point would call malignant."""
    probabilities = levels(films, scores)["image"].probabilities(model.manifest.calibration.image)
    shares = {point.name: float((probabilities >= point.threshold).mean()) for point in model.manifest.operating_points}
    return {
        "films": len(films),
        "note": "another source with another look; all have an image-level truth of no cancer",
        "mean_probability": float(probabilities.mean()),
        "called_malignant": shares,
    }
