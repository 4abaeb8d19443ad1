"""The model file: the good one is restored exactly, the bad ones are refused in a sentence."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from inference.errors import ModelError
from inference.manifest import file_sha256, read_manifest

pytestmark = [
    pytest.mark.model,
    # Keras' own, when it saves a TensorFlow variable under numpy 2.
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]


@pytest.fixture
def folder(tmp_path: Path, models_dir: Path) -> Path:
    """A copy of the shipped pair, to be spoilt."""
    for name in ("model.h5", "manifest.json"):
        shutil.copy(models_dir / name, tmp_path / name)
    return tmp_path


def amend(folder: Path, change: Callable[[dict[str, Any]], object], resign: bool = False) -> None:
    """Change the manifest; with ``resign`` give it the sha256 of the file as it is now."""
    path = folder / "manifest.json"
    values = json.loads(path.read_text("utf-8"))
    change(values)
    if resign:
        values["sha256"] = file_sha256(folder / "model.h5")
    path.write_text(json.dumps(values), "utf-8")


def refused(folder: Path, match: str) -> None:
    from_loader = pytest.importorskip("inference.loader")
    with pytest.raises(ModelError, match=match):
        from_loader.load(folder)


def save(folder: Path, network: Any) -> None:
    """Put another network in the place of the shipped one, manifest adjusted."""
    network.save(folder / "model.h5")
    amend(folder, lambda values: values["golden"].update(scores=[]), resign=True)


def test_a_saved_and_restored_network_scores_bit_for_bit_alike(model: Any, tmp_path: Path) -> None:
    keras = pytest.importorskip("keras")
    path = tmp_path / "again.h5"
    model.network.save(path)
    again = keras.saving.load_model(path, compile=False, safe_mode=True)
    tensors = np.random.default_rng(1).random((2, *model.spec.shape), np.float32)
    one, two = model.network(tensors, training=False), again(tensors, training=False)
    for name in one:
        assert np.array_equal(np.asarray(one[name]), np.asarray(two[name]))


def test_the_shipped_network_is_plain_float32(model: Any) -> None:
    assert {weight.dtype for weight in model.network.weights} == {"float32"}
    assert all(type(layer).__module__.startswith("keras.") for layer in model.network.layers)


def test_the_shipped_model_scores_the_golden_pictures_as_promised(model: Any) -> None:
    loader = pytest.importorskip("inference.loader")
    assert len(model.manifest.golden) == 3
    promised = [golden.score for golden in model.manifest.golden]
    assert loader.golden_scores(model) == pytest.approx(promised, abs=1e-4)


def test_a_model_that_scores_a_golden_picture_otherwise_is_refused(folder: Path) -> None:
    amend(folder, lambda values: values["golden"]["scores"][1].update(score=0.0123))
    refused(folder, "golden picture 1")


def test_an_absent_manifest_is_named(folder: Path) -> None:
    (folder / "manifest.json").unlink()
    refused(folder, r"no manifest\.json")


def test_an_absent_model_file_is_named(folder: Path) -> None:
    (folder / "model.h5").unlink()
    refused(folder, "absent")


def test_an_empty_model_file_is_refused(folder: Path) -> None:
    (folder / "model.h5").write_bytes(b"")
    refused(folder, "0 bytes")


def test_a_truncated_file_is_refused_by_its_sha256(folder: Path) -> None:
    content = (folder / "model.h5").read_bytes()
    (folder / "model.h5").write_bytes(content[: len(content) // 2])
    refused(folder, "sha256")


def test_a_truncated_file_with_a_matching_sha256_is_refused_too(folder: Path) -> None:
    content = (folder / "model.h5").read_bytes()
    (folder / "model.h5").write_bytes(content[: len(content) // 2])
    amend(folder, lambda values: None, resign=True)
    refused(folder, "no readable HDF5")


def test_a_changed_bit_is_refused(folder: Path) -> None:
    content = bytearray((folder / "model.h5").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "model.h5").write_bytes(content)
    refused(folder, "sha256")


def test_a_pickle_is_refused_and_not_executed(folder: Path, tmp_path: Path) -> None:
    victim = tmp_path / "executed"
    payload = f"cbuiltins\nopen\n(S'{victim}'\nS'w'\ntR.".encode()
    (folder / "model.h5").write_bytes(payload)
    amend(folder, lambda values: None, resign=True)
    refused(folder, "no readable HDF5")
    assert not victim.exists()


def test_another_input_shape_is_refused(folder: Path) -> None:
    keras = pytest.importorskip("keras")
    inputs = keras.Input((64, 64, 3))
    scores = keras.layers.Dense(1, "sigmoid")(keras.layers.GlobalAveragePooling2D()(inputs))
    save(folder, keras.Model(inputs, scores))
    refused(folder, r"the manifest promises \(640, 320, 1\)")


def test_a_lambda_layer_is_refused_and_not_executed(folder: Path, model: Any) -> None:
    keras = pytest.importorskip("keras")
    inputs = keras.Input(model.spec.shape)
    doubled = keras.layers.Lambda(lambda x: x * 2.0)(inputs)
    scores = keras.layers.Dense(1, "sigmoid")(keras.layers.GlobalAveragePooling2D()(doubled))
    save(folder, keras.Model(inputs, scores))
    refused(folder, "Lambda")


def test_a_custom_class_is_refused(folder: Path) -> None:
    def rename(config: dict[str, Any]) -> None:
        config["config"]["layers"][3]["module"] = "subprocess"
        config["config"]["layers"][3]["class_name"] = "Popen"

    edit_configuration(folder, rename)
    refused(folder, "custom class Popen")


def test_a_nested_model_is_refused(folder: Path) -> None:
    edit_configuration(folder, lambda c: c["config"]["layers"][3].update(class_name="Functional"))
    refused(folder, "nested")


def edit_configuration(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    with h5py.File(folder / "model.h5", "r+") as file:
        config = json.loads(file.attrs["model_config"])
        change(config)
        file.attrs["model_config"] = json.dumps(config)
    amend(folder, lambda values: None, resign=True)


def test_weights_without_a_configuration_are_refused(folder: Path) -> None:
    with h5py.File(folder / "model.h5", "r+") as file:
        del file.attrs["model_config"]
    amend(folder, lambda values: None, resign=True)
    refused(folder, "no model configuration")


def test_a_file_that_points_outside_itself_is_refused(folder: Path) -> None:
    with h5py.File(folder / "model.h5", "r+") as file:
        file["elsewhere"] = h5py.ExternalLink("/etc/hostname", "/")
    amend(folder, lambda values: None, resign=True)
    refused(folder, "another file")


def test_a_users_own_plain_model_drops_in(folder: Path, model: Any) -> None:
    keras = pytest.importorskip("keras")
    loader = pytest.importorskip("inference.loader")
    inputs = keras.Input(model.spec.shape)
    scores = keras.layers.Dense(1, "sigmoid")(keras.layers.GlobalAveragePooling2D()(inputs))
    save(folder, keras.Model(inputs, scores))
    loaded = loader.load(folder)
    found = loaded.scores(np.zeros((2, *model.spec.shape), np.float32))
    assert found == pytest.approx([0.5, 0.5], abs=0.2)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda v: v.update(format=2), "format"),
        (lambda v: v.pop("calibration"), "calibration"),
        (lambda v: v.update(file="../model.h5"), "own folder"),
        (lambda v: v["input"].update(preprocessing_version="0"), "preprocessing version"),
        (lambda v: v["operating_points"]["balanced"].update(threshold=1.5), "between 0 and 1"),
        (lambda v: v.update(default_operating_point="none"), "no operating point"),
        (lambda v: v.update(version=""), "version"),
    ],
)
def test_a_manifest_that_does_not_hold_is_refused(
    folder: Path, change: Callable[[dict[str, Any]], object], match: str
) -> None:
    amend(folder, change)
    with pytest.raises(ModelError, match=match):
        read_manifest(folder)


def test_a_manifest_that_is_no_json_is_refused(folder: Path) -> None:
    (folder / "manifest.json").write_text("{", "utf-8")
    with pytest.raises(ModelError, match="JSON"):
        read_manifest(folder)
