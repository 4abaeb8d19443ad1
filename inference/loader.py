"""The model file: trusted only after its sha256 matched, opened in safe mode, checked, compiled once."""

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import h5py
import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from inference.contract import InputSpec
from inference.errors import ModelError
from inference.golden import golden_view
from inference.manifest import Manifest, file_sha256, read_manifest
from inference.preprocess import to_tensor

logger = logging.getLogger(__name__)

_MAX_BYTES: Final = 2 * 1024**3
_MODELS: Final = ("Functional", "Model", "Sequential")
_CHUNK: Final = 2
"""Views scored at once.  More would only cost memory, and the three members' maps take much of it."""

Forward = Callable[[tf.Tensor], tuple[tf.Tensor, tf.Tensor | None]]


@dataclass(frozen=True, eq=False)
class LoadedModel:
    """A model ready to score.

    Attributes
    ----------
    manifest
        What the file is and how its scores are to be read.
    network
        The restored Keras graph.
    """

    manifest: Manifest
    network: keras.Model
    forward: Forward

    @property
    def spec(self) -> InputSpec:
        """The tensor the model takes."""
        return self.manifest.spec

    def scores(self, tensors: NDArray[np.float32]) -> NDArray[np.float64]:
        """Score tensors.

        Parameters
        ----------
        tensors
            ``(views, height, width, channels)``, float32, 0..1.

        Returns
        -------
        ndarray
            Raw scores, ``(views,)``, float64, 0..1.  Where the manifest says so, the mean of the logits of
            the picture and of the picture upside down.
        """
        parts = [self._chunk(tensors[start : start + _CHUNK]) for start in range(0, len(tensors), _CHUNK)]
        return np.concatenate(parts) if parts else np.zeros(0)

    def _chunk(self, tensors: NDArray[np.float32]) -> NDArray[np.float64]:
        raw = self._raw(tensors)
        if not self.manifest.upside_down_too:
            return raw
        both = np.clip(np.stack([raw, self._raw(tensors[:, ::-1])]), 1e-7, 1.0 - 1e-7)
        mean = np.log(both / (1.0 - both)).mean(axis=0)
        return np.asarray(1.0 / (1.0 + np.exp(-mean)), np.float64)

    def _raw(self, tensors: NDArray[np.float32]) -> NDArray[np.float64]:
        image, _ = self.forward(tf.constant(np.ascontiguousarray(tensors)))
        return np.asarray(image.numpy(), np.float64)

    def heat(self, tensors: NDArray[np.float32]) -> NDArray[np.float32] | None:
        """Heat maps ``(views, rows, columns, 2)``, float32, 0..1 (mass here; malignant here), or None."""
        if self.manifest.heat_output is None:
            return None
        parts = []
        for start in range(0, len(tensors), _CHUNK):
            _, heat = self.forward(tf.constant(np.ascontiguousarray(tensors[start : start + _CHUNK])))
            if heat is None:
                return None
            parts.append(np.asarray(heat.numpy(), np.float32))
        return np.concatenate(parts) if parts else None


def load(models_dir: Path) -> LoadedModel:
    """Load the model that ``manifest.json`` in ``models_dir`` names, and prove that it scores as promised.

    Parameters
    ----------
    models_dir
        Folder of ``manifest.json`` and the ``.h5`` file.

    Returns
    -------
    LoadedModel
        Compiled and warm.

    Raises
    ------
    ModelError
        If anything is absent, damaged, unsafe, of another shape, or scores the golden pictures otherwise.
        No code from the file is executed.
    """
    manifest = read_manifest(models_dir)
    path = models_dir / manifest.file
    _check_bytes(path, manifest)
    check_graph(path)
    network = restore(path)
    forward = _compile(network, manifest)
    model = LoadedModel(manifest, network, forward)
    check_golden(model)
    logger.info("model %s %s loaded, sha256 %s", *_identity(manifest))
    return model


def _identity(manifest: Manifest) -> tuple[str, str, str]:
    return manifest.identity.name, manifest.identity.version, manifest.identity.sha256


def _check_bytes(path: Path, manifest: Manifest) -> None:
    if not path.is_file():
        raise ModelError(f"The model file {path.name} named in the manifest is absent.")
    size = path.stat().st_size
    if size == 0:
        raise ModelError(f"The model file {path.name} is empty (0 bytes).")
    if size > _MAX_BYTES:
        raise ModelError(f"The model file {path.name} has {size} bytes, more than the {_MAX_BYTES} allowed.")
    found = file_sha256(path)
    if found != manifest.identity.sha256:
        raise ModelError(
            f"The sha256 of {path.name} is {found}, the manifest says {manifest.identity.sha256}: "
            "the file is damaged or not the one described."
        )


def check_graph(path: Path) -> None:
    """Look into the HDF5 file without building anything, and refuse what is not a plain Keras graph.

    Raises
    ------
    ModelError
        If it is no HDF5 file, holds no model configuration, reaches outside itself, or names a Lambda, a
        function, a custom layer or a model nested in a model.
    """
    try:
        with h5py.File(path, "r") as file:
            _check_links(file)
            text = file.attrs.get("model_config")
    except OSError as error:
        raise ModelError(f"The model file {path.name} is no readable HDF5 file: {error}") from error
    if text is None:
        raise ModelError(f"The model file {path.name} holds weights but no model configuration.")
    try:
        config = json.loads(text)
    except (TypeError, ValueError) as error:
        raise ModelError(f"The model configuration in {path.name} is no JSON.") from error
    if not isinstance(config, dict) or config.get("class_name") not in _MODELS:
        raise ModelError(f"The model in {path.name} is neither functional nor sequential.")
    for entry in _entries(config.get("config")):
        _check_entry(entry)


def _check_links(group: h5py.Group) -> None:
    for name in group:
        if isinstance(group.get(name, getlink=True), h5py.ExternalLink):
            raise ModelError("The model file refers to another file, which is not allowed.")
        item = group[name]
        if isinstance(item, h5py.Group):
            _check_links(item)
        elif isinstance(item, h5py.Dataset) and (item.external or item.is_virtual):
            raise ModelError("The model file refers to another file, which is not allowed.")


def _entries(node: Any) -> Iterator[dict[str, Any]]:
    """Walk through every dictionary of a configuration that names a class."""
    if isinstance(node, dict):
        if "class_name" in node:
            yield node
        for value in node.values():
            yield from _entries(value)
    elif isinstance(node, list):
        for value in node:
            yield from _entries(value)


def _check_entry(entry: dict[str, Any]) -> None:
    name = str(entry["class_name"])
    if name in ("Lambda", "__lambda__", "function"):
        raise ModelError(f"The model holds a {name}, that is, code of its own; such files are refused.")
    if name in _MODELS:
        raise ModelError("The model holds a model nested in a model, which HDF5 does not restore; flatten it.")
    module = entry.get("module")
    registered = entry.get("registered_name")
    if (module is not None and str(module).split(".")[0] not in ("keras", "builtins")) or (
        registered is not None and ">" in str(registered)
    ):
        raise ModelError(f"The model holds the custom class {name}; only Keras' own layers are allowed.")


def restore(path: Path) -> keras.Model:
    """Let Keras build the graph of a file that :func:`check_graph` has passed, in safe mode.

    Raises
    ------
    ModelError
        If it cannot.
    """
    try:
        network = keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # Keras raises anything from KeyError to TypeError on a file it cannot build
        first_line = (str(error).splitlines() or [type(error).__name__])[0]
        raise ModelError(f"Keras cannot restore {path.name}: {first_line}") from error
    if not isinstance(network, keras.Model):
        raise ModelError(f"{path.name} holds no model.")
    return network


def _compile(network: keras.Model, manifest: Manifest) -> Forward:
    """Compile the graph once for any number of views and check what goes in and comes out."""
    if len(network.inputs) != 1 or tuple(network.inputs[0].shape[1:]) != manifest.spec.shape:
        shapes = [tuple(tensor.shape[1:]) for tensor in network.inputs]
        raise ModelError(f"The model takes {shapes}, the manifest promises {manifest.spec.shape}.")

    def score(tensors: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor | None]:
        return _outputs(network(tensors, training=False), manifest)

    signature = [tf.TensorSpec((None, *manifest.spec.shape), tf.float32)]
    forward: Forward = tf.function(score, input_signature=signature, autograph=False)
    try:
        image, _ = forward(tf.zeros((1, *manifest.spec.shape)))
    except (ValueError, tf.errors.OpError) as error:
        raise ModelError(f"The model cannot score a picture: {str(error).splitlines()[0]}") from error
    value = float(image.numpy()[0])
    if not 0.0 <= value <= 1.0:
        raise ModelError(f"The model scores a black picture {value}; a score lies between 0 and 1.")
    return forward


def _outputs(result: Any, manifest: Manifest) -> tuple[tf.Tensor, tf.Tensor | None]:
    """Pick the image score (and heat map) from whatever the graph returns."""
    if isinstance(result, dict):
        if manifest.image_output not in result:
            raise ModelError(f"The model has no output {manifest.image_output}; it has {sorted(result)}.")
        image, heat = result[manifest.image_output], result.get(manifest.heat_output)
    elif isinstance(result, (list, tuple)):
        image, heat = result[0], result[1] if len(result) > 1 else None
    else:
        image, heat = result, None
    if tuple(image.shape[1:]) not in ((), (1,)):
        raise ModelError(f"The model's score has the shape {tuple(image.shape)}; one number a picture is wanted.")
    return tf.reshape(image, (-1,)), heat


def golden_scores(model: LoadedModel) -> tuple[float, ...]:
    """Score the golden pictures that the manifest lists, in its order."""
    tensors = [to_tensor(golden_view(golden.index), model.spec).tensor for golden in model.manifest.golden]
    return tuple(float(score) for score in model.scores(np.stack(tensors))) if tensors else ()


def check_golden(model: LoadedModel) -> None:
    """Score the golden pictures and compare with the manifest.

    Raises
    ------
    ModelError
        If a score departs by more than the manifest's tolerance.
    """
    for golden, score in zip(model.manifest.golden, golden_scores(model), strict=True):
        if not abs(score - golden.score) <= model.manifest.golden_tolerance:
            raise ModelError(
                f"The model scores golden picture {golden.index} {score:.6f}, the manifest promises "
                f"{golden.score:.6f}: model, preprocessing or libraries have changed."
            )
