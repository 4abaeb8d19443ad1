"""From which mass score on a peak may become a mark: measured, then written into the manifest.

A mark is a claim, so it needs a rate of false ones that somebody has measured.  The entry belongs to the network it
was measured with; training writes a manifest without it.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from inference.errors import ModelError, TrainingError
from inference.manifest import FILE_NAME, Marks, read_manifest
from inference.training.metrics import Floats

FALSE_MARKS_PER_FILM: Final = 0.25
"""What a reader is asked to bear: one false mark in four films."""


class Film(Protocol):
    """The marks of one film: mass scores ``(marks,)``, and which lesion each hits ``(marks, lesions)``."""

    @property
    def mass(self) -> Floats:
        """Mass score of each mark, 0..1."""

    @property
    def hits(self) -> NDArray[np.bool_]:
        """Whether the mark lies in the lesion's box."""


def marks_at(films: Sequence[Film], origin: str, false_marks: float = FALSE_MARKS_PER_FILM) -> Marks:
    """Find the lowest mass score at which at most so many false marks a film remain.

    Parameters
    ----------
    films
        One entry a film, films without a mark or without a lesion included.
    origin
        On which films, in words.
    false_marks
        How many marks outside every lesion a film may have on average.

    Returns
    -------
    Marks
        With the rate of false marks and the share of lesions hit that were found at this score.  The score is
        exact in float32, which is what maps are made of.

    Raises
    ------
    TrainingError
        If there is no film, or no lesion, or no mark is false: then nothing says where to draw the line.
    """
    lesions = sum(film.hits.shape[1] for film in films)
    false = np.sort(np.concatenate([film.mass[~film.hits.any(axis=1)] for film in films] or [np.zeros(0)]))[::-1]
    if not films or not lesions or not len(false):
        raise TrainingError("There are no lesions or no false marks: no threshold for marks follows from these films.")
    allowed = int(false_marks * len(films))
    # marks count from the threshold on, so it lies just above the first false one that is too many
    lowest = np.nextafter(np.float32(false[allowed]), np.float32(1)) if allowed < len(false) else np.float32(false[-1])
    found = sum(int((film.hits & (film.mass >= lowest)[:, None]).any(axis=0).sum()) for film in films)
    return Marks(float(lowest), float((false >= lowest).sum()) / len(films), found / lesions, origin)


def write_marks(models_dir: Path, marks: Marks) -> None:
    """Write the entry into ``manifest.json``; everything else in it stays as it is.

    Raises
    ------
    ModelError
        If the manifest cannot be read, or could not be read with the entry; then it is left as it was.
    """
    path = models_dir / FILE_NAME
    read_manifest(models_dir)
    before = path.read_text("utf-8")
    partial = path.with_name(f"{FILE_NAME}.partial")
    values = json.loads(before) | {"marks": asdict(marks)}
    partial.write_text(json.dumps(values, indent=2, ensure_ascii=False) + "\n", "utf-8")
    partial.replace(path)
    try:
        read_manifest(models_dir)
    except ModelError:
        path.write_text(before, "utf-8")
        raise
