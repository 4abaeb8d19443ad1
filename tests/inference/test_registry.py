"""A user's own model goes in force whole or not at all, and the old one comes back."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inference import serving
from inference.errors import ModelError
from inference.manifest import file_sha256, read_manifest

pytestmark = [
    pytest.mark.model,
    # Keras' own, when it saves a TensorFlow variable under numpy 2.
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file"),
]


@pytest.fixture
def folder(tmp_path: Path, models_dir: Path) -> Path:
    """A folder with the shipped pair in force."""
    target = tmp_path / "models"
    target.mkdir()
    for name in ("model.h5", "manifest.json"):
        shutil.copy(models_dir / name, target / name)
    return target


def network(activation: str = "sigmoid", channels: int = 1, inputs: tuple[int | None, int | None] = (96, 64)) -> Any:
    """A small plain classifier."""
    keras = pytest.importorskip("keras")
    keras.utils.set_random_seed(3)
    picture = keras.Input((*inputs, channels))
    seen = keras.layers.Conv2D(4, 5, strides=4, activation="relu")(picture)
    pooled = keras.layers.GlobalAveragePooling2D()(seen)
    return keras.Model(picture, keras.layers.Dense(1, activation=activation)(pooled))


def saved(tmp_path: Path, model: Any, name: str = "own.h5") -> Path:
    path = tmp_path / name
    model.save(path)
    return path


def scores_of(folder: Path) -> Any:
    model = serving.load(folder)
    return model.scores(np.random.default_rng(1).random((2, *model.spec.shape), np.float32))


@pytest.mark.parametrize("channels", [1, 3])
def test_an_own_model_goes_in_force_and_is_loaded_like_any_other(folder: Path, tmp_path: Path, channels: int) -> None:
    path = saved(tmp_path, network(channels=channels))
    manifest = serving.register(folder, path, "own", "7")
    assert (manifest.identity.name, manifest.identity.version) == ("own", "7")
    assert manifest.identity.sha256 == file_sha256(path)
    assert manifest.spec.shape == (96, 64, channels)
    assert len(manifest.golden) == 3
    loaded = serving.load(folder)
    assert loaded.manifest == manifest
    assert not list(folder.glob(".staging*"))


def test_rollback_brings_the_old_model_back_score_for_score(folder: Path, tmp_path: Path) -> None:
    before, scores = (folder / "manifest.json").read_bytes(), scores_of(folder)
    serving.register(folder, saved(tmp_path, network()), "own", "1")
    serving.rollback(folder)
    assert (folder / "manifest.json").read_bytes() == before
    assert np.array_equal(scores_of(folder), scores)
    with pytest.raises(ModelError, match="no earlier model"):
        serving.rollback(folder)


def test_rollback_goes_back_one_model_at_a_time(folder: Path, tmp_path: Path) -> None:
    serving.register(folder, saved(tmp_path, network()), "own", "1")
    serving.register(folder, saved(tmp_path, network(channels=3)), "own", "2")
    assert serving.rollback(folder).identity.version == "1"
    assert serving.rollback(folder).identity.name == "mammonode-lite0"


def test_rollback_survives_a_registration_that_died_before_its_rename(folder: Path, tmp_path: Path) -> None:
    serving.register(folder, saved(tmp_path, network()), "own", "1")
    shutil.copy(folder / "manifest.json", folder / "previous" / "0002.json")
    assert serving.rollback(folder).identity.name == "mammonode-lite0"


def test_rollback_refuses_a_kept_model_whose_file_has_changed(folder: Path, tmp_path: Path) -> None:
    serving.register(folder, saved(tmp_path, network()), "own", "1")
    (folder / "model.h5").write_bytes(b"something else")
    with pytest.raises(ModelError, match="sha256"):
        serving.rollback(folder)
    assert read_manifest(folder).identity.name == "own"


def _lambda() -> Any:
    keras = pytest.importorskip("keras")
    picture = keras.Input((96, 64, 1))
    pooled = keras.layers.GlobalAveragePooling2D()(keras.layers.Lambda(lambda x: x * 2)(picture))
    return keras.Model(picture, keras.layers.Dense(1, activation="sigmoid")(pooled))


def _two_inputs() -> Any:
    keras = pytest.importorskip("keras")
    one, two = keras.Input((96, 64, 1)), keras.Input((96, 64, 1))
    both = keras.layers.GlobalAveragePooling2D()(keras.layers.Concatenate()([one, two]))
    return keras.Model([one, two], keras.layers.Dense(1, activation="sigmoid")(both))


def _constant() -> Any:
    model = network()
    model.layers[-1].set_weights([np.zeros((4, 1)), np.zeros(1)])
    return model


def _unbounded() -> Any:
    model = network("linear")
    model.layers[-1].set_weights([np.ones((4, 1)), np.full(1, 5.0)])
    return model


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (_lambda, "Lambda"),
        (_two_inputs, "2 inputs"),
        (_constant, "same score"),
        (_unbounded, "between 0 and 1"),
        (lambda: network(inputs=(None, None)), "fixed size"),
        (lambda: network(channels=2), "1 or 3"),
        (lambda: network(inputs=(16, 64)), "sides of"),
    ],
    ids=["code", "two inputs", "constant", "no probability", "any size", "two channels", "tiny"],
)
def test_a_model_outside_the_contract_changes_nothing(
    folder: Path, tmp_path: Path, make: Callable[[], Any], words: str
) -> None:
    path = saved(tmp_path, make())
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    with pytest.raises(ModelError, match=words):
        serving.register(folder, path, "own", "1")
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


@pytest.mark.parametrize(
    ("content", "words"), [(b"", "empty"), (b"\x89HDF\r\n\x1a\n" + b"\0" * 99, "HDF5"), (b"import os", "HDF5")]
)
def test_a_file_that_is_no_model_changes_nothing(folder: Path, tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "own.h5"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=words):
        serving.register(folder, path, "own", "1")
    assert not (folder / "previous").exists()


def test_a_file_that_is_not_there_and_a_model_without_a_name_are_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no file"):
        serving.register(folder, tmp_path / "none.h5", "own", "1")
    with pytest.raises(ModelError, match="name and a version"):
        serving.register(folder, tmp_path / "none.h5", " ", "1")


def test_a_model_can_replace_one_that_no_longer_works(folder: Path, tmp_path: Path) -> None:
    (folder / "manifest.json").write_text("{", "utf-8")
    serving.register(folder, saved(tmp_path, network()), "own", "1")
    assert json.loads((folder / "manifest.json").read_text("utf-8"))["name"] == "own"
