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
    plots = pytest.importorskip("inference.training.plots")
    folder = tmp_path_factory.mktemp("models")
    for name in ("model.h5", "manifest.json", "quality.json"):
        shutil.copy(models_dir / name, folder / name)
    films = select(read_manifest(films_root), "train")
    scores = np.random.default_rng(0).random(len(films))
    outoffold.write(folder / outoffold.FILE_NAME, films, scores, patient_folds(films, 3, 0))
    found, curves = evaluate.evaluate(model, folder, films_root, draws=20)
    report.write(found, folder)
    plots.plot_all(curves, found, folder)
    return folder, found


def test_the_report_holds_every_measure_with_its_interval(report_folder: tuple[Path, dict[str, Any]]) -> None:
    report = json.loads((report_folder[0] / "evaluation.json").read_text("utf-8"))
    for part in ("official_test", "cross_validation"):
        for level in ("image", "breast", "patient"):
            for measure in MEASURES:
                assert set(report[part][level][measure]) == {"value", "low", "high"}
    assert {"density", "view", "lesion", "source"} <= set(report["official_test_subgroups"])
    for point in report["operating_points"].values():
        counts = ("true_positive", "false_negative", "false_positive", "true_negative")
        assert sum(point[count] for count in counts) == report["official_test"]["patient"]["n"]
    assert set(report["localisation"]["pointing_game"]) == {"value", "low", "high"}
    assert report["ddsm_without_cancer"]["films"] == 2


def test_the_page_names_the_model_and_shows_the_tables(report_folder: tuple[Path, dict[str, Any]]) -> None:
    page = (report_folder[0] / "EVALUATION.md").read_text("utf-8")
    assert report_folder[1]["model"]["sha256"] in page
    assert "| AUROC |" in page
    assert "scored once" in page
    for name in ("roc", "precision-recall", "reliability", "confusion", "froc"):
        assert f"(evaluation-{name}.png)" in page
        assert (report_folder[0] / f"evaluation-{name}.png").stat().st_size > 1000


def test_the_report_comes_out_the_same_twice(
    report_folder: tuple[Path, dict[str, Any]], films_root: Path, model: Any
) -> None:
    evaluate = pytest.importorskip("inference.training.evaluate")
    again, _ = evaluate.evaluate(model, report_folder[0], films_root, draws=20)
    stored = json.loads((report_folder[0] / "evaluation.json").read_text("utf-8"))
    assert evaluate.departures(stored, json.loads(json.dumps(again))) == []


def test_every_departure_from_an_older_report_is_named() -> None:
    departures = pytest.importorskip("inference.training.evaluate").departures
    old = {"a": {"value": 0.5, "n": 3}, "b": [1.0, 2.0], "c": "x", "d": float("nan"), "e": 1}
    assert departures(old, {**old, "a": {"value": 0.5 + 5e-7, "n": 3}}) == []
    assert departures(old, {**old, "a": {"value": 0.5 + 5e-6, "n": 3}})[0].startswith("/a/value")
    for changed in ({"b": [1.0]}, {"b": [1.0, 2.1]}, {"c": "y"}, {"d": 0.1}, {"e": None}):
        assert len(departures(old, {**old, **changed})) == 1
    assert len(departures(old, {"a": old["a"]})) == 4


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
