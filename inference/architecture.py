"""The CNN as a named, plain Keras graph: EfficientNet-Lite with a heat map of two kinds of finding.

Plain means: functional, built-in layers only, no nested model, no Lambda, so the HDF5 file restores
exactly and in safe mode.

References
----------
Tan M, Le QV (2019), EfficientNet, ICML; the "Lite" variants drop squeeze-and-excite and use ReLU6.
Shen L et al. (2019), Deep learning to improve breast cancer detection on screening mammography,
Sci Rep 9:12495 (patch classifier first, then the same trunk over the whole image).
"""

import math
from dataclasses import dataclass

import keras
from keras import layers

_BLOCKS = (
    # repeats, kernel, stride, expansion, channels
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
_STEM_CHANNELS = 32
_EPSILON = 1e-3


@dataclass(frozen=True)
class Variant:
    """Width and depth of one EfficientNet-Lite."""

    width: float
    depth: float


VARIANTS = {"lite0": Variant(1.0, 1.0), "lite1": Variant(1.0, 1.1), "lite2": Variant(1.1, 1.2)}


def _channels(channels: int, width: float) -> int:
    """Round to a multiple of 8, never more than a tenth down, as the paper does."""
    scaled = channels * width
    rounded = max(8, int(scaled + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * scaled else rounded


@dataclass(frozen=True)
class _Layers:
    """Makes the layers of one network: what goes before their names, and whether they are normalised.

    A network that is only to score needs no normalisation of its own: it is folded into the convolutions.
    """

    prefix: str = ""
    normalised: bool = True

    def convolve(
        self, x: keras.KerasTensor, channels: int, kernel: int, name: str, stride: int = 1, activate: bool = True
    ) -> keras.KerasTensor:
        """A convolution without bias and its normalisation, or one with bias."""
        made = layers.Conv2D(
            channels, kernel, strides=stride, padding="same", use_bias=not self.normalised, name=self.prefix + name
        )
        return self._finish(made(x), name, activate)

    def depthwise(self, x: keras.KerasTensor, kernel: int, name: str, stride: int) -> keras.KerasTensor:
        """A depthwise convolution, likewise."""
        made = layers.DepthwiseConv2D(
            kernel, strides=stride, padding="same", use_bias=not self.normalised, name=self.prefix + name
        )
        return self._finish(made(x), name, activate=True)

    def _finish(self, x: keras.KerasTensor, name: str, activate: bool) -> keras.KerasTensor:
        name = self.prefix + name
        if self.normalised:
            x = layers.BatchNormalization(epsilon=_EPSILON, momentum=0.99, name=f"{name}_bn")(x)
        return layers.ReLU(max_value=6.0, name=f"{name}_relu6")(x) if activate else x

    def block(
        self, x: keras.KerasTensor, name: str, kernel: int, stride: int, expansion: int, channels: int
    ) -> keras.KerasTensor:
        """One inverted residual: expand, depthwise, project, and add where the shapes allow."""
        shortcut = x
        if expansion != 1:
            x = self.convolve(x, x.shape[-1] * expansion, 1, f"{name}_expand")
        x = self.depthwise(x, kernel, f"{name}_depthwise", stride)
        x = self.convolve(x, channels, 1, f"{name}_project", activate=False)
        if stride == 1 and shortcut.shape[-1] == channels:
            x = layers.Add(name=f"{self.prefix}{name}_add")([shortcut, x])
        return x


def trunk(x: keras.KerasTensor, variant: str, made: _Layers = _Layers()) -> dict[int, keras.KerasTensor]:
    """Lay EfficientNet-Lite's feature layers (without its 1280-channel head) over ``x``.

    Parameters
    ----------
    x
        ``(batch, height, width, channels)``, already scaled to -1..1.
    variant
        ``"lite0"``, ``"lite1"`` or ``"lite2"``.

    Returns
    -------
    dict
        The last feature map at each stride: 2, 4, 8, 16 and 32.
    """
    size = VARIANTS[variant]
    x = made.convolve(x, _STEM_CHANNELS, 3, "stem", stride=2)
    features = {2: x}
    stride_so_far, index = 2, 0
    for stage, (repeats, kernel, stride, expansion, channels) in enumerate(_BLOCKS):
        outer = stage in (0, len(_BLOCKS) - 1)
        count = repeats if outer else math.ceil(repeats * size.depth)
        stride_so_far *= stride
        for repeat in range(count):
            step = stride if repeat == 0 else 1
            x = made.block(x, f"block{index}", kernel, step, expansion, _channels(channels, size.width))
            index += 1
        features[stride_so_far] = x
    return features


def build(
    variant: str,
    height: int | None,
    width: int | None,
    head_channels: int = 96,
    members: int = 1,
    normalised: bool = True,
) -> keras.Model:
    """Build the whole network.

    Parameters
    ----------
    variant
        ``"lite0"``, ``"lite1"`` or ``"lite2"``.
    height, width
        Size of the input, multiples of 32; None for a network that takes any (training on crops).
    head_channels
        Width of the head.
    members
        How many networks draw maps, whose logits are averaged; one head reads the mean.  With more than
        one, the layers of member ``n`` are named ``member<n>_...``.
    normalised
        With batch normalisation, for training; without, the convolutions have biases that take it on.

    Returns
    -------
    keras.Model
        Input ``(batch, height, width, 1)`` float32 in 0..1.  Outputs: ``image``, ``(batch, 1)``, the
        uncalibrated score of malignancy 0..1, and ``heat``, ``(batch, height / 16, width / 16, 2)``, for
        each cell the scores 0..1 of "a mass lies here" and "what lies here is malignant".

    Notes
    -----
    The image is scored where the maps point, so what moved the score can be shown.
    """
    inputs = keras.Input((height, width, 1), name="tensor")
    # (255 x - 127) / 128 is what the pretrained weights were trained with.
    x = layers.Rescaling(255.0 / 128.0, -127.0 / 128.0, name="scale")(inputs)
    made = [_Layers(member_prefix(number, members), normalised) for number in range(members)]
    maps = [_maps(x, variant, head_channels, one) for one in made]
    logits = maps[0] if members == 1 else layers.Average(name="mean_logits")(maps)
    heat = layers.Activation("sigmoid", name="heat")(logits)
    image = _image_head(logits)
    return keras.Model(inputs, {"image": image, "heat": heat}, name=f"mammonode_{variant}")


def member_prefix(number: int, members: int) -> str:
    """What stands before the names of the layers of member ``number``; nothing where it is the only one."""
    return "" if members == 1 else f"member{number}_"


def _maps(x: keras.KerasTensor, variant: str, head_channels: int, made: _Layers) -> keras.KerasTensor:
    """The logits of the two maps by one member."""
    features, prefix = trunk(x, variant, made), made.prefix
    coarse = layers.Conv2D(head_channels, 1, name=f"{prefix}head_coarse")(features[32])
    coarse = layers.UpSampling2D(2, interpolation="nearest", name=f"{prefix}head_upsample")(coarse)
    fine = layers.Conv2D(head_channels, 1, name=f"{prefix}head_fine")(features[16])
    merged = layers.Add(name=f"{prefix}head_merge")([coarse, fine])
    evidence = layers.ReLU(name=f"{prefix}head_merge_relu")(merged)
    evidence = layers.Conv2D(head_channels, 3, padding="same", activation="relu", name=f"{prefix}head_evidence")(
        evidence
    )
    start = keras.initializers.Constant([-3.0, 0.0])
    return layers.Conv2D(2, 1, bias_initializer=start, name=f"{prefix}head_logits")(evidence)


def _image_head(logits: keras.KerasTensor) -> keras.KerasTensor:
    """Score the image by what the map of malignancy says where attention lies.

    Attention is the softmax, over all cells, of a learnt mix of the two maps' logits.  It starts sharp and
    mostly on the map of masses: on held-out films this told malignant from benign better than a soft one.
    """
    attention = layers.Conv2D(
        1, 1, use_bias=False, kernel_initializer=keras.initializers.Constant([[[[4.0], [1.0]]]]), name="attention_mix"
    )(logits)
    attention = layers.Reshape((-1, 1), name="attention_cells")(attention)
    attention = layers.Softmax(axis=1, name="attention")(attention)
    cells = layers.Reshape((-1, 2), name="cells")(logits)
    attended = layers.Flatten(name="attended_flat")(layers.Dot(axes=1, name="attended")([attention, cells]))
    start = keras.initializers.Constant([[0.0], [1.0]])
    return layers.Dense(1, activation="sigmoid", kernel_initializer=start, name="image")(attended)
