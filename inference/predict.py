"""Views to a Prediction: per image, per breast, per study."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from inference.calibration import OperatingPoint, breast_logit, study_logit
from inference.contract import BENIGN, MALIGNANT, BreastScore, ImageScore, Prediction
from inference.errors import ViewError
from inference.preprocess import Prepared

if TYPE_CHECKING:  # the loader imports TensorFlow
    from inference.loader import LoadedModel


def predict(model: LoadedModel, views: Sequence[Prepared], operating_point: str | None = None) -> Prediction:
    """Score the views of one study.

    Parameters
    ----------
    model
        As loaded by :func:`inference.loader.load`.
    views
        One or more prepared views of one study.
    operating_point
        Its name in the manifest, or None for the default one.

    Returns
    -------
    Prediction
        Images in the order given; breasts in the order in which their sides first appear.

    Raises
    ------
    ViewError
        If there is no view, or a tensor of another shape than the model takes.
    ModelError
        If the manifest knows no such operating point.

    Notes
    -----
    A breast's logit is the mean over its views, the study's the larger of its breasts'; each is then
    calibrated by its own line (see :mod:`inference.calibration`).
    """
    return see(model, views, operating_point)[0]


def see(
    model: LoadedModel, views: Sequence[Prepared], operating_point: str | None = None
) -> tuple[Prediction, NDArray[np.float32] | None]:
    """Score the views of one study and keep where the network looked; one pass gives both.

    Parameters and errors are those of :func:`predict`.

    Returns
    -------
    prediction : Prediction
        As :func:`predict` gives it.
    heat : ndarray or None
        ``(views, rows, columns, 2)``, float32, 0..1, in the order of the views, for
        :mod:`inference.saliency`; None where the network draws no map.
    """
    if not views:
        raise ViewError("A study without views cannot be scored.")
    for view in views:
        if view.tensor.shape != model.spec.shape:
            raise ViewError(f"A tensor of {view.tensor.shape} does not fit the model's {model.spec.shape}.")
    point = model.manifest.operating_point(operating_point)
    started = time.perf_counter()
    raw, heat = model.see(np.stack([view.tensor for view in views]))
    infer_ms = (time.perf_counter() - started) * 1000.0
    return _prediction(model, views, point, raw, infer_ms), heat


def _prediction(
    model: LoadedModel, views: Sequence[Prepared], point: OperatingPoint, raw: NDArray[np.float64], infer_ms: float
) -> Prediction:
    calibration = model.manifest.calibration
    images = tuple(
        ImageScore(v.key, v.laterality, v.view, float(s), calibration.image.probability(breast_logit([float(s)])))
        for v, s in zip(views, raw, strict=True)
    )
    sides = dict.fromkeys(image.laterality for image in images)
    logits = {side: breast_logit([image.raw_score for image in images if image.laterality == side]) for side in sides}
    breasts = tuple(BreastScore(side, calibration.breast.probability(value)) for side, value in logits.items())
    probability = calibration.study.probability(study_logit(list(logits.values())))
    label: Literal["Malignant", "Benign"] = MALIGNANT if probability >= point.threshold else BENIGN
    return Prediction(
        model=model.manifest.identity,
        images=images,
        breasts=breasts,
        probability=probability,
        operating_point=point.name,
        threshold=point.threshold,
        label=label,
        confidence=max(0.5, probability if label == MALIGNANT else 1.0 - probability),
        preprocess_ms=sum(view.preprocess_ms for view in views),
        infer_ms=infer_ms,
    )
