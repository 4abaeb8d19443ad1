"""``manage.py register_model`` and ``rollback_model`` on a folder of the test's own."""

import io
import shutil
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from webapp.studies import checks

pytestmark = [
    pytest.mark.model,
    # Keras' own, when it saves a TensorFlow variable under numpy 2.
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file"),
]


@pytest.fixture
def folder(settings: Settings, tmp_path: Path) -> Path:
    """A copy of the shipped model, in force for this test."""
    target = tmp_path / "models"
    target.mkdir()
    for name in ("model.h5", "manifest.json"):
        shutil.copy(Path(settings.NODE_MODELS_DIR) / name, target / name)
    settings.NODE_MODELS_DIR = target
    return target


def _own(tmp_path: Path) -> Path:
    keras: Any = pytest.importorskip("keras")
    picture = keras.Input((64, 64, 1))
    pooled = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(2, 3)(picture))
    path = tmp_path / "own.h5"
    keras.Model(picture, keras.layers.Dense(1, activation="sigmoid")(pooled)).save(path)
    return path


def _say(*command: str) -> str:
    out = io.StringIO()
    call_command(*command, stdout=out)
    return out.getvalue()


def test_own_model_goes_in_force_and_back_and_the_start_checks_agree(folder: Path, tmp_path: Path) -> None:
    assert "Model own 2 " in _say("register_model", str(_own(tmp_path)), "--model-version", "2")
    assert checks.model_is_sound() == []
    assert "mammonode-lite0" in _say("rollback_model")
    assert checks.model_is_sound() == []


def test_a_bad_file_is_refused_in_a_sentence(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "bad.h5"
    path.write_bytes(b"no model")
    with pytest.raises(CommandError, match=r"HDF5.*has not changed"):
        _say("register_model", str(path))


def test_there_is_nothing_to_go_back_to_at_first(folder: Path) -> None:
    with pytest.raises(CommandError, match="no earlier model"):
        _say("rollback_model")
