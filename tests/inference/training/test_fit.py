"""A run that was broken off goes on where it was, and leaves a trace for TensorBoard."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from inference.training.data import prepare, read_manifest, select
from inference.training.settings import Phase, Settings, read_settings
from tests.inference.training.conftest import SPEC

pytestmark = pytest.mark.model

STEP = Phase("patches", 64, 64, False, 2, 1, 0.2, 0.3, 10, 3, 1e-3, 1e-2, 1.0, 1.0)


@pytest.fixture(scope="module")
def settings() -> Settings:
    """One epoch of two steps."""
    return replace(read_settings(), height=SPEC.height, width=SPEC.width, adapt_batches=0, phases=(STEP,))


def test_a_finished_phase_is_not_trained_again_and_what_it_learnt_comes_back(
    films_root: Path, settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    fit = pytest.importorskip("inference.training.fit")
    films = prepare(films_root, select(read_manifest(films_root), "train"), SPEC)
    with caplog.at_level("INFO"):
        first = fit.train(films, settings, tmp_path)
        assert "phase patches epoch 1" in caplog.text
        caplog.clear()
        again = fit.train(films, settings, tmp_path)
        assert "goes on after epoch 1" in caplog.text
        assert "phase patches epoch" not in caplog.text
    for one, two in zip(first.get_weights(), again.get_weights(), strict=True):
        assert np.array_equal(one, two)
    new = fit.new_trainer(settings, None).model
    moved = {
        variable.path.split("/")[-2]
        for variable, start in zip(first.variables, new.variables, strict=True)
        if not np.array_equal(variable.numpy(), start.numpy())
    }
    assert "head_logits" in moved
    assert "block12_project" in moved
    assert not any(name.startswith(("stem", "block9_")) for name in moved)
    assert "block12_depthwise" not in moved
    assert list((tmp_path / "events").rglob("events.out.tfevents.*"))
