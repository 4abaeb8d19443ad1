"""The checks for cheating see what they look for."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from inference.errors import TrainingError
from inference.training.data import DEFAULT_ROOT, Film, patient_folds, read_manifest, select
from inference.training.leaks import permuted_labels, refuse_shared_patients, shared_patients, source_from_score
from inference.training.settings import read_settings

MODELS = Path(__file__).parents[3] / "models"


def people(films_root: Path, count: int, films_each: int = 2) -> list[Film]:
    """Films of so many patients, every second of them with cancer."""
    one = read_manifest(films_root)[0]
    return [
        replace(one, patient_id=f"P{i}", label="malignant" if i % 2 else "benign", file=f"{i}-{n}")
        for i in range(count)
        for n in range(films_each)
    ]


def test_a_patient_in_two_folds_is_found(films_root: Path) -> None:
    films = people(films_root, 4)
    assert shared_patients(films, np.array([0, 0, 1, 1, 0, 0, 1, 1])) == set()
    assert shared_patients(films, np.array([0, 0, 1, 1, 0, 1, 1, 1])) == {"P2"}


def test_nothing_is_evaluated_when_a_patient_is_in_train_and_test(films_root: Path) -> None:
    films = people(films_root, 6)
    folds = patient_folds(films[:8], 2, seed=0)
    counts = refuse_shared_patients(films[:8], films[8:], folds)
    assert set(counts.values()) == {0}
    with pytest.raises(TrainingError, match="1 in train and test"):
        refuse_shared_patients(films[:8], films[7:], folds)


def test_dealt_labels_leave_one_half_even_to_scores_that_know_all(films_root: Path) -> None:
    films = people(films_root, 120)
    knowing = np.array([float(film.malignant) for film in films]) + np.linspace(0, 0.1, len(films))
    found = permuted_labels(films, knowing, draws=300)
    assert found["low"] < 0.5 < found["high"]


def test_scores_that_know_the_source_are_seen(films_root: Path) -> None:
    here, others = people(films_root, 60), people(films_root, 40)
    others = [replace(film, patient_id=f"D{film.patient_id}", label="normal") for film in others]
    rng = np.random.default_rng(3)
    blind = source_from_score(here, rng.random(len(here)), others, rng.random(len(others)), draws=200)
    assert blind["films"] == 60
    assert blind["auroc"]["low"] < 0.5 < blind["auroc"]["high"]
    seeing = source_from_score(here, rng.random(len(here)), others, 1.0 + rng.random(len(others)), draws=200)
    assert seeing["auroc"]["low"] == 1.0


@pytest.mark.skipif(not DEFAULT_ROOT.is_dir(), reason="the films are not here")
def test_the_real_folds_and_the_real_split_share_no_patient() -> None:
    settings = read_settings()
    films = read_manifest(DEFAULT_ROOT)
    train, test = select(films, "train"), select(films, "test")
    assert len(train) == 1231
    assert len(test) == 361
    refuse_shared_patients(train, test, patient_folds(train, settings.folds, settings.seed))
