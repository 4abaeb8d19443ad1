"""The report's numbers: cross-validation, the official test split, subgroups, leaks, false alarms, localisation."""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from tqdm import tqdm

from inference.calibration import Platt
from inference.loader import LoadedModel
from inference.preprocess import to_tensor
from inference.training import outoffold
from inference.training.crossvalidate import Level, levels, out_of_fold_probabilities
from inference.training.data import Film, load_view, read_manifest, select
from inference.training.leaks import permuted_labels, refuse_shared_patients, source_from_score
from inference.training.localise import Pointed, localisation, pointed
from inference.training.metrics import CALLS, MEASURES, Floats, auroc, bootstrap_all
from inference.training.subgroups import by_subgroup

logger = logging.getLogger(__name__)

DRAWS: Final = 2000
_LEVELS: Final = ("image", "breast", "patient")
_CHUNK: Final = 4
_GATE: Final = "quality.json"


@dataclass(frozen=True, eq=False)
class Curves:
    """What the plots of the official test split are drawn from.

    Attributes
    ----------
    by_level
        Labels and calibrated probabilities by level.
    points
        Threshold of each operating point, on the patient's probability.
    marks
        Where the map of masses points, film by film.
    """

    by_level: dict[str, tuple[Floats, Floats]]
    points: dict[str, float]
    marks: list[Pointed]


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
        If films or out-of-fold scores are missing, or a patient is on both sides.
    """
    films = read_manifest(root)
    train, train_scores, fold_of = outoffold.read(models_dir / outoffold.FILE_NAME, films)
    test = select(films, "test")
    leaks: dict[str, Any] = dict(refuse_shared_patients(train, test, fold_of))
    scores, marks = score_films(model, root, test)
    others = [film for film in films if film.source.startswith("DDSM")]
    other_scores, _ = score_films(model, root, others)
    found, lines = levels(test, scores), _lines(model)
    leaks["train_permuted_labels_image_auroc"] = permuted_labels(train, train_scores, draws)
    leaks["test_permuted_labels_image_auroc"] = permuted_labels(test, scores, draws)
    leaks["source_from_score_without_cancer"] = source_from_score(test, scores, others, other_scores, draws)
    points = {point.name: point.threshold for point in model.manifest.operating_points}
    report = {
        "model": asdict(model.manifest.identity),
        "bootstrap": {"draws": draws, "unit": "patient", "interval": "95 % percentile"},
        "official_test": {
            "films": len(test),
            "note": "scored once, with the model chosen by cross-validation on the train split",
            **{name: _measures(found[name], found[name].probabilities(lines[name]), draws) for name in _LEVELS},
        },
        "operating_points": _operating_points(found["patient"], lines["patient"], points, draws),
        "official_test_subgroups": by_subgroup(test, scores, draws),
        "cross_validation": _cross_validation(train, train_scores, fold_of, draws),
        "leaks": leaks,
        "localisation": localisation(marks, draws) if marks else None,
        "ddsm_without_cancer": _false_alarms(model, others, other_scores),
        "quality_gate": _gate(models_dir),
    }
    curves = {name: (found[name].labels, found[name].probabilities(lines[name])) for name in _LEVELS}
    return report, Curves(curves, points, marks)


def score_films(model: LoadedModel, root: Path, films: Sequence[Film]) -> tuple[Floats, list[Pointed]]:
    """Score films through the serving path, and see where the map of masses points.

    Returns
    -------
    tuple
        Raw scores ``(films,)``, and the marks of each film; none when the model has no map.
    """
    scores, marks = np.zeros(len(films)), []
    for start in tqdm(range(0, len(films), _CHUNK), desc="scoring films", unit="batch", mininterval=5):
        chunk = films[start : start + _CHUNK]
        prepared = [to_tensor(load_view(root, film), model.spec) for film in chunk]
        tensors = np.stack([p.tensor for p in prepared])
        scores[start : start + len(chunk)] = model.scores(tensors)
        heat = model.heat(tensors)
        if heat is not None:
            marks += [pointed(heat[i], prepared[i], film) for i, film in enumerate(chunk)]
    return scores, marks


def departures(old: Any, new: Any, tolerance: float = 1e-6, where: str = "") -> list[str]:
    """Name the entries of two reports that differ, numbers by more than ``tolerance``."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        keys = sorted({*old, *new})
        return [d for key in keys for d in departures(old.get(key), new.get(key), tolerance, f"{where}/{key}")]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        pairs = enumerate(zip(old, new, strict=True))
        return [d for i, (one, two) in pairs for d in departures(one, two, tolerance, f"{where}/{i}")]
    if isinstance(old, (int, float)) and isinstance(new, (int, float)):
        same = abs(old - new) <= tolerance or (old != old and new != new)
    else:
        same = old == new
    return [] if same else [f"{where}: {old} before, {new} now"]


def _lines(model: LoadedModel) -> dict[str, Platt]:
    calibration = model.manifest.calibration
    return {"image": calibration.image, "breast": calibration.breast, "patient": calibration.study}


def _measures(level: Level, probabilities: Floats, draws: int) -> dict[str, Any]:
    intervals = bootstrap_all(level.labels, probabilities, level.patients, MEASURES, draws)
    counts = {"n": len(level.labels), "malignant": int(level.labels.sum())}
    return {**counts, **{name: asdict(interval) for name, interval in intervals.items()}}


def _operating_points(patient: Level, line: Platt, points: Mapping[str, float], draws: int) -> dict[str, Any]:
    """Count right and wrong calls of patients at each named threshold."""
    probabilities, sick = patient.probabilities(line), patient.labels > 0.5
    result: dict[str, Any] = {}
    for name, threshold in points.items():
        called = (probabilities >= threshold).astype(np.float64)
        intervals = bootstrap_all(patient.labels, called, patient.patients, CALLS, draws)
        result[name] = {
            "threshold": threshold,
            "true_positive": int((called[sick] == 1).sum()),
            "false_negative": int((called[sick] == 0).sum()),
            "false_positive": int((called[~sick] == 1).sum()),
            "true_negative": int((called[~sick] == 0).sum()),
            **{key: asdict(interval) for key, interval in intervals.items()},
        }
    return result


def _cross_validation(scored: Sequence[Film], scores: Floats, fold_of: Any, draws: int) -> dict[str, Any]:
    found = levels(scored, scores)
    result: dict[str, Any] = {"films": len(scored), "folds": len(np.unique(fold_of))}
    for name in _LEVELS:
        probabilities = out_of_fold_probabilities(scored, scores, fold_of, name)
        result[name] = _measures(found[name], probabilities, draws)
        # Each fold is calibrated by the others' line, so probabilities of different folds rank a little otherwise.
        result[name]["auroc"] = asdict(found[name].auroc(draws))
    labels = np.array([float(film.malignant) for film in scored])
    result["fold_image_auroc"] = [auroc(labels[fold_of == f], scores[fold_of == f]) for f in np.unique(fold_of)]
    return result


def _false_alarms(model: LoadedModel, films: Sequence[Film], scores: Floats) -> dict[str, Any]:
    """Share of DDSM films without cancer that each operating point would call malignant."""
    probabilities = levels(films, scores)["image"].probabilities(model.manifest.calibration.image)
    shares = {point.name: float((probabilities >= point.threshold).mean()) for point in model.manifest.operating_points}
    kinds = np.array([film.label for film in films])
    return {
        "films": len(films),
        "note": "another source with another look; all have an image-level truth of no cancer",
        "mean_probability": float(probabilities.mean()),
        "mean_probability_by_label": {str(k): float(probabilities[kinds == k].mean()) for k in np.unique(kinds)},
        "called_malignant": shares,
    }


def _gate(models_dir: Path) -> dict[str, Any] | None:
    """What the quality gate did with pictures that it had not learnt from, as its own fit recorded it."""
    path = models_dir / _GATE
    if not path.is_file():
        return None
    values = json.loads(path.read_text("utf-8"))
    names = ("refused_of_held_out_mammograms", "refused_of_held_out_others")
    return {name: values[name] for name in names if name in values}
