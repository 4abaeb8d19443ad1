"""The same network, computed faster while its batch statistics are frozen.

With frozen statistics a batch normalisation is a straight line, and a straight line after a convolution is a
convolution with other weights.  Those are worked out anew in every step from the small kernels, so the gradients
reach the very same variables, while the large feature maps are spared two passes forward and four backward: a
training step takes about half the time.
"""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf
from keras import layers

Forward = Callable[[tf.Tensor], dict[str, tf.Tensor]]


def stays(variable_path: str, frozen: frozenset[str]) -> bool:
    """Tell whether a variable such as ``block4_depthwise/kernel`` is not learnt.

    Of a frozen depthwise convolution the kernel and the scale after it stay; the shift after it is learnt.
    """
    layer, name = variable_path.split("/")[-2:]
    return (layer in frozen and name == "kernel") or (layer.removesuffix("_bn") in frozen and name == "gamma")


def depthwise_beyond(model: keras.Model, largest_kernel: int) -> frozenset[str]:
    """Name the depthwise convolutions whose kernels are larger than that: their gradient is TensorFlow's slowest."""
    found = [la for la in model.layers if isinstance(la, layers.DepthwiseConv2D)]
    return frozenset(la.name for la in found if la.kernel_size[0] > largest_kernel)


def folded(model: keras.Model, frozen: frozenset[str] = frozenset()) -> Forward:
    """Give the function ``model(x, training=False)``, with each normalisation folded into its convolution.

    Parameters
    ----------
    model
        A functional graph in which a batch normalisation follows a convolution without bias, as
        :func:`inference.architecture.build` makes.
    frozen
        Depthwise convolutions through whose kernels no gradient flows.

    Returns
    -------
    callable
        ``(batch, rows, columns, 1)`` float32 to the model's outputs by name; equal to the model's to rounding.
    """
    names = model.output_names
    normed = {id(layer.input) for layer in model.layers if isinstance(layer, layers.BatchNormalization)}

    def forward(tensors: tf.Tensor) -> dict[str, tf.Tensor]:
        values: dict[int, Any] = {id(model.inputs[0]): tensors}
        waiting: dict[int, tuple[layers.Layer, tf.Tensor]] = {}
        for layer in model.layers:
            if isinstance(layer, layers.InputLayer):
                continue
            if isinstance(layer, layers.BatchNormalization):
                convolution, before = waiting[id(layer.input)]
                values[id(layer.output)] = _convolved(convolution, layer, before, convolution.name in frozen)
            elif id(layer.output) in normed:
                waiting[id(layer.output)] = layer, values[id(layer.input)]
            else:
                given = layer.input
                taken = [values[id(t)] for t in given] if isinstance(given, list) else values[id(given)]
                values[id(layer.output)] = layer(taken)
        return {name: values[id(tensor)] for name, tensor in zip(names, model.outputs, strict=True)}

    return forward


def _convolved(convolution: layers.Layer, norm: layers.Layer, before: tf.Tensor, frozen: bool) -> tf.Tensor:
    scale = norm.gamma * tf.math.rsqrt(norm.moving_variance + norm.epsilon)
    shift = norm.beta - norm.moving_mean * (tf.stop_gradient(scale) if frozen else scale)
    padding = convolution.padding.upper()
    if isinstance(convolution, layers.DepthwiseConv2D):
        kernel = convolution.kernel * scale[:, None]
        kernel = tf.stop_gradient(kernel) if frozen else kernel
        strides = [1, *convolution.strides, 1]
        result = tf.nn.depthwise_conv2d(before, kernel, strides, padding)
    else:
        result = tf.nn.conv2d(before, convolution.kernel * scale, convolution.strides, padding)
    return tf.nn.bias_add(result, shift)
