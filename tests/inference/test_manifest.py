"""The entry of the manifest that lets peaks become marks."""

import json
from pathlib import Path
from typing import Any

import pytest

from inference.errors import ModelError
from inference.manifest import FILE_NAME, Marks, read_manifest

MARKS = {"mass_threshold": 0.4, "false_marks_per_film": 0.25, "sensitivity": 0.6, "origin": "308 films"}


def _folder(models_dir: Path, tmp_path: Path, **changed: Any) -> Path:
    values = json.loads((models_dir / FILE_NAME).read_text("utf-8")) | changed
    (tmp_path / FILE_NAME).write_text(json.dumps(values), "utf-8")
    return tmp_path


def test_a_manifest_without_the_entry_has_no_marks(models_dir: Path, tmp_path: Path) -> None:
    assert read_manifest(_folder(models_dir, tmp_path, marks=None)).marks is None


def test_marks_are_read_as_they_are_written(models_dir: Path, tmp_path: Path) -> None:
    assert read_manifest(_folder(models_dir, tmp_path, marks=MARKS)).marks == Marks(0.4, 0.25, 0.6, "308 films")


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"mass_threshold": 0.0}, "mass threshold"),
        ({"mass_threshold": float("nan")}, "mass threshold"),
        ({"sensitivity": 1.1}, "sensitivity"),
        ({"false_marks_per_film": -1}, "false a film"),
        ({"false_marks_per_film": float("inf")}, "false a film"),
        ({"origin": " "}, "which films"),
        ({"mass_threshold": None}, "incomplete or wrong"),
    ],
)
def test_marks_that_nobody_can_have_measured_are_refused(
    models_dir: Path, tmp_path: Path, wrong: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ModelError, match=sentence):
        read_manifest(_folder(models_dir, tmp_path, marks=MARKS | wrong))


def test_an_incomplete_entry_is_refused(models_dir: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="mass_threshold"):
        read_manifest(_folder(models_dir, tmp_path, marks={"origin": "x"}))


def test_a_network_without_a_map_has_no_marks(models_dir: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no output with the map"):
        read_manifest(_folder(models_dir, tmp_path, marks=MARKS, outputs={"image": "image"}))
