"""The gate before the network: is this a mammogram at all?

The network gives every picture a number, a photograph too.  This gate measures a picture's appearance (see
:mod:`inference.appearance`) and refuses what does not look like a mammogram, for one of two reasons: it looks
like the other pictures the gate has learnt from (a quadratic logistic score), or it looks like nothing the gate has
seen (the Mahalanobis distance from the mammograms).  What was seen, and how often it errs, stands in
``docs/model-quality-gate.md``.  It judges what kind of picture this is, not how well a breast is positioned.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from inference.appearance import describe, thumbnail
from inference.contract import View
from inference.errors import ModelError

FILE_NAME: Final = "quality.json"
FEATURES: Final = 68
_FORMAT: Final = 1
_SMALLEST: Final = 32
_CLIP: Final = 6.0

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class QualityVerdict:
    """Whether a picture passes.

    Attributes
    ----------
    accepted
        Whether it looks like a mammogram.
    score
        How much like one, 0..1; it is no probability of anything in the world.
    reason
        One sentence for a human, empty where accepted.
    """

    accepted: bool
    score: float
    reason: str


@dataclass(frozen=True, eq=False)
class Gate:
    """What the gate has learnt.

    Attributes
    ----------
    mean, scale
        Of each measure among mammograms, ``(68,)``.
    weights, bias, least
        The quadratic logistic score, ``(68 + 68 * 69 / 2,)``, and the logit from which a picture passes.
    precision, most
        Inverse covariance ``(68, 68)`` and the largest root-mean-square distance that passes.
    """

    mean: Floats
    scale: Floats
    weights: Floats
    bias: float
    least: float
    precision: Floats
    most: float

    def assess(self, view: View) -> QualityVerdict:
        """Judge one picture.

        Parameters
        ----------
        view
            Grey levels as presented, uint16; any size.

        Returns
        -------
        QualityVerdict
            Never an exception: a picture too small or of one grey is refused like any other.
        """
        pixels = view.pixels
        if pixels.ndim != 2 or min(pixels.shape) < _SMALLEST or pixels.dtype != np.uint16:
            return QualityVerdict(False, 0.0, "The picture is too small to be a mammogram.")
        thumb = thumbnail(pixels)
        if thumb is None:
            return QualityVerdict(False, 0.0, "The picture is blank: it has but one grey level.")
        logit, distance = self.judge(describe(thumb))
        score = 0.5 * (1.0 + math.tanh(0.5 * (logit - self.least)))
        if logit < self.least:
            return QualityVerdict(False, score, "The picture does not look like a mammogram.")
        if distance > self.most:
            return QualityVerdict(False, min(score, 0.5), "The picture is unlike every mammogram known here.")
        return QualityVerdict(True, score, "")

    def judge(self, measures: Floats) -> tuple[float, float]:
        """Give the logit and the distance of one picture's measures ``(68,)``."""
        standard = np.clip((measures - self.mean) / self.scale, -_CLIP, _CLIP)
        logit = float(expand(standard[None])[0] @ self.weights) + self.bias
        distance = math.sqrt(max(0.0, float(standard @ self.precision @ standard)) / len(standard))
        return logit, distance


def expand(standard: Floats) -> Floats:
    """Put every product of two measures beside the measures: ``(n, 68)`` to ``(n, 68 + 68 * 69 / 2)``."""
    first, second = np.triu_indices(standard.shape[1])
    return np.concatenate([standard, standard[:, first] * standard[:, second]], axis=1)


def read_gate(models_dir: Path) -> Gate:
    """Read ``quality.json``.

    Raises
    ------
    ModelError
        If it is absent, no JSON, of another format, or incomplete: without it anything would be scored.
    """
    path = models_dir / FILE_NAME
    try:
        values = json.loads(path.read_text("utf-8"))
        if values["format"] != _FORMAT:
            raise ModelError(f"{FILE_NAME} is not of format {_FORMAT}.")
        return parse_gate(values["gate"])
    except FileNotFoundError as error:
        raise ModelError(f"There is no {FILE_NAME} in the folder of models.") from error
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ModelError(f"{FILE_NAME} cannot be read as JSON: {error}") from error
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{FILE_NAME} is incomplete or wrong near {error}.") from error


def parse_gate(values: Mapping[str, Any]) -> Gate:
    """Build a gate from plain numbers and lists.

    Raises
    ------
    KeyError, TypeError, ValueError
        If one is missing, no number, or of another length.
    """
    return Gate(
        mean=_array(values["mean"], FEATURES),
        scale=_array(values["scale"], FEATURES),
        weights=_array(values["weights"], FEATURES + FEATURES * (FEATURES + 1) // 2),
        bias=_number(values["bias"]),
        least=_number(values["least"]),
        precision=_array(values["precision"], FEATURES, FEATURES),
        most=_number(values["most"]),
    )


def _array(value: Any, *shape: int) -> Floats:
    array = np.asarray(value, np.float64)
    if array.shape != shape or not np.isfinite(array).all():
        raise ValueError(f"an array of {array.shape}, where {shape} finite numbers are wanted")
    return array


def _number(value: Any) -> float:
    return float(_array(value))
