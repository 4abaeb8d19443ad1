"""Folding the batch normalisation changes how fast a step is, not what it learns."""

from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def network() -> Any:
    """A network whose statistics, scales and shifts are not those of a new one."""
    architecture = pytest.importorskip("inference.architecture")
    keras = pytest.importorskip("keras")
    keras.utils.set_random_seed(5)
    model = architecture.build("lite0", None, None, 8)
    rng = np.random.default_rng(5)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            gamma, beta, mean, variance = layer.get_weights()
            layer.set_weights(
                [
                    gamma * rng.uniform(0.8, 1.2, gamma.shape),
                    beta + rng.normal(0, 0.1, beta.shape),
                    mean + rng.normal(0, 0.1, mean.shape),
                    variance * rng.uniform(0.5, 1.5, variance.shape),
                ]
            )
    return model


def gradients(network: Any, forward: Any, pictures: Any) -> dict[str, Any]:
    """The gradient of a loss for each variable, by path."""
    tf = pytest.importorskip("tensorflow")
    variables = network.trainable_variables
    with tf.GradientTape() as tape:
        output = forward(pictures)
        loss = tf.reduce_mean(tf.square(output["heat"] - 0.3)) + tf.reduce_mean(output["image"])
    found = tape.gradient(loss, [variable.value for variable in variables])
    return {variable.path: gradient for variable, gradient in zip(variables, found, strict=True)}


def test_the_folded_network_scores_and_learns_as_the_plain_one(network: Any) -> None:
    folded = pytest.importorskip("inference.training.folded")
    pictures = np.random.default_rng(1).random((2, 64, 64, 1), np.float32)
    forward = folded.folded(network)
    plain = network(pictures, training=False)
    for name, values in forward(pictures).items():
        assert np.abs(values - plain[name]).max() < 1e-5
    wanted = gradients(network, lambda x: network(x, training=False), pictures)
    for path, gradient in gradients(network, forward, pictures).items():
        scale = np.abs(wanted[path]).max()
        assert np.abs(gradient - wanted[path]).max() <= 2e-3 * scale + 1e-7, path


def test_frozen_kernels_get_no_gradient_and_all_others_do(network: Any) -> None:
    folded = pytest.importorskip("inference.training.folded")
    frozen = folded.depthwise_beyond(network, 3)
    assert frozen == {f"block{index}_depthwise" for index in (3, 4, 8, 9, 10, 11, 12, 13, 14)}
    pictures = np.random.default_rng(1).random((1, 64, 64, 1), np.float32)
    found = gradients(network, folded.folded(network, frozen), pictures)
    without = {path for path, gradient in found.items() if gradient is None}
    assert without == {path for path in found if folded.stays(path, frozen)}
    assert len(without) == 2 * len(frozen)
