"""What the network is asked for: the image's label, where the mass is, and whether it is malignant."""

import tensorflow as tf

_EPSILON = 1e-6


def cross_entropy(target: tf.Tensor, score: tf.Tensor) -> tf.Tensor:
    """Binary cross-entropy of scores 0..1, element by element."""
    score = tf.clip_by_value(score, _EPSILON, 1.0 - _EPSILON)
    return -(target * tf.math.log(score) + (1.0 - target) * tf.math.log(1.0 - score))


def image_loss(labels: tf.Tensor, weights: tf.Tensor, score: tf.Tensor, smoothing: float) -> tf.Tensor:
    """Cross-entropy of the image score, over the draws that may be asked for it."""
    target = labels * (1.0 - smoothing) + 0.5 * smoothing
    return tf.reduce_sum(weights * cross_entropy(target, score[:, 0])) / (tf.reduce_sum(weights) + _EPSILON)


def heat_loss(mass: tf.Tensor, malignant: tf.Tensor, known: tf.Tensor, heat: tf.Tensor) -> tf.Tensor:
    """Quality focal loss of the mass map plus cross-entropy of malignancy inside lesions.

    References
    ----------
    Li X et al. (2020), Generalized focal loss, NeurIPS: ``|target - score| ** 2`` weighs the cross-entropy,
    so the many easy cells of background do not drown the few of the lesion.
    """
    focus = tf.square(mass - heat[..., 0])
    found = tf.reduce_sum(focus * cross_entropy(mass, heat[..., 0])) / (tf.reduce_sum(mass) + 1.0)
    kind = tf.reduce_sum(known * cross_entropy(malignant, heat[..., 1])) / (tf.reduce_sum(known) + _EPSILON)
    return found + kind
