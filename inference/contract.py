"""What goes into the network and what comes out: frozen values, no TensorFlow.

The application maps its own images to :class:`View` and reads :class:`Prediction`.
Nothing here imports TensorFlow, so importing this module costs next to nothing.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

BENIGN: Literal["Benign"] = "Benign"
MALIGNANT: Literal["Malignant"] = "Malignant"


@dataclass(frozen=True, eq=False)
class View:
    """One mammogram as presented, in its own orientation.

    Attributes
    ----------
    key
        The caller's name for the image (a SOP Instance UID); returned unchanged.
    pixels
        ``(rows, columns)``, uint16, 0 = black, 65535 = white, after modality, VOI and presentation steps.
    pixel_aspect
        Row spacing divided by column spacing, 1.0 where unknown.
    laterality, view
        ``"L"`` or ``"R"``, and ``"CC"``, ``"MLO"`` ... ; None where unknown.
    flip_horizontal, flip_vertical
        What brings the chest wall to the left edge and the head up, as far as the header says.
    """

    key: str
    pixels: NDArray[np.uint16]
    pixel_aspect: float = 1.0
    laterality: str | None = None
    view: str | None = None
    flip_horizontal: bool = False
    flip_vertical: bool = False


@dataclass(frozen=True)
class InputSpec:
    """The tensor a model takes: ``(height, width, channels)`` float32 in 0..1."""

    height: int
    width: int
    channels: int = 1
    preprocessing_version: str = "1"

    @property
    def shape(self) -> tuple[int, int, int]:
        """``(height, width, channels)``."""
        return (self.height, self.width, self.channels)


@dataclass(frozen=True)
class ModelIdentity:
    """Which network spoke; a prediction without it is impossible."""

    name: str
    version: str
    sha256: str


@dataclass(frozen=True)
class ImageScore:
    """One view: the network's raw output and the calibrated probability of malignancy, both 0..1."""

    key: str
    laterality: str | None
    view: str | None
    raw_score: float
    probability: float


@dataclass(frozen=True)
class BreastScore:
    """One breast: the calibrated probability of malignancy from all its views, 0..1."""

    laterality: str | None
    probability: float


@dataclass(frozen=True)
class Prediction:
    """What the network says of a study.

    Attributes
    ----------
    probability
        Calibrated probability of malignancy of the study, 0..1.
    operating_point, threshold
        The named operating point and the probability from which the label is Malignant.
    confidence
        Calibrated probability of the class named by ``label``.  With the balanced operating point it
        lies between 0.5 and 1 up to the distance of the threshold from one half; it is clipped there.
    preprocess_ms, infer_ms
        Wall-clock milliseconds, summed over the views.
    """

    model: ModelIdentity
    images: tuple[ImageScore, ...]
    breasts: tuple[BreastScore, ...]
    probability: float
    operating_point: str
    threshold: float
    label: Literal["Malignant", "Benign"]
    confidence: float
    preprocess_ms: float
    infer_ms: float
