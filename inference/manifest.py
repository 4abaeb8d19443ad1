"""``manifest.json``: what is promised of the model file, read strictly before the file is opened."""

import hashlib
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from inference.calibration import Calibration, OperatingPoint, Platt
from inference.contract import InputSpec, ModelIdentity
from inference.errors import ModelError
from inference.preprocess import PREPROCESSING_VERSION

FILE_NAME: Final = "manifest.json"
_FORMAT: Final = 1
_LEVELS: Final = ("image", "breast", "study")


@dataclass(frozen=True)
class Golden:
    """The raw score that the deterministic image number ``index`` must get."""

    index: int
    score: float


@dataclass(frozen=True)
class Marks:
    """From which score on a peak of the map of masses becomes a mark, and what that was found to be worth.

    A network's manifest has this only once its peaks were laid over the lesions of films that are new to it.

    Attributes
    ----------
    mass_threshold
        Least mass score of a mark, 0..1 (0 excluded).
    false_marks_per_film, sensitivity
        At that score: marks outside every lesion, a film; share of the lesions that a mark hits.
    origin
        On which films this was measured.
    """

    mass_threshold: float
    false_marks_per_film: float
    sensitivity: float
    origin: str


@dataclass(frozen=True)
class Manifest:
    """The part of the manifest that the program acts on."""

    identity: ModelIdentity
    file: str
    spec: InputSpec
    image_output: str | None
    heat_output: str | None
    upside_down_too: bool
    calibration: Calibration
    operating_points: tuple[OperatingPoint, ...]
    default_operating_point: str
    golden: tuple[Golden, ...]
    golden_tolerance: float
    marks: Marks | None = None

    def operating_point(self, name: str | None = None) -> OperatingPoint:
        """Find an operating point by name, or the default one.

        Raises
        ------
        ModelError
            If the manifest knows no such name.
        """
        wanted = name or self.default_operating_point
        for point in self.operating_points:
            if point.name == wanted:
                return point
        known = ", ".join(point.name for point in self.operating_points)
        raise ModelError(f"The manifest names no operating point {wanted}; it has {known}.")


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_manifest(models_dir: Path) -> Manifest:
    """Read and check ``manifest.json``.

    Parameters
    ----------
    models_dir
        Folder of the manifest and of the model file that it names.

    Raises
    ------
    ModelError
        If it is absent, no JSON, of another format, incomplete, or wants other preprocessing.
    """
    path = models_dir / FILE_NAME
    try:
        values = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise ModelError(f"There is no {FILE_NAME} in the folder of models.") from error
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ModelError(f"{FILE_NAME} cannot be read as JSON: {error}") from error
    if not isinstance(values, dict) or values.get("format") != _FORMAT:
        raise ModelError(f"{FILE_NAME} is not of format {_FORMAT}.")
    try:
        manifest = _parse(values)
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{FILE_NAME} is incomplete or wrong near {error}.") from error
    _check(manifest)
    return manifest


def _parse(values: dict[str, Any]) -> Manifest:
    given = values["input"]
    return Manifest(
        identity=ModelIdentity(str(values["name"]), str(values["version"]), str(values["sha256"]).lower()),
        file=str(values["file"]),
        spec=InputSpec(
            int(given["height"]),
            int(given["width"]),
            int(given["channels"]),
            str(given["preprocessing_version"]),
        ),
        image_output=values.get("outputs", {}).get("image"),
        heat_output=values.get("outputs", {}).get("heat"),
        upside_down_too=bool(values.get("upside_down_too", False)),
        calibration=Calibration(
            *(
                Platt(float(values["calibration"][level]["slope"]), float(values["calibration"][level]["intercept"]))
                for level in _LEVELS
            )
        ),
        operating_points=tuple(
            OperatingPoint(str(name), float(point["threshold"])) for name, point in values["operating_points"].items()
        ),
        default_operating_point=str(values["default_operating_point"]),
        golden=tuple(Golden(int(g["image"]), float(g["score"])) for g in values["golden"]["scores"]),
        golden_tolerance=float(values["golden"]["tolerance"]),
        marks=_marks(values.get("marks")),
    )


def _marks(given: dict[str, Any] | None) -> Marks | None:
    if given is None:
        return None
    return Marks(
        mass_threshold=float(given["mass_threshold"]),
        false_marks_per_film=float(given["false_marks_per_film"]),
        sensitivity=float(given["sensitivity"]),
        origin=str(given["origin"]),
    )


def _check(manifest: Manifest) -> None:
    if Path(manifest.file).name != manifest.file or manifest.file in ("", ".", ".."):
        raise ModelError("The manifest must name a model file in its own folder.")
    if not manifest.identity.name or not manifest.identity.version:
        raise ModelError("The manifest must give the model a name and a version.")
    if manifest.spec.preprocessing_version != PREPROCESSING_VERSION:
        raise ModelError(
            f"The model wants preprocessing version {manifest.spec.preprocessing_version}, "
            f"this program has version {PREPROCESSING_VERSION}."
        )
    if min(manifest.spec.shape) < 1:
        raise ModelError("The manifest's input has a side without pixels.")
    for point in manifest.operating_points:
        if not 0.0 <= point.threshold <= 1.0:
            raise ModelError(f"The threshold of the operating point {point.name} is not between 0 and 1.")
    manifest.operating_point()
    _check_marks(manifest)


def _check_marks(manifest: Manifest) -> None:
    marks = manifest.marks
    if marks is None:
        return
    if manifest.heat_output is None:
        raise ModelError("The manifest speaks of marks, but names no output with the map that they would come from.")
    if not 0.0 < marks.mass_threshold <= 1.0 or not 0.0 <= marks.sensitivity <= 1.0:
        raise ModelError("The manifest's marks need a mass threshold above 0 and a sensitivity, each at most 1.")
    if not 0.0 <= marks.false_marks_per_film < math.inf or not marks.origin.strip():
        raise ModelError("The manifest's marks must say how many of them are false a film, and on which films.")
