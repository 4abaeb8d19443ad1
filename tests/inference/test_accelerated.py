"""The faster runtime says what TensorFlow says, or nothing."""

import importlib.util
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

if TYPE_CHECKING:
    from inference.loader import LoadedModel

pytestmark = [
    pytest.mark.model,
    # OpenVINO's own, on import
    pytest.mark.filterwarnings("ignore::DeprecationWarning:openvino"),
]
installed = importlib.util.find_spec("openvino") is not None
needs_it = pytest.mark.skipif(not installed, reason="openvino is not installed: `uv sync --extra accelerated`")


@pytest.fixture(scope="module")
def accelerated() -> Any:
    return pytest.importorskip("inference.accelerated")


@pytest.mark.skipif(installed, reason="openvino is installed")
def test_without_it_tensorflow_scores_and_the_log_says_so(
    model: "LoadedModel", accelerated: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        assert accelerated.accelerate(model) is model
    assert "not installed" in caplog.text


@needs_it
def test_scores_and_maps_are_tensorflows(model: "LoadedModel", accelerated: Any) -> None:
    faster = accelerated.accelerate(model)
    assert faster is not model
    tensors = np.random.default_rng(1).random((5, *model.spec.shape), np.float32)
    assert np.abs(faster.scores(tensors) - model.scores(tensors)).max() < 1e-4
    ours, theirs = model.heat(tensors[:2]), faster.heat(tensors[:2])
    assert ours is not None
    assert theirs is not None
    assert np.abs(ours - theirs).max() < 1e-4


def test_a_departure_is_seen_and_nan_is_one(model: "LoadedModel", accelerated: Any) -> None:
    def shifted(by: float) -> "LoadedModel":
        def forward(tensors: Any) -> Any:
            image, heat = model.forward(tensors)
            return image + by, heat

        return replace(model, manifest=replace(model.manifest, upside_down_too=False), forward=forward)

    assert accelerated.largest_departure(shifted(0.0), shifted(0.0)) == 0.0
    assert accelerated.largest_departure(shifted(0.0), shifted(0.01)) == pytest.approx(0.01, abs=1e-5)
    assert np.isnan(accelerated.largest_departure(shifted(0.0), shifted(float("nan"))))


@needs_it
def test_a_model_it_cannot_take_stays_with_tensorflow_and_the_log_says_so(
    model: "LoadedModel", accelerated: Any, caplog: pytest.LogCaptureFixture
) -> None:
    def forward(tensors: Any) -> Any:
        raise ValueError("a graph that cannot be traced")

    broken = replace(model, forward=forward)
    assert accelerated.accelerate(broken) is broken
    assert "cannot run this model" in caplog.text
