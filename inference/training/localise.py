"""Does the network point at the lesion?  ``python -m inference.training.localise --films held-out``.

The pointing game (does the highest peak of the map of masses lie in a lesion's box), beside what a random point of
the breast and its middle would score, and the free-response curve (FROC): lesions found against false marks a film.
"""

import argparse
import json
import logging
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from tqdm import tqdm

from inference.contract import InputSpec
from inference.errors import InferenceError, TrainingError
from inference.loader import load
from inference.preprocess import Prepared, to_tensor
from inference.saliency import peaks
from inference.training import outoffold
from inference.training.crossvalidate import fold_network
from inference.training.data import DEFAULT_ROOT, Film, lesion_boxes, load_view, read_manifest, select
from inference.training.metrics import Floats
from inference.training.settings import DEFAULT_PATH, read_settings

FALSE_MARKS: Final = (0.25, 0.5, 1.0, 2.0, 4.0)
"""False marks a film at which the sensitivity is given."""
DRAWS: Final = 2000
_AT_LEAST: Final = 0.01
_MOST: Final = 10


@dataclass(frozen=True, eq=False)
class Pointed:
    """One film: its marks by falling score of each kind, which lesion each hits (-1: none), and the baselines.

    Attributes
    ----------
    mass, malignant
        Score of each mark as a mass, and as a malignant one, ``(marks,)``.
    hits
        ``(marks, lesions)``: whether the mark lies in the lesion's box.
    is_malignant
        Of each lesion, ``(lesions,)``.
    chance, middle
        Share of the breast inside a box, and whether the breast's middle is.
    """

    patient: str
    mass: Floats
    malignant: Floats
    hits: NDArray[np.bool_]
    is_malignant: NDArray[np.bool_]
    chance: float
    middle: bool


class Mapper(Protocol):
    """Whatever makes heat maps: a loaded model, or the network of a fold."""

    @property
    def spec(self) -> InputSpec:
        """The tensor it takes."""

    def heat(self, tensors: NDArray[np.float32]) -> NDArray[np.float32] | None:
        """Heat maps ``(views, rows, columns, 2)``, or None."""


def point(model: Mapper, root: Path, films: Sequence[Film]) -> list[Pointed]:
    """Run the heat map of each film and lay its peaks over the lesions' boxes.

    Raises
    ------
    TrainingError
        If the model has no heat map.
    DataAbsent
        If a film is missing.
    """
    found = []
    for film in tqdm(films, desc="pointing", unit="film", mininterval=5):
        prepared = to_tensor(load_view(root, film), model.spec)
        heat = model.heat(prepared.tensor[None])
        if heat is None:
            raise TrainingError("The model has no map of lesions: there is nothing to localise with.")
        found.append(pointed(heat[0], prepared, film))
    return found


def pointed(heat: NDArray[np.float32], prepared: Prepared, film: Film) -> Pointed:
    """Lay the peaks of one film's heat map over its lesions' boxes."""
    boxes = lesion_boxes(film, prepared.placement)
    marks = peaks(heat, prepared, _AT_LEAST, _MOST)
    places = np.array([prepared.placement.to_tensor(mark.row, mark.column) for mark in marks]).reshape(-1, 2)
    rows, columns = np.nonzero(prepared.tensor[:, :, 0] > 0.0)
    breast = np.column_stack([rows, columns]).astype(np.float64) + 0.5
    return Pointed(
        patient=film.patient_id,
        mass=np.array([mark.mass for mark in marks]),
        malignant=np.array([mark.mass * mark.malignant for mark in marks]),
        hits=_inside(places, boxes),
        is_malignant=np.array([bool(lesion.malignant) for lesion in film.lesions], np.bool_),
        chance=float(_inside(breast, boxes).any(axis=1).mean()) if len(breast) else 0.0,
        middle=bool(len(breast)) and bool(_inside(breast.mean(axis=0, keepdims=True), boxes).any()),
    )


def _inside(places: Floats, boxes: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Tell which of ``(n, 2)`` places lie in which of ``(m, 4)`` boxes: ``(n, m)``."""
    row, column = places[:, :1], places[:, 1:]
    top, left, bottom, right = boxes.T if len(boxes) else np.zeros((4, 0), np.float32)
    return np.asarray((row >= top) & (row <= bottom) & (column >= left) & (column <= right), np.bool_)


def froc(films: Sequence[Pointed], malignant_only: bool, rates: Sequence[float] = FALSE_MARKS) -> list[float]:
    """Share of the lesions hit at each of ``rates`` false marks a film.

    Parameters
    ----------
    films
        One entry a film, films without a lesion of the kind included.
    malignant_only
        Count malignant lesions only; a mark on a benign one is then false.
    rates
        False marks a film.
    """
    wanted = [p.is_malignant if malignant_only else np.ones_like(p.is_malignant) for p in films]
    lesions = sum(int(kind.sum()) for kind in wanted)
    false: list[float] = []
    first: list[float] = []
    for film, kind in zip(films, wanted, strict=True):
        scores = film.malignant if malignant_only else film.mass
        hits = film.hits[:, kind]
        false += scores[~hits.any(axis=1)].tolist()
        first += [float(scores[hits[:, i]].max()) for i in range(hits.shape[1]) if hits[:, i].any()]
    ranked, reached = np.sort(np.array(false))[::-1], np.array(first)
    found = []
    for rate in rates:
        allowed = int(rate * len(films))
        threshold = ranked[allowed] if allowed < len(ranked) else -1.0
        found.append(float((reached > threshold).sum()) / max(1, lesions))
    return found


def localisation(films: Sequence[Pointed], draws: int = DRAWS, seed: int = 0) -> dict[str, Any]:
    """Sum the films up, each figure with its 95 % interval from a bootstrap that draws whole patients."""
    members: dict[str, list[int]] = {}
    for index, film in enumerate(films):
        members.setdefault(film.patient, []).append(index)
    groups, rng = list(members.values()), np.random.default_rng(seed)
    drawn = []
    for _ in range(draws):
        chosen = [i for group in rng.integers(len(groups), size=len(groups)) for i in groups[group]]
        drawn.append(_figures([films[i] for i in chosen]))
    low, high = np.percentile(np.array(drawn), [2.5, 97.5], axis=0)
    figures = [
        {"value": float(value), "low": float(low[i]), "high": float(high[i])} for i, value in enumerate(_figures(films))
    ]
    count = len(FALSE_MARKS)
    rates = [f"{rate:g}" for rate in FALSE_MARKS]
    return {
        "films": len(films),
        "lesions": sum(len(film.is_malignant) for film in films),
        "malignant_lesions": int(sum(film.is_malignant.sum() for film in films)),
        "pointing_game": figures[0],
        "pointing_game_random_point": figures[1],
        "pointing_game_middle_of_breast": figures[2],
        "froc_masses": dict(zip(rates, figures[3 : 3 + count], strict=True)),
        "froc_malignant": dict(zip(rates, figures[3 + count :], strict=True)),
    }


def _figures(films: Sequence[Pointed]) -> list[float]:
    hit = np.mean([bool(len(film.mass)) and bool(film.hits[0].any()) for film in films])
    chance, middle = np.mean([film.chance for film in films]), np.mean([film.middle for film in films])
    return [float(hit), float(chance), float(middle), *froc(films, False), *froc(films, True)]


@dataclass(frozen=True, eq=False)
class FoldNetwork:
    """The network of one fold of the cross-validation, as far as pointing needs it."""

    spec: InputSpec
    forward: Callable[[NDArray[np.float32]], tf.Tensor]

    def heat(self, tensors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Heat maps ``(views, rows, columns, 2)``, float32, 0..1."""
        return np.asarray(self.forward(tensors).numpy(), np.float32)


def _forward(network: keras.Model) -> Callable[[NDArray[np.float32]], tf.Tensor]:
    compiled: Callable[[NDArray[np.float32]], tf.Tensor] = tf.function(lambda x: network(x, training=False)["heat"])
    return compiled


def _held_out(arguments: argparse.Namespace) -> list[Pointed]:
    """Point on every film of the train split with the network that had not learnt from its patient."""
    settings = read_settings(arguments.settings)
    folder = arguments.runs / f"{settings.name}-{settings.version}"
    films, _, folds = outoffold.read(arguments.models / outoffold.FILE_NAME, read_manifest(arguments.data))
    found: list[Pointed] = []
    for fold in np.unique(folds):
        mapper = FoldNetwork(settings.spec, _forward(fold_network(settings, folder, int(fold))))
        found += point(mapper, arguments.data, [film for film, own in zip(films, folds, strict=True) if own == fold])
    return found


def main() -> int:
    """Measure and print; a foreseeable failure is one sentence and status 1."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    parser = argparse.ArgumentParser(prog="python -m inference.training.localise", description=__doc__)
    parser.add_argument("--films", choices=("held-out", "test"), default="held-out")
    parser.add_argument("--data", type=Path, default=DEFAULT_ROOT)
    parser.add_argument("--models", type=Path, default=Path("models"))
    parser.add_argument("--settings", type=Path, default=DEFAULT_PATH)
    parser.add_argument("--runs", type=Path, default=Path("runs"), help="where make train left the folds' networks")
    arguments = parser.parse_args()
    try:
        if arguments.films == "held-out":
            name, marks = "networks of the folds", _held_out(arguments)
        else:
            model = load(arguments.models)
            name = model.manifest.identity.sha256
            marks = point(model, arguments.data, select(read_manifest(arguments.data), "test"))
    except InferenceError as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps({"model": name, "films_of": arguments.films, **localisation(marks)}, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
