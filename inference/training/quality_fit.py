"""``python -m inference.training.quality_fit``: teach the gate, judge it on what it has not seen, write it down."""

import argparse
import json
import logging
import math
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from tqdm import tqdm

from inference.appearance import describe, thumbnail
from inference.contract import View
from inference.errors import InferenceError
from inference.quality import FILE_NAME, Gate, expand, parse_gate
from inference.training import impostors, mammogram_variants
from inference.training.data import DEFAULT_ROOT, Film, load_view, read_manifest, select
from inference.training.strangers import LEARNT, LEARNT_TOO, photographs, strangers

logger = logging.getLogger(__name__)

SEED: Final = 20260102
FALSE_REFUSALS: Final = 0.004
"""Share of the train films that the logistic score may refuse out of fold at most; the distance may as many."""
_FOLDS: Final = 4
_PENALTY: Final = 0.0003
_SMALLEST_SCALE: Final = 0.03
"""Measures that hardly vary among the films here vary elsewhere: none is trusted more finely than this."""
_SHRINKAGE: Final = 0.05
_FILM: Final = "film"
_MAMMOGRAMS: Final = frozenset({_FILM, "film, varied", "phantom"})

Floats = NDArray[np.float64]
Pixels = NDArray[np.uint16]


@dataclass(frozen=True, eq=False)
class Measured:
    """Measures of many pictures, ``(n, 68)``, with the kind of each and the patient or drawing it came from."""

    measures: Floats
    kinds: NDArray[np.str_]
    groups: NDArray[np.str_]

    @property
    def is_mammogram(self) -> NDArray[np.bool_]:
        """Which are to pass, ``(n,)``."""
        return np.isin(self.kinds, list(_MAMMOGRAMS))


def to_levels(picture: NDArray[np.float32]) -> Pixels:
    """Grey levels 0..1 to uint16."""
    return np.round(np.clip(picture, 0.0, 1.0) * 65535).astype(np.uint16)


def collect(root: Path, films: Sequence[Film]) -> Measured:
    """Measure films and variants of them, phantoms, cuttings, and everything else that is to be refused."""
    samples = photographs(LEARNT + LEARNT_TOO)
    cv2.setNumThreads(1)

    def around(numbered: tuple[int, Film]) -> list[tuple[str, str, Floats]]:
        number, film = numbered
        rng = np.random.default_rng((SEED, number))
        found = []
        for kind, pixels in _around(rng, load_view(root, film).pixels, film, samples, number):
            thumb = thumbnail(pixels)
            if thumb is not None:
                group = film.patient_id if kind in _MAMMOGRAMS else f"{kind} {number}"
                found.append((kind, group, describe(thumb)))
        return found

    with ThreadPoolExecutor(2) as pool:
        lists = list(tqdm(pool.map(around, enumerate(films)), total=len(films), desc="measuring", mininterval=5))
    rows = [row for some in lists for row in some]
    return Measured(np.array([row[2] for row in rows]), *(np.array([row[i] for row in rows]) for i in (0, 1)))


def _around(
    rng: np.random.Generator, pixels: Pixels, film: Film, samples: Sequence[NDArray[np.float32]], number: int
) -> Iterator[tuple[str, Pixels]]:
    yield _FILM, pixels
    yield "film, varied", mammogram_variants.varied(rng, pixels)
    yield "phantom", mammogram_variants.phantom(rng)
    if film.lesions:
        yield "cutting of a film", mammogram_variants.cutting(rng, pixels, film)
    if number % 4 == 0:
        yield "film, black for white", mammogram_variants.inverted(pixels)
    yield "photograph or micrograph", to_levels(impostors.cut(rng, samples))
    names = list(impostors.DRAWN)
    for name in rng.choice(names, 3, replace=False):
        yield str(name), to_levels(impostors.DRAWN[str(name)](rng))


def fit(seen: Measured) -> Gate:
    """Fit both rules; thresholds come from the train films, the score's out of fold by patient.

    Parameters
    ----------
    seen
        From :func:`collect`.
    """
    good, films = seen.is_mammogram, seen.kinds == _FILM
    mean = seen.measures[good].mean(axis=0)
    scale = np.maximum(seen.measures[good].std(axis=0), _SMALLEST_SCALE)
    standard = np.clip((seen.measures - mean) / scale, -6.0, 6.0)
    expanded = expand(standard)
    names = np.unique(seen.groups)
    fold_of = dict(zip(names, np.random.default_rng(SEED).integers(_FOLDS, size=len(names)), strict=True))
    folds = np.array([fold_of[group] for group in seen.groups])
    held_out = np.zeros(len(folds))
    for fold in range(_FOLDS):
        weights, bias = _logistic(expanded[folds != fold], good[folds != fold])
        held_out[folds == fold] = expanded[folds == fold] @ weights + bias
    weights, bias = _logistic(expanded, good)
    size = standard.shape[1]
    precision = np.asarray(np.linalg.inv(np.cov(standard[good].T) + _SHRINKAGE * np.eye(size)), np.float64)
    distances = np.sqrt(np.einsum("ij,jk,ik->i", standard[films], precision, standard[films]) / size)
    # zero is the even point; it is left only downwards, so that films of another look have room
    least = min(0.0, float(np.quantile(held_out[films], FALSE_REFUSALS)))
    most = float(np.quantile(distances, 1.0 - FALSE_REFUSALS))
    logger.info("out of fold, refused: %s", _shares(held_out < least, seen.kinds))
    return Gate(mean, scale, weights, bias, least, precision, most)


def _logistic(expanded: Floats, good: NDArray[np.bool_]) -> tuple[Floats, float]:
    model = LogisticRegression(C=_PENALTY, class_weight="balanced", max_iter=400)
    model.fit(expanded, good)
    return np.asarray(model.coef_[0], np.float64), float(model.intercept_[0])


def _shares(refused: NDArray[np.bool_], kinds: NDArray[np.str_]) -> dict[str, float]:
    return {str(kind): round(float(refused[kinds == kind].mean()), 4) for kind in np.unique(kinds)}


def wilson(hits: int, total: int) -> dict[str, float | int]:
    """Give a share with Wilson's 95 % interval.

    References
    ----------
    Wilson EB (1927), J Am Stat Assoc 22:209.
    """
    z, share = 1.959964, hits / total
    middle = share + z * z / (2 * total)
    spread = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    below = 1 + z * z / total
    low, high = max(0.0, (middle - spread) / below), min(1.0, (middle + spread) / below)
    return {"n": total, "refused": hits, "share": share, "low": low, "high": high}


def judge(gate: Gate, pictures: Iterable[tuple[str, Pixels]]) -> dict[str, dict[str, float | int]]:
    """Count what is refused of each kind."""
    refused: dict[str, list[bool]] = {}
    for kind, pixels in tqdm(pictures, desc="judging", mininterval=5):
        refused.setdefault(kind, []).append(not gate.assess(View("", pixels)).accepted)
    return {kind: wilson(sum(found), len(found)) for kind, found in sorted(refused.items())}


def _mammograms(root: Path, films: Sequence[Film]) -> Iterator[tuple[str, Pixels]]:
    for film in select(films, "test"):
        yield "CBIS-DDSM official test film", load_view(root, film).pixels
    for film in films:
        if film.source.startswith("DDSM"):
            yield "DDSM film", load_view(root, film).pixels


def _others(root: Path, films: Sequence[Film]) -> Iterator[tuple[str, Pixels]]:
    rng = np.random.default_rng(SEED + 1)
    for kind, picture in strangers(rng):
        yield kind, to_levels(picture)
    for film in select(films, "test"):
        if film.lesions:
            yield "cutting of a test film", mammogram_variants.cutting(rng, load_view(root, film).pixels, film)


def _rounded(array: Floats) -> Any:
    """Six significant digits: the file stays small, and what is judged below is what is shipped."""
    round_all: Callable[[Floats], Any] = np.vectorize(lambda value: float(f"{value:.6g}"), otypes=[np.float64])
    return round_all(array).tolist()


def main() -> int:
    """Fit, judge, write ``quality.json``; a foreseeable failure is one sentence and status 1."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    parser = argparse.ArgumentParser(prog="python -m inference.training.quality_fit", description=__doc__)
    parser.add_argument("--data", type=Path, default=DEFAULT_ROOT)
    parser.add_argument("--models", type=Path, default=Path("models"))
    parser.add_argument("--without-test", action="store_true", help="leave the official test films alone")
    arguments = parser.parse_args()
    try:
        films = read_manifest(arguments.data)
        seen = collect(arguments.data, select(films, "train"))
        gate = fit(seen)
        given = {name: _rounded(np.asarray(value)) for name, value in vars(gate).items()}
        shipped = parse_gate(given)
        kinds, counts = np.unique(seen.kinds, return_counts=True)
        values: dict[str, Any] = {
            "format": 1,
            "gate": given,
            "seed": SEED,
            "learnt_from": dict(zip(kinds.tolist(), counts.tolist(), strict=True)),
            "refused_of_held_out_others": judge(shipped, _others(arguments.data, films)),
        }
        if not arguments.without_test:
            values["refused_of_held_out_mammograms"] = judge(shipped, _mammograms(arguments.data, films))
    except InferenceError as error:
        print(error, file=sys.stderr)
        return 1
    (arguments.models / FILE_NAME).write_text(json.dumps(values) + "\n", "utf-8")
    print(json.dumps({name: value for name, value in values.items() if name != "gate"}, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
