"""The AUROC where the films differ: density, view, side, the reader's category, size and number of lesions."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any, Final

import numpy as np

from inference.training.crossvalidate import levels
from inference.training.data import Film
from inference.training.metrics import Floats, auroc, bootstrap

UNKNOWN: Final = ("mass shape", "margin", "subtlety")
"""What CBIS-DDSM records and the films' manifest does not carry: no subgroup can be made of it."""


def _lesion_size(film: Film) -> float:
    """Side of the largest lesion's box as a share of the film's side."""
    sizes = [(lesion.width * lesion.height / (film.width * film.height)) ** 0.5 for lesion in film.lesions]
    return max(sizes, default=0.0)


def by_subgroup(films: Sequence[Film], scores: Floats, draws: int) -> dict[str, Any]:
    """Image AUROC of each group with its interval; nan where a group holds one label only.

    Parameters
    ----------
    films, scores
        The films and their raw scores, ``(films,)``.
    draws
        Of the bootstrap.
    """
    middle = float(np.median([_lesion_size(film) for film in films]))
    keys: dict[str, Callable[[Film], str]] = {
        "density": lambda film: film.density or "unknown",
        "view": lambda film: film.view,
        "laterality": lambda film: film.laterality,
        "category of the reader": lambda film: film.birads or "unknown",
        "lesion": lambda film: "small (below the median)" if _lesion_size(film) < middle else "large",
        "lesions": lambda film: "one" if len(film.lesions) == 1 else "several",
        "source": lambda film: film.source,
    }
    image = levels(films, scores)["image"]
    result: dict[str, Any] = {}
    for name, key in keys.items():
        groups = np.array([key(film) for film in films])
        result[name] = {}
        for group in np.unique(groups):
            chosen = groups == group
            labels = image.labels[chosen]
            found: dict[str, Any] = {"n": int(chosen.sum()), "malignant": int(labels.sum()), "auroc": None}
            if 0 < labels.sum() < len(labels):
                interval = bootstrap(labels, image.logits[chosen], image.patients[chosen], auroc, draws)
                found["auroc"] = asdict(interval)
            result[name][str(group)] = found
    return result
