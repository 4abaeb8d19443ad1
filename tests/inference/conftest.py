"""One loaded model for the whole session: TensorFlow starts once."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from inference.loader import LoadedModel

MODELS = Path(__file__).parents[2] / "models"


@pytest.fixture(scope="session")
def models_dir() -> Path:
    """The folder of the shipped model."""
    return MODELS


@pytest.fixture(scope="session")
def model(models_dir: Path) -> "LoadedModel":
    """The shipped model, loaded as the node loads it."""
    loader = pytest.importorskip("inference.loader")
    loaded: LoadedModel = loader.load(models_dir)
    return loaded
