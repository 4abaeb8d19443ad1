"""The out-of-fold scores as a small table, kept beside the model so that its report can be recomputed."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from inference.errors import TrainingError
from inference.training.data import Film
from inference.training.metrics import Floats

FILE_NAME: Final = "out-of-fold.csv"


def write(path: Path, films: Sequence[Film], scores: Floats, fold_of: NDArray[np.intp]) -> None:
    """Write one row a film: file, fold, raw score."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(("file", "fold", "raw_score"))
        for film, score, fold in zip(films, scores, fold_of, strict=True):
            table.writerow((film.file, int(fold), f"{score:.8f}"))


def read(path: Path, films: Sequence[Film]) -> tuple[list[Film], Floats, NDArray[np.intp]]:
    """Read the table back, matched to ``films``.

    Returns
    -------
    tuple
        The films that were scored, their raw scores and folds.

    Raises
    ------
    TrainingError
        If the table is missing or names a film that is not there.
    """
    if not path.is_file():
        raise TrainingError(f"There are no out-of-fold scores beside the model ({path.name}).")
    by_file = {film.file: film for film in films}
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    unknown = [row["file"] for row in rows if row["file"] not in by_file]
    if unknown:
        raise TrainingError(f"The out-of-fold scores name {unknown[0]}, which the manifest of films does not.")
    kept = [by_file[row["file"]] for row in rows]
    scores = np.array([float(row["raw_score"]) for row in rows])
    return kept, scores, np.array([int(row["fold"]) for row in rows], np.intp)
