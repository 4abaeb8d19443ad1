"""Every setting of the training, read from one YAML file."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

import yaml

from inference.contract import InputSpec
from inference.errors import TrainingError
from inference.preprocess import PREPROCESSING_VERSION

DEFAULT_PATH: Final = Path(__file__).with_name("settings.yaml")


@dataclass(frozen=True)
class Phase:
    """One phase of the training: what is shown, how often and how fast it is learnt."""

    name: str
    rows: int
    columns: int
    whole: bool
    batch: int
    epochs: int
    draws_per_film: float
    background_share: float
    first_block: int
    largest_depthwise: int
    trunk_rate: float
    head_rate: float
    image_loss: float
    heat_loss: float


@dataclass(frozen=True)
class Augmentation:
    """How far each draw may depart from the film."""

    rotation_degrees: float
    scale: float
    aspect: float
    gamma: float
    contrast: float
    noise: float
    mirror: bool
    upside_down: bool


@dataclass(frozen=True)
class Settings:
    """The whole of the settings file."""

    name: str
    version: str
    seed: int
    variant: str
    height: int
    width: int
    head_channels: int
    folds: int
    members: int
    weight_decay: float
    ema: float
    label_smoothing: float
    suspicion_share: float
    adapt_batches: int
    flips_at_test: bool
    augmentation: Augmentation
    phases: tuple[Phase, ...]

    @property
    def spec(self) -> InputSpec:
        """The tensor the network takes."""
        return InputSpec(self.height, self.width, 1, PREPROCESSING_VERSION)


def _checked(cls: type[Any], values: dict[str, Any], where: str) -> dict[str, Any]:
    known = {field.name for field in fields(cls)}
    if set(values) != known:
        odd = sorted(set(values) ^ known)
        raise TrainingError(f"The settings under {where} are incomplete or unknown: {', '.join(odd)}.")
    return values


def read_settings(path: Path = DEFAULT_PATH) -> Settings:
    """Read the settings file; every key must be there and none else.

    Raises
    ------
    TrainingError
        If a setting is missing or unknown, or there are fewer folds than members.
    """
    values = _checked(Settings, yaml.safe_load(path.read_text("utf-8")), path.name)
    if not 0 <= values["members"] <= values["folds"]:
        raise TrainingError(f"The settings want {values['members']} members of {values['folds']} folds.")
    values["augmentation"] = Augmentation(**_checked(Augmentation, values["augmentation"], "augmentation"))
    values["phases"] = tuple(Phase(**_checked(Phase, phase, "phases")) for phase in values["phases"])
    return Settings(**values)
