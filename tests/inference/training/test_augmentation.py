"""Draws and their targets."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from inference.training.augmentation import CELL, draw
from inference.training.data import FilmSet, prepare, read_manifest
from inference.training.settings import Augmentation, Phase, read_settings
from tests.inference.training.conftest import SPEC

STILL = Augmentation(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, mirror=False, upside_down=False)
CROPS = Phase("crops", 64, 64, False, 4, 1, 1.0, 0.0, -1, 9, 1e-3, 1e-3, 1.0, 1.0)
WHOLE = replace(CROPS, name="whole", rows=128, columns=64, whole=True)


@pytest.fixture(scope="module")
def films(films_root: Path) -> FilmSet:
    """All the films, prepared."""
    return prepare(films_root, [film for film in read_manifest(films_root) if film.lesions], SPEC)


def test_draws_follow_from_the_seed_alone(films: FilmSet) -> None:
    settings = read_settings()
    chosen = np.arange(4)
    one = draw(np.random.default_rng(5), films, chosen, CROPS, settings.augmentation)
    two = draw(np.random.default_rng(5), films, chosen, CROPS, settings.augmentation)
    assert all(np.array_equal(a, b) for a, b in zip(one.arrays(), two.arrays(), strict=True))


@pytest.mark.parametrize("phase", [CROPS, WHOLE])
def test_the_mass_target_lies_on_the_bright_lesion_however_the_draw_is_turned(films: FilmSet, phase: Phase) -> None:
    wild = Augmentation(30.0, 0.3, 0.2, 0.0, 0.0, 0.0, mirror=True, upside_down=True)
    malignant = np.flatnonzero(films.labels == 1)
    batch = draw(np.random.default_rng(0), films, malignant, phase, wild)
    small = batch.tensors[..., 0].reshape(len(malignant), phase.rows // CELL, CELL, phase.columns // CELL, CELL)
    brightest = small.mean(axis=(2, 4)).reshape(len(malignant), -1).argmax(axis=1)
    target = batch.mass.reshape(len(malignant), -1)
    shown = target.max(axis=1) > 0.3
    assert shown.sum() > len(malignant) // 2
    assert np.mean(target[np.arange(len(malignant)), brightest][shown] > 0) > 0.9


def test_a_crop_without_a_lesion_is_not_asked_for_its_label(films: FilmSet) -> None:
    phase = replace(CROPS, background_share=1.0, rows=32, columns=32)
    batch = draw(np.random.default_rng(2), films, np.arange(24), phase, STILL)
    empty = batch.mass.reshape(24, -1).max(axis=1) == 0
    assert empty.any()
    assert (batch.label_weights[empty] == 0).all()


def test_whole_films_are_always_asked_for_their_label(films: FilmSet) -> None:
    batch = draw(np.random.default_rng(2), films, np.arange(24), WHOLE, STILL)
    assert (batch.label_weights == 1).all()
    assert np.array_equal(batch.labels, films.labels[:24])


def test_tensors_stay_between_black_and_white(films: FilmSet) -> None:
    batch = draw(np.random.default_rng(3), films, np.arange(8), CROPS, read_settings().augmentation)
    assert batch.tensors.dtype == np.float32
    assert batch.tensors.min() >= 0.0
    assert batch.tensors.max() <= 1.0
