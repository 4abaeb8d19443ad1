"""Teaching the gate: what it is shown, what it is judged by, and that it can be taught at all."""

import numpy as np
import pytest

from inference.appearance import describe, thumbnail
from inference.contract import View
from inference.training import impostors, mammogram_variants, strangers
from inference.training.data import Film, Lesion
from inference.training.quality_fit import Measured, fit, judge, to_levels, wilson


@pytest.mark.parametrize("kind", impostors.DRAWN)
def test_every_drawn_kind_is_grey_levels_and_the_same_for_the_same_seed(kind: str) -> None:
    one, two = (impostors.DRAWN[kind](np.random.default_rng(4)) for _ in range(2))
    assert np.array_equal(one, two)
    assert 0.0 <= one.min() < one.max() <= 1.0


def test_the_gate_is_not_judged_by_pictures_it_learnt_from() -> None:
    assert not {*strangers.LEARNT, *strangers.LEARNT_TOO} & set(strangers.UNSEEN)


def test_strangers_are_of_many_kinds_and_can_all_be_measured() -> None:
    kinds = {kind for kind, picture in strangers.strangers(np.random.default_rng(1)) if picture.ndim == 2}
    assert len(kinds) >= 12
    assert {"US picture (real)", "CT picture (real)", "MR picture (real)", "face"} <= kinds


def test_a_cutting_lies_in_the_film_and_holds_the_lesion() -> None:
    pixels = np.zeros((400, 300), np.uint16)
    pixels[100:140, 200:240] = 9
    lesion = Lesion(200, 100, 40, 40, True)
    film = Film("", "", "P", "L", "CC", "", "", "", "", (lesion,), 300, 400, 1.0, "", "")
    part = mammogram_variants.cutting(np.random.default_rng(1), pixels, film)
    assert (part == 9).sum() == 1600
    assert part.shape[0] <= 96


def test_a_gate_is_taught_to_tell_phantoms_from_drawings() -> None:
    rng = np.random.default_rng(2)
    rows = []
    for number in range(60):
        phantom = mammogram_variants.phantom(rng)
        drawing = to_levels(impostors.DRAWN["text page"](rng))
        rows += [("film", f"P{number}", phantom), ("text page", f"T{number}", drawing)]
    thumbs = [thumbnail(pixels) for _, _, pixels in rows]
    measures = np.array([describe(thumb) for thumb in thumbs if thumb is not None])
    seen = Measured(measures, np.array([row[0] for row in rows]), np.array([row[1] for row in rows]))
    gate = fit(seen)
    found = judge(gate, [("page", to_levels(impostors.DRAWN["text page"](rng))) for _ in range(10)])
    assert found["page"]["share"] == 1.0
    passed = [gate.assess(View("", pixels)).accepted for kind, _, pixels in rows if kind == "film"]
    assert np.mean(passed) > 0.9


@pytest.mark.parametrize(
    ("hits", "total", "low", "high"), [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0)]
)
def test_wilsons_interval_is_the_published_one(hits: int, total: int, low: float, high: float) -> None:
    found = wilson(hits, total)
    assert (found["low"], found["high"]) == pytest.approx((low, high), abs=1e-4)
