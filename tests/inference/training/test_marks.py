"""The mass score from which on a peak may become a mark, on films whose answer is known."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from inference.errors import ModelError, TrainingError
from inference.manifest import FILE_NAME, Marks, read_manifest
from inference.training.marks import marks_at, write_marks
from inference.training.metrics import Floats


@dataclass(frozen=True, eq=False)
class Film:
    """Marks of a film with one lesion: what they score, and which of them hit it."""

    mass: Floats
    hits: NDArray[np.bool_]


def film(*marks: tuple[float, bool]) -> Film:
    scores = np.array([np.float32(score) for score, _ in marks], np.float64)
    return Film(scores, np.array([hit for _, hit in marks], np.bool_).reshape(len(marks), 1))


FOUR = [
    film((0.9, True), (0.3, False)),
    film((0.8, False), (0.7, True)),
    film((0.6, False), (0.5, True)),
    film(),
]


def test_the_threshold_lies_just_above_the_first_false_mark_that_is_too_many() -> None:
    found = marks_at(FOUR, "four films", false_marks=0.25)
    assert np.float32(0.6) < np.float32(found.mass_threshold) < 0.601
    assert (found.false_marks_per_film, found.sensitivity, found.origin) == (0.25, 0.5, "four films")


def test_more_false_marks_allowed_find_more_lesions() -> None:
    assert marks_at(FOUR, "x", false_marks=0.5).sensitivity == 0.75
    every = marks_at(FOUR, "x", false_marks=4.0)
    assert every.mass_threshold == pytest.approx(0.3)
    assert every.false_marks_per_film == 0.75


def test_the_threshold_keeps_its_meaning_in_single_precision() -> None:
    found = marks_at(FOUR, "x", false_marks=0.25)
    scores = np.array([0.6, 0.7], np.float32)
    assert (scores >= found.mass_threshold).tolist() == [False, True]


def test_nothing_follows_from_films_without_lesions_or_without_false_marks() -> None:
    for films in ([], [film((0.9, True))], [Film(np.array([0.5]), np.zeros((1, 0), np.bool_))]):
        with pytest.raises(TrainingError, match="no threshold"):
            marks_at(films, "x")


def test_the_entry_is_added_and_the_rest_stays(models_dir: Path, tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes((models_dir / FILE_NAME).read_bytes())
    before = json.loads((tmp_path / FILE_NAME).read_text("utf-8"))
    marks = marks_at(FOUR, "four films")
    write_marks(tmp_path, marks)
    assert read_manifest(tmp_path).marks == marks
    after = json.loads((tmp_path / FILE_NAME).read_text("utf-8"))
    assert {name: after[name] for name in before if name != "marks"} == {
        name: value for name, value in before.items() if name != "marks"
    }


def test_an_entry_that_could_not_be_read_again_is_not_written(models_dir: Path, tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes((models_dir / FILE_NAME).read_bytes())
    before = (tmp_path / FILE_NAME).read_bytes()
    with pytest.raises(ModelError, match="which films"):
        write_marks(tmp_path, Marks(0.5, 0.25, 0.5, ""))
    assert (tmp_path / FILE_NAME).read_bytes() == before
