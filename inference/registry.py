"""Put another model in the place of the one in force, and go back: one rename decides, nothing is lost.

The folder of models holds ``manifest.json``, which names the model in force by file and sha256.  A model that is
registered gets a file of its own, ``model-<sha256>.h5``, and a manifest; the manifest it replaces goes to
``previous/NNNN.json``.  Whoever dies on the way leaves the old manifest in force or the new one, never half of each.
"""

import contextlib
import fcntl
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import keras
import numpy as np

from inference.contract import InputSpec
from inference.errors import ModelError
from inference.golden import COUNT, golden_view
from inference.loader import LoadedModel, check_graph, load, restore
from inference.manifest import FILE_NAME, Manifest, file_sha256, read_manifest
from inference.preprocess import PREPROCESSING_VERSION, to_tensor

logger = logging.getLogger(__name__)

HISTORY: Final = "previous"
_TOLERANCE: Final = 1e-4
_CHANNELS: Final = (1, 3)
_SIDES: Final = (32, 4096)
_SAME_LINE: Final = {"slope": 1.0, "intercept": 0.0}


def register(models_dir: Path, source: Path, name: str, version: str) -> Manifest:
    """Check a Keras ``.h5`` file, write its manifest, and put it in force; the old one is kept.

    Parameters
    ----------
    models_dir
        Folder of ``manifest.json``; it need not hold a model that works.
    source
        The file; it is copied, and never opened outside safe mode.
    name, version
        What predictions and reports will call the model.

    Returns
    -------
    Manifest
        The one now in force.  Running processes go on with the old model until they start again.

    Raises
    ------
    ModelError
        If the file is absent, damaged, holds code, does not fit the contract, or scores as no classifier should;
        the model in force stays in force.
    """
    if not name.strip() or not version.strip():
        raise ModelError("A model needs a name and a version.")
    models_dir.mkdir(parents=True, exist_ok=True)
    with _locked(models_dir), tempfile.TemporaryDirectory(prefix=".staging-", dir=models_dir) as staging:
        folder = Path(staging)
        staged = _staged(source, folder)
        values = _manifest_of(staged, name.strip(), version.strip())
        _write(folder, values)
        model = load(folder)
        values["golden"] = {"tolerance": _TOLERANCE, "scores": _sane_scores(model)}
        _write(folder, values)
        load(folder)
        staged.replace(models_dir / staged.name)
        _keep_current(models_dir)
        (folder / FILE_NAME).replace(models_dir / FILE_NAME)
        _sync_folder(models_dir)
    manifest = read_manifest(models_dir)
    logger.info("registered model %s %s, sha256 %s", *asdict(manifest.identity).values())
    return manifest


def rollback(models_dir: Path) -> Manifest:
    """Put the model in force before the present one back, after the checks that every start makes.

    Parameters
    ----------
    models_dir
        Folder of ``manifest.json`` and ``previous/``.

    Returns
    -------
    Manifest
        The one now in force.

    Raises
    ------
    ModelError
        If there is none to go back to, or it cannot be used; the model in force stays in force.
    """
    with _locked(models_dir):
        current = _bytes(models_dir / FILE_NAME)
        for path in reversed(_history(models_dir)):
            if path.read_bytes() == current:
                path.unlink()  # kept twice by a registration that died before its rename
                continue
            _prove(models_dir, path)
            path.replace(models_dir / FILE_NAME)
            _sync_folder(models_dir)
            manifest = read_manifest(models_dir)
            logger.info("rolled back to model %s %s, sha256 %s", *asdict(manifest.identity).values())
            return manifest
    raise ModelError("There is no earlier model to go back to.")


def _staged(source: Path, folder: Path) -> Path:
    """Copy the file under the name of its content and refuse what no model file can be."""
    if not source.is_file():
        raise ModelError(f"There is no file {source.name} to register.")
    if source.stat().st_size == 0:
        raise ModelError(f"The model file {source.name} is empty (0 bytes).")
    copy = folder / "copy"
    try:
        shutil.copyfile(source, copy)
    except OSError as error:
        raise ModelError(f"The model file {source.name} cannot be copied: {error.strerror}.") from error
    with copy.open("rb") as file:
        os.fsync(file.fileno())
    return copy.rename(folder / f"model-{file_sha256(copy)[:16]}.h5")


def _manifest_of(path: Path, name: str, version: str) -> dict[str, Any]:
    """Look the graph over and describe it; scores are taken as they are, for nobody has calibrated them."""
    check_graph(path)
    network = restore(path)
    return {
        "format": 1,
        "name": name,
        "version": version,
        "research_use_only": True,
        "status": "registered by a user; its training, calibration and performance are not known here",
        "file": path.name,
        "size_bytes": path.stat().st_size,
        "sha256": file_sha256(path),
        "input": {**asdict(_input_of(network)), "dtype": "float32", "range": [0, 1]},
        "outputs": _outputs_of(network),
        "upside_down_too": False,
        "calibration": {
            "origin": "none: scores are read as probabilities",
            **{level: _SAME_LINE for level in ("image", "breast", "study")},
        },
        "operating_points": {"balanced": {"threshold": 0.5}},
        "default_operating_point": "balanced",
        "golden": {"tolerance": _TOLERANCE, "scores": []},
        "created": datetime.now(UTC).replace(microsecond=0).isoformat(),
        "keras": keras.__version__,
    }


def _input_of(network: keras.Model) -> InputSpec:
    if len(network.inputs) != 1:
        raise ModelError(f"The model has {len(network.inputs)} inputs; one picture is wanted.")
    shape = tuple(network.inputs[0].shape[1:])
    if len(shape) != 3 or None in shape or shape[2] not in _CHANNELS:
        raise ModelError(f"The model takes {shape}; (height, width, 1 or 3) of fixed size is wanted.")
    height, width, channels = (int(side) for side in shape)
    if not all(_SIDES[0] <= side <= _SIDES[1] for side in (height, width)):
        raise ModelError(f"The model takes {height} x {width} pixels; sides of {_SIDES[0]} to {_SIDES[1]} are wanted.")
    return InputSpec(height, width, channels, PREPROCESSING_VERSION)


def _outputs_of(network: keras.Model) -> dict[str, str | None]:
    """Name the outputs that count: of several named ones, the score must be called ``image``."""
    outputs = network.output
    if not isinstance(outputs, Mapping):
        return {"image": None, "heat": None}
    if len(outputs) == 1:
        return {"image": str(next(iter(outputs))), "heat": None}
    if "image" not in outputs:
        raise ModelError(f"The model has the outputs {sorted(outputs)}; the score must be called image.")
    is_map = "heat" in outputs and len(outputs["heat"].shape) == 4 and outputs["heat"].shape[-1] == 2
    return {"image": "image", "heat": "heat" if is_map else None}


def _sane_scores(model: LoadedModel) -> list[dict[str, float]]:
    """Score the golden pictures together, again, and one by one; the score must hold and must mean something."""
    tensors = np.stack([to_tensor(golden_view(index), model.spec).tensor for index in range(COUNT)])
    scores = model.scores(tensors)
    if not (np.isfinite(scores).all() and ((scores >= 0.0) & (scores <= 1.0)).all()):
        raise ModelError(f"The model scores the golden pictures {scores.tolist()}; a score lies between 0 and 1.")
    alone = np.concatenate([model.scores(tensor[None]) for tensor in tensors])
    if max(np.abs(scores - model.scores(tensors)).max(), np.abs(scores - alone).max()) > _TOLERANCE:
        raise ModelError("The model scores the same picture differently from one time to the next.")
    if float(np.ptp(scores)) < 1e-6:
        raise ModelError(f"The model gives every picture the same score, {scores[0]:.6f}: it tells nothing apart.")
    return [{"image": index, "score": round(float(score), 8)} for index, score in enumerate(scores)]


def _keep_current(models_dir: Path) -> None:
    current = _bytes(models_dir / FILE_NAME)
    if current is None:
        return
    history = _history(models_dir)
    number = 1 + (int(history[-1].stem) if history else 0)
    path = models_dir / HISTORY / f"{number:04d}.json"
    path.parent.mkdir(exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_bytes(current)
    partial.replace(path)
    _sync_folder(path.parent)


def _history(models_dir: Path) -> list[Path]:
    return sorted(path for path in (models_dir / HISTORY).glob("*.json") if path.stem.isdigit())


def _prove(models_dir: Path, kept: Path) -> None:
    """Load what a kept manifest names, in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix=".staging-", dir=models_dir) as staging:
        folder = Path(staging)
        shutil.copyfile(kept, folder / FILE_NAME)
        file = read_manifest(folder).file
        if (models_dir / file).is_file():
            (folder / file).symlink_to((models_dir / file).resolve())
        load(folder)


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _write(folder: Path, values: Mapping[str, Any]) -> None:
    with (folder / FILE_NAME).open("w", encoding="utf-8") as file:
        json.dump(values, file, indent=2, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _locked(models_dir: Path) -> Iterator[None]:
    """Let one process at a time change the folder."""
    try:
        descriptor = os.open(models_dir, os.O_RDONLY)
    except OSError as error:
        raise ModelError(f"The folder of models cannot be opened: {error.strerror}.") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
