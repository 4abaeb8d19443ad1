"""The report: every number it must hold, from films made by code."""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inference.errors import TrainingError
from inference.training import outoffold
from inference.training.data import patient_folds, read_manifest, select
from inference.training.metrics import MEASURES

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def report_folder(
    films_root: Path, model: Any, models_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, Any]]:
    """A folder of models with a report of the made films in it."""
    evaluate = pytest.importorskip("inference.training.evaluate")
    report = pytest.importorskip("inference.training.report")
    folder = tmp_path_factory.mktemp("models")
    for name in ("model.h5", "manifest.json"):
        shutil.copy(models_dir / name, folder / name)
    films = select(read_manifest(films_root), "train")
    scores = np.random.default_rng(0).random(len(films))
    outoffold.write(folder / outoffold.FILE_NAME, films, scores, patient_folds(films, 3, 0))
    found, curves = evaluate.evaluate(model, folder, films_root, draws=20)
    report.write(found, folder)
    report.plot_roc(curves.by_level, folder / "evaluation-roc.png")
    return folder, found


def test_the_report_holds_every_measure_with_its_interval(report_folder: tuple[Path, dict[str, Any]]) -> None:
    report = json.loads((report_folder[0] / "evaluation.json").read_text("utf-8"))
    for part in ("official_test", "cross_validation"):
        for level in ("image", "breast", "patient"):
            for measure in MEASURES:
                assert set(report[part][level][measure]) == {"value", "low", "high"}
    assert set(report["official_test_subgroups"]) == {"density", "view", "laterality"}
    assert report["cross_validation"]["permuted_labels_image_auroc"]["low"] < 0.75


def test_the_page_names_the_model_and_shows_the_tables(report_folder: tuple[Path, dict[str, Any]]) -> None:
    page = (report_folder[0] / "EVALUATION.md").read_text("utf-8")
    assert report_folder[1]["model"]["sha256"] in page
    assert "| AUROC |" in page
    assert "scored once" in page
    assert (report_folder[0] / "evaluation-roc.png").stat().st_size > 1000


def test_the_report_comes_out_the_same_twice(
    report_folder: tuple[Path, dict[str, Any]], films_root: Path, model: Any
) -> None:
    evaluate = pytest.importorskip("inference.training.evaluate")
    again, _ = evaluate.evaluate(model, report_folder[0], films_root, draws=20)
    assert again["cross_validation"] == report_folder[1]["cross_validation"]


def test_out_of_fold_scores_come_back_as_written(films_root: Path, tmp_path: Path) -> None:
    films = select(read_manifest(films_root), "train")[:5]
    scores, fold_of = np.array([0.1, 0.2, 0.3, 0.4, 0.5]), np.array([0, 1, 2, 0, 1])
    outoffold.write(tmp_path / "x.csv", films, scores, fold_of)
    kept, again, folds = outoffold.read(tmp_path / "x.csv", films)
    assert kept == films
    assert np.array_equal(again, scores)
    assert np.array_equal(folds, fold_of)
    with pytest.raises(TrainingError, match="does not"):
        outoffold.read(tmp_path / "x.csv", films[1:])
    with pytest.raises(TrainingError, match="no out-of-fold scores"):
        outoffold.read(tmp_path / "absent.csv", films)


@pytest.mark.parametrize("verb", ["fit", "evaluate"])
def test_absent_films_are_said_in_one_sentence_and_status_1(
    verb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    program = pytest.importorskip("inference.training.__main__")
    monkeypatch.setattr(sys, "argv", ["inference.training", verb, "--data", str(tmp_path)])
    assert program.main() == 1
    assert "There are no training films at" in capsys.readouterr().err
