"""Films, folds and the cache."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from inference.errors import DataAbsent, TrainingError
from inference.preprocess import to_tensor
from inference.training.data import (
    load_view,
    patient_folds,
    prepare,
    read_manifest,
    select,
    with_suspicion,
)
from tests.inference.training.conftest import SPEC


def test_no_patient_is_on_both_sides_of_a_fold(films_root: Path) -> None:
    films = select(read_manifest(films_root), "train")
    fold_of = patient_folds(films, 4, seed=1)
    for fold in range(4):
        inside = {f.patient_id for f, k in zip(films, fold_of, strict=True) if k == fold}
        outside = {f.patient_id for f, k in zip(films, fold_of, strict=True) if k != fold}
        assert inside
        assert not inside & outside


def test_every_fold_holds_its_share_of_malignant_films(films_root: Path) -> None:
    films = select(read_manifest(films_root), "train")
    fold_of = patient_folds(films, 3, seed=1)
    shares = [np.mean([f.malignant for f, k in zip(films, fold_of, strict=True) if k == fold]) for fold in range(3)]
    assert shares == pytest.approx([0.5, 0.5, 0.5])


def test_folds_follow_from_the_seed_alone(films_root: Path) -> None:
    films = select(read_manifest(films_root), "train")
    assert np.array_equal(patient_folds(films, 4, seed=1), patient_folds(films, 4, seed=1))
    assert not np.array_equal(patient_folds(films, 4, seed=1), patient_folds(films, 4, seed=2))


def test_the_official_test_split_is_kept_out(films_root: Path) -> None:
    films = read_manifest(films_root)
    train = {film.patient_id for film in select(films, "train")}
    test = {film.patient_id for film in select(films, "test")}
    assert test == {"P12", "P13"}
    assert not train & test


def test_absent_data_is_said_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataAbsent, match="There are no training films at"):
        read_manifest(tmp_path)


def test_a_film_that_is_not_the_manifests_is_refused(films_root: Path, tmp_path: Path) -> None:
    films = read_manifest(films_root)
    shutil.copy(films_root / films[2].file, tmp_path / films[0].file)
    with pytest.raises(TrainingError, match="sha256"):
        load_view(tmp_path, films[0])
    with pytest.raises(DataAbsent, match="missing"):
        load_view(tmp_path, films[1])


def test_lesions_lie_in_the_tensor_where_the_film_is_bright(films_root: Path) -> None:
    films = prepare(films_root, [f for f in read_manifest(films_root) if f.malignant], SPEC)
    for tensor, boxes in zip(films.tensors, films.boxes, strict=True):
        top, left, bottom, right = boxes[0]
        assert tensor[int(top) + 2 : int(bottom) - 1, int(left) + 1 : int(right) - 1].min() == 255


def test_the_cache_gives_back_what_the_serving_path_makes(films_root: Path, tmp_path: Path) -> None:
    films = select(read_manifest(films_root), "train")
    first = prepare(films_root, films, SPEC, tmp_path)
    again = prepare(films_root, films, SPEC, tmp_path)
    assert np.array_equal(first.tensors, again.tensors)
    assert all(np.array_equal(a, b) for a, b in zip(first.boxes, again.boxes, strict=True))
    served = to_tensor(load_view(films_root, films[3]), SPEC).tensor[:, :, 0]
    assert float(np.abs(served - again.tensors[3] / 255.0).max()) <= 0.5 / 255 + 1e-6


def test_suspicion_is_the_share_of_malignant_films_of_a_category(films_root: Path) -> None:
    films = prepare(films_root, select(read_manifest(films_root), "train"), SPEC)
    marked = with_suspicion(replace(films, films=tuple(replace(f, birads="4") for f in films.films)), 0.5)
    assert marked.suspicion == pytest.approx(np.full(24, 0.5))
    assert marked.target(0, 1.0) == pytest.approx(0.75)
    rare = with_suspicion(films, 0.5, at_least=1000)
    assert rare.target(2, films.films[2].malignant) == float(films.films[2].malignant)
