"""The late door to the loader: TensorFlow is imported when a model is loaded, not before.

Its import takes seconds and hundreds of megabytes. Only processes that score shall pay for it. The import may
come before a fork, and then serves every child; a model may not: its threads do not survive the fork.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from inference.loader import LoadedModel
    from inference.manifest import Manifest


def prepare() -> None:
    """Import what loading needs, and nothing more: no model, no thread. A child that is forked loads faster."""
    importlib.import_module("inference.loader")


def load(models_dir: Path) -> LoadedModel:
    """Load the model of a folder; see :func:`inference.loader.load`.

    Parameters
    ----------
    models_dir
        Folder of ``manifest.json`` and the model file.

    Returns
    -------
    LoadedModel
        Compiled and warm.

    Raises
    ------
    ModelError
        If the file cannot be used; the text says why.
    """
    model: LoadedModel = importlib.import_module("inference.loader").load(models_dir)
    return model


def accelerate(model: LoadedModel) -> LoadedModel:
    """Put a faster runtime behind a model where one is installed; see :func:`inference.accelerated.accelerate`."""
    faster: LoadedModel = importlib.import_module("inference.accelerated").accelerate(model)
    return faster


def register(models_dir: Path, source: Path, name: str, version: str) -> Manifest:
    """Put another model in force; see :func:`inference.registry.register`.

    Raises
    ------
    ModelError
        If the file cannot be used; the text says why, and nothing has changed.
    """
    manifest: Manifest = importlib.import_module("inference.registry").register(models_dir, source, name, version)
    return manifest


def rollback(models_dir: Path) -> Manifest:
    """Put the model before the present one back in force; see :func:`inference.registry.rollback`.

    Raises
    ------
    ModelError
        If there is none that can be used.
    """
    manifest: Manifest = importlib.import_module("inference.registry").rollback(models_dir)
    return manifest
