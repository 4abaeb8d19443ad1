"""The training films: manifest, checks, folds by patient, and a cache of prepared tensors."""

import csv
import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from inference.contract import InputSpec, View
from inference.errors import DataAbsent, TrainingError
from inference.preprocess import PREPROCESSING_VERSION, Placement, to_tensor

logger = logging.getLogger(__name__)

DEFAULT_ROOT: Final = Path("../shared/data/mammograms")
MASS_SOURCE: Final = "CBIS-DDSM mass"


@dataclass(frozen=True)
class Lesion:
    """A box in the film's pixels (left, top, width, height) and whether it is malignant, if known."""

    left: float
    top: float
    width: float
    height: float
    malignant: bool | None


@dataclass(frozen=True)
class Film:
    """One row of the manifest."""

    file: str
    source: str
    patient_id: str
    laterality: str
    view: str
    label: str
    split: str
    density: str
    birads: str
    lesions: tuple[Lesion, ...]
    width: int
    height: int
    aspect_hw: float
    licence: str
    sha256: str

    @property
    def malignant(self) -> bool:
        """Whether the film is labelled malignant."""
        return self.label == "malignant"

    @property
    def breast(self) -> str:
        """Key of the breast: patient and side."""
        return f"{self.patient_id}/{self.laterality}"


def _lesions(row: dict[str, str]) -> tuple[Lesion, ...]:
    if not row["lesions"]:
        return ()
    known = {"M": True, "B": False}
    labels = row["lesion_labels"].split(";")
    found = []
    for index, text in enumerate(row["lesions"].split(";")):
        left, top, width, height = (float(value) for value in text.split(","))
        found.append(Lesion(left, top, width, height, known.get(labels[index] if index < len(labels) else "?")))
    return tuple(found)


def read_manifest(root: Path) -> list[Film]:
    """Read ``manifest.csv``.

    Raises
    ------
    DataAbsent
        If the folder or its manifest is missing.
    """
    path = root / "manifest.csv"
    if not path.is_file():
        raise DataAbsent(
            f"There are no training films at {root}: {path.name} is missing. "
            "Name the folder with --data; training and evaluation cannot run without it."
        )
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [
        Film(
            file=row["file"],
            source=row["source"],
            patient_id=row["patient_id"],
            laterality=row["laterality"],
            view=row["view"],
            label=row["label"],
            split=row["official_split"],
            density=row["density"],
            birads=row["birads"],
            lesions=_lesions(row),
            width=int(row["width"]),
            height=int(row["height"]),
            aspect_hw=float(row["aspect_hw"]),
            licence=row["licence"],
            sha256=row["sha256"],
        )
        for row in rows
    ]


def select(films: Sequence[Film], split: str, source: str = MASS_SOURCE) -> list[Film]:
    """Keep the films of one source and one official split, in the manifest's order."""
    return [film for film in films if film.source == source and film.split == split]


def load_view(root: Path, film: Film) -> View:
    """Read one film as the node would present it: uint16, true pixel aspect.

    Raises
    ------
    DataAbsent
        If the file is missing.
    TrainingError
        If its sha256 is not the manifest's, or it is no picture of the stated size.
    """
    path = root / film.file
    if not path.is_file():
        raise DataAbsent(f"The film {film.file} named in the manifest is missing.")
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != film.sha256:
        raise TrainingError(f"The film {film.file} is not the one the manifest describes (sha256 differs).")
    pixels = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_GRAYSCALE)
    if pixels is None or pixels.shape != (film.height, film.width):
        raise TrainingError(f"The film {film.file} is no picture of {film.width} x {film.height} pixels.")
    grey = np.multiply(pixels, np.uint16(257), dtype=np.uint16)
    aspect = film.aspect_hw * film.width / film.height
    return View(film.file, grey, aspect, film.laterality, film.view)


@dataclass(frozen=True, eq=False)
class FilmSet:
    """Films with their prepared tensors.

    Attributes
    ----------
    tensors
        ``(films, height, width)``, uint8: the tensor of :func:`inference.preprocess.to_tensor` times 255.
    boxes
        For each film its lesions as ``(top, left, bottom, right)`` in tensor pixels.
    suspicion
        For each film how suspicious its reader found it, 0..1; see :func:`with_suspicion`.
    suspicion_share
        How much of the training target that makes up; 0 leaves the biopsy's word alone.
    """

    films: tuple[Film, ...]
    tensors: NDArray[np.uint8]
    boxes: tuple[NDArray[np.float32], ...]
    suspicion: NDArray[np.float32] | None = None
    suspicion_share: float = 0.0

    def target(self, index: int, malignant: bool | float) -> float:
        """Mix the biopsy's word on film ``index`` (or a lesion of it) with its reader's suspicion."""
        if self.suspicion is None:
            return float(malignant)
        share = self.suspicion_share
        return (1.0 - share) * float(malignant) + share * float(self.suspicion[index])

    def subset(self, indices: Sequence[int] | NDArray[np.intp]) -> "FilmSet":
        """Keep some films, in the order given."""
        chosen = [int(i) for i in indices]
        return FilmSet(tuple(self.films[i] for i in chosen), self.tensors[chosen], tuple(self.boxes[i] for i in chosen))

    @property
    def labels(self) -> NDArray[np.float32]:
        """1 for malignant films, else 0; ``(films,)``."""
        return np.array([film.malignant for film in self.films], np.float32)

    @property
    def patients(self) -> NDArray[np.str_]:
        """Patient of each film."""
        return np.array([film.patient_id for film in self.films])


def with_suspicion(films: FilmSet, share: float, at_least: int = 20) -> FilmSet:
    """Give each film its reader's suspicion: the share of malignant films of its BI-RADS category.

    A mass that its reader called BI-RADS 3 and that proved malignant looks benign; a network asked for
    certainty there learns noise.  The shares are taken from ``films`` alone, never from held-out ones;
    categories with fewer than ``at_least`` films keep the film's own label.
    """
    labels = films.labels
    categories = np.array([film.birads for film in films.films])
    suspicion = labels.copy()
    for category in np.unique(categories):
        same = categories == category
        if same.sum() >= at_least:
            suspicion[same] = labels[same].mean()
    return replace(films, suspicion=suspicion, suspicion_share=share)


def lesion_boxes(film: Film, placement: Placement) -> NDArray[np.float32]:
    """Map a film's lesions into its tensor: ``(lesions, 4)`` of top, left, bottom, right."""
    boxes = np.zeros((len(film.lesions), 4), np.float32)
    for index, lesion in enumerate(film.lesions):
        one = placement.to_tensor(lesion.top, lesion.left)
        two = placement.to_tensor(lesion.top + lesion.height, lesion.left + lesion.width)
        boxes[index] = (min(one[0], two[0]), min(one[1], two[1]), max(one[0], two[0]), max(one[1], two[1]))
    return boxes


def prepare(root: Path, films: Sequence[Film], spec: InputSpec, cache: Path | None = None) -> FilmSet:
    """Prepare films once, verifying every sha256, and keep the result in ``cache``.

    Parameters
    ----------
    root
        Folder of the manifest.
    films
        What to prepare.
    spec
        The tensor to make.
    cache
        Folder for the result, or None; its file's name is derived from the films, the tensor and the
        preprocessing version, so a change of any of them makes a new one.
    """
    digest = hashlib.sha256(f"{spec} {PREPROCESSING_VERSION}".encode())
    for film in films:
        digest.update(f"{film.file} {film.sha256} {film.aspect_hw}\n".encode())
    path = None if cache is None else cache / f"films-{digest.hexdigest()[:16]}.npz"
    if path is not None and path.is_file():
        with np.load(path) as stored:
            ends = np.cumsum(stored["counts"])[:-1]
            return FilmSet(tuple(films), stored["tensors"], tuple(np.split(stored["boxes"], ends)))
    tensors = np.zeros((len(films), spec.height, spec.width), np.uint8)
    boxes = []
    for index, film in enumerate(tqdm(films, desc="preparing films", unit="film")):
        prepared = to_tensor(load_view(root, film), spec)
        tensors[index] = np.round(prepared.tensor[:, :, 0] * 255.0).astype(np.uint8)
        boxes.append(lesion_boxes(film, prepared.placement))
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        counts = np.array([len(b) for b in boxes])
        np.savez(path, tensors=tensors, boxes=np.concatenate(boxes), counts=counts)
    return FilmSet(tuple(films), tensors, tuple(boxes))


def patient_folds(films: Sequence[Film], folds: int, seed: int) -> NDArray[np.intp]:
    """Deal patients into folds, balanced by label; every film of a patient lands in one fold.

    Parameters
    ----------
    films
        The films to deal.
    folds
        How many folds.
    seed
        Of the shuffle.

    Returns
    -------
    ndarray
        The fold of each film, ``(films,)``.
    """
    patients = sorted({film.patient_id for film in films})
    order = np.random.default_rng(seed).permutation(len(patients))
    malignant = dict.fromkeys(patients, 0)
    total = dict.fromkeys(patients, 0)
    for film in films:
        malignant[film.patient_id] += film.malignant
        total[film.patient_id] += 1
    shuffled = [patients[i] for i in order]
    # Like patients follow one another, so dealing them out in turn gives every fold its share of each kind.
    shuffled.sort(key=lambda patient: (malignant[patient] > 0, total[patient]))
    fold_of = {patient: index % folds for index, patient in enumerate(shuffled)}
    return np.array([fold_of[film.patient_id] for film in films], np.intp)
