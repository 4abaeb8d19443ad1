"""The shipped pair: ``model.h5`` and ``manifest.json``."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import keras
import numpy as np
from numpy.typing import NDArray

from inference.architecture import build, member_prefix
from inference.calibration import Calibration, OperatingPoint, Platt
from inference.contract import InputSpec, ModelIdentity
from inference.golden import COUNT
from inference.loader import LoadedModel, check_graph, golden_scores, load
from inference.manifest import FILE_NAME, Golden, Manifest, file_sha256
from inference.training.settings import Settings

MODEL_NAME: Final = "model.h5"
_TOLERANCE: Final = 1e-4


@dataclass(frozen=True)
class Reading:
    """How scores are to be read: calibration and operating points, and where they come from."""

    calibration: Calibration
    operating_points: tuple[OperatingPoint, ...]
    default_operating_point: str
    origin: str


def uncalibrated(origin: str) -> Reading:
    """Leave scores as they are: for a network whose scores nobody has calibrated."""
    same = Platt(1.0, 0.0)
    return Reading(Calibration(same, same, same), (OperatingPoint("balanced", 0.5),), "balanced", origin)


def merge(networks: Sequence[keras.Model], settings: Settings) -> keras.Model:
    """Make one graph of the settings' size that averages the maps of several networks.

    Each normalisation is folded into the convolution before it, which scores the same and about 1.7 times
    as fast.  The head that reads the mean maps has the mean of the networks' own weights.

    Parameters
    ----------
    networks
        One or more, as :func:`inference.architecture.build` makes for training.
    settings
        Size of the input, variant, width of the head.
    """
    count = len(networks)
    merged = build(settings.variant, settings.height, settings.width, settings.head_channels, count, normalised=False)
    known = {layer.name for layer in networks[0].layers}
    for number, network in enumerate(networks):
        for layer in network.layers:
            name = member_prefix(number, count) + layer.name
            if f"{layer.name}_bn" in known:
                merged.get_layer(name).set_weights(_folded(layer, network.get_layer(f"{layer.name}_bn")))
            elif layer.name.startswith("head_") and layer.weights:
                merged.get_layer(name).set_weights(layer.get_weights())
    for name in ("attention_mix", "image"):
        all_weights = zip(*(network.get_layer(name).get_weights() for network in networks), strict=True)
        merged.get_layer(name).set_weights([np.mean(one, axis=0) for one in all_weights])
    return merged


def _folded(convolution: keras.layers.Layer, norm: keras.layers.Layer) -> list[NDArray[np.float32]]:
    """Kernel and bias of the convolution that does what the two layers did."""
    gamma, beta, mean, variance = (weights.astype(np.float64) for weights in norm.get_weights())
    scale = gamma / np.sqrt(variance + norm.epsilon)
    kernel = convolution.get_weights()[0]
    depthwise = isinstance(convolution, keras.layers.DepthwiseConv2D)
    folded = kernel * (scale[:, None] if depthwise else scale)
    return [folded.astype(np.float32), (beta - mean * scale).astype(np.float32)]


def save_network(networks: Sequence[keras.Model], settings: Settings, path: Path) -> None:
    """Save networks, merged into one float32 graph of the settings' size, and look the file over.

    Raises
    ------
    ModelError
        If the file would be refused when loaded.
    """
    fixed = merge(networks, settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.stem}.partial.h5")
    fixed.save(partial, include_optimizer=False)
    check_graph(partial)
    partial.replace(path)


def write_manifest(
    models_dir: Path,
    identity: tuple[str, str],
    spec: InputSpec,
    reading: Reading,
    upside_down_too: bool,
    notes: Mapping[str, Any],
) -> Manifest:
    """Write ``manifest.json`` for ``model.h5`` in ``models_dir``, golden scores included, and load it back.

    Parameters
    ----------
    models_dir
        Holds ``model.h5``.
    identity
        Name and version.
    spec, reading, upside_down_too
        The input, how scores are read, and whether each picture is also scored upside down.
    notes
        Further entries: status, training data, code commit, cross-validation ...

    Raises
    ------
    ModelError
        If the pair cannot be loaded.
    """
    path = models_dir / MODEL_NAME
    values: dict[str, Any] = {
        "format": 1,
        "name": identity[0],
        "version": identity[1],
        "research_use_only": True,
        "file": MODEL_NAME,
        "size_bytes": path.stat().st_size,
        "sha256": file_sha256(path),
        "input": {**asdict(spec), "dtype": "float32", "range": [0, 1]},
        "outputs": {"image": "image", "heat": "heat"},
        "upside_down_too": upside_down_too,
        "aggregation": {
            "breast": "mean of the logits of its views, then the breast's calibration",
            "study": "larger of the breasts' mean logits, then the study's calibration",
        },
        "calibration": {"origin": reading.origin, **asdict(reading.calibration)},
        "operating_points": {p.name: {"threshold": p.threshold} for p in reading.operating_points},
        "default_operating_point": reading.default_operating_point,
        "golden": {"tolerance": _TOLERANCE, "scores": []},
        **notes,
    }
    _write(models_dir, values)
    unproved = load(models_dir)
    listed = tuple(Golden(index, float("nan")) for index in range(COUNT))
    scores = golden_scores(_with_golden(unproved, listed))
    values["golden"]["scores"] = [{"image": i, "score": round(s, 8)} for i, s in enumerate(scores)]
    _write(models_dir, values)
    return load(models_dir).manifest


def _with_golden(model: LoadedModel, listed: tuple[Golden, ...]) -> LoadedModel:
    fields = {name: getattr(model.manifest, name) for name in model.manifest.__dataclass_fields__}
    return LoadedModel(Manifest(**{**fields, "golden": listed}), model.network, model.forward)


def _write(models_dir: Path, values: Mapping[str, Any]) -> None:
    partial = models_dir / f"{FILE_NAME}.partial"
    partial.write_text(json.dumps(values, indent=2, ensure_ascii=False, default=_plain) + "\n", "utf-8")
    partial.replace(models_dir / FILE_NAME)


def _plain(value: object) -> object:
    """Turn numpy scalars and identities into what JSON knows."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, ModelIdentity):
        return asdict(value)
    raise TypeError(f"{type(value).__name__} has no place in a manifest.")
