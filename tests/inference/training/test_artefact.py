"""Networks merged for shipping score as they did apart."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inference.training.settings import Settings, read_settings

pytestmark = [
    pytest.mark.model,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]


@pytest.fixture(scope="module")
def settings() -> Settings:
    """A small picture and a narrow head."""
    return replace(read_settings(), height=64, width=32, head_channels=8)


@pytest.fixture(scope="module")
def networks(settings: Settings) -> list[Any]:
    """Two networks with statistics of their own."""
    architecture = pytest.importorskip("inference.architecture")
    keras = pytest.importorskip("keras")
    made = []
    for seed in (1, 2):
        keras.utils.set_random_seed(seed)
        network = architecture.build(settings.variant, 64, 32, 8)
        rng = np.random.default_rng(seed)
        for variable in network.variables:
            if "_bn/" in variable.path:
                variable.assign(variable + rng.uniform(0.0, 0.2, variable.shape))
        made.append(network)
    return made


def logits(scores: Any) -> Any:
    """Logits of scores 0..1."""
    return np.log(np.asarray(scores, np.float64) / (1.0 - np.asarray(scores, np.float64)))


def test_merged_networks_draw_the_mean_of_their_maps(settings: Settings, networks: list[Any]) -> None:
    merge = pytest.importorskip("inference.training.artefact").merge
    pictures = np.random.default_rng(0).random((2, 64, 32, 1), np.float32)
    apart = [network(pictures, training=False)["heat"] for network in networks]
    together = merge(networks, settings)(pictures, training=False)["heat"]
    assert np.abs(logits(apart[0]) - logits(apart[1])).max() > 1e-2
    assert logits(together) == pytest.approx((logits(apart[0]) + logits(apart[1])) / 2, abs=1e-3)


def test_one_network_folded_scores_as_before(settings: Settings, networks: list[Any]) -> None:
    merge = pytest.importorskip("inference.training.artefact").merge
    pictures = np.random.default_rng(0).random((2, 64, 32, 1), np.float32)
    before, after = networks[0](pictures, training=False), merge(networks[:1], settings)(pictures, training=False)
    for name in ("image", "heat"):
        assert np.asarray(after[name]) == pytest.approx(np.asarray(before[name]), abs=1e-5)


def test_the_saved_file_is_plain_and_restores_bit_for_bit(
    settings: Settings, networks: list[Any], tmp_path: Path
) -> None:
    artefact = pytest.importorskip("inference.training.artefact")
    loader = pytest.importorskip("inference.loader")
    artefact.save_network(networks, settings, tmp_path / "model.h5")
    loader.check_graph(tmp_path / "model.h5")
    restored = loader.restore(tmp_path / "model.h5")
    merged = artefact.merge(networks, settings)
    kept = {variable.path: variable.numpy() for variable in restored.variables}
    assert set(kept) == {variable.path for variable in merged.variables}
    for variable in merged.variables:
        assert np.array_equal(kept[variable.path], variable.numpy())
    pictures = np.random.default_rng(0).random((1, 64, 32, 1), np.float32)
    for name, values in merged(pictures, training=False).items():
        assert np.array_equal(np.asarray(values), np.asarray(restored(pictures, training=False)[name]))
    assert not any("_bn" in layer.name for layer in restored.layers)
