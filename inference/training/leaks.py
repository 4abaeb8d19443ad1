"""Does the evaluation cheat?  Patients on both sides, labels dealt anew, and the source read off the score."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.errors import TrainingError
from inference.training.data import Film
from inference.training.metrics import Floats, auroc, bootstrap


def shared_patients(films: Sequence[Film], side_of: NDArray[np.intp]) -> set[str]:
    """Patients with films on more than one side.

    Parameters
    ----------
    films, side_of
        The films and the side (fold, split) of each, ``(films,)``.
    """
    sides: dict[str, set[int]] = {}
    for film, side in zip(films, side_of, strict=True):
        sides.setdefault(film.patient_id, set()).add(int(side))
    return {patient for patient, found in sides.items() if len(found) > 1}


def refuse_shared_patients(train: Sequence[Film], test: Sequence[Film], fold_of: NDArray[np.intp]) -> dict[str, int]:
    """Count patients on both sides of the folds and of the official split.

    Returns
    -------
    dict
        The two counts, both 0.

    Raises
    ------
    TrainingError
        If there is any: the figures would be worth nothing.
    """
    between_folds = shared_patients(train, fold_of)
    split = np.repeat([0, 1], [len(train), len(test)]).astype(np.intp)
    between_splits = shared_patients([*train, *test], split)
    if between_folds or between_splits:
        raise TrainingError(
            f"{len(between_folds)} patients have films in several folds and {len(between_splits)} in train and test: "
            "nothing is evaluated on patients that were learnt from."
        )
    return {"patients_in_several_folds": 0, "patients_in_train_and_test": 0}


def permuted_labels(films: Sequence[Film], scores: Floats, draws: int) -> dict[str, Any]:
    """Deal the patients' labels out anew: the AUROC's interval must hold one half, or the evaluation leaks."""
    by_patient: dict[str, float] = {}
    for film in films:
        by_patient[film.patient_id] = max(by_patient.get(film.patient_id, 0.0), float(film.malignant))
    names = list(by_patient)
    dealt = np.random.default_rng(0).permutation([by_patient[name] for name in names])
    new = dict(zip(names, dealt, strict=True))
    labels = np.array([new[film.patient_id] for film in films])
    patients = np.array([film.patient_id for film in films])
    return asdict(bootstrap(labels, scores, patients, auroc, draws))


def source_from_score(
    here: Sequence[Film], scores: Floats, others: Sequence[Film], other_scores: Floats, draws: int
) -> dict[str, Any]:
    """Tell the source of films without cancer by the score alone.

    Parameters
    ----------
    here, scores
        Films of the source that was learnt from, and their scores; those without cancer are taken.
    others, other_scores
        Films of the other source, none with cancer.
    draws
        Of the bootstrap.

    Returns
    -------
    dict
        How many films, and the AUROC of the score for "from the other source": one half when it says nothing.
    """
    kept = np.array([not film.malignant for film in here])
    labels = np.concatenate([np.zeros(int(kept.sum())), np.ones(len(others))])
    both = np.concatenate([scores[kept], other_scores])
    cancer_free = [film for film, keep in zip(here, kept, strict=True) if keep]
    patients = np.array([film.patient_id for film in [*cancer_free, *others]])
    interval = bootstrap(labels, both, patients, auroc, draws)
    return {"films": len(cancer_free), "films_of_other_source": len(others), "auroc": asdict(interval)}
