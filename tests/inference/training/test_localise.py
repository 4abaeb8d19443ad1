"""Pointing and the free-response curve on films whose answer is known."""

import numpy as np
import pytest

from inference.training.localise import FALSE_MARKS, Pointed, froc, localisation


def film(
    patient: str, scores: list[float], hits: list[list[bool]], malignant: list[bool], chance: float = 0.1
) -> Pointed:
    marks = np.array(scores)
    return Pointed(
        patient,
        marks,
        marks * 0.5,
        np.array(hits, np.bool_).reshape(len(scores), len(malignant)),
        np.array(malignant),
        chance,
        False,
    )


def test_a_network_that_marks_lesions_only_finds_all_without_false_marks() -> None:
    films = [film(f"P{i}", [0.9], [[True]], [True]) for i in range(8)]
    assert froc(films, malignant_only=True) == [1.0] * len(FALSE_MARKS)
    found = localisation(films, draws=20)
    assert found["pointing_game"] == {"value": 1.0, "low": 1.0, "high": 1.0}
    assert found["pointing_game_random_point"]["value"] == pytest.approx(0.1)


def test_a_network_that_never_hits_finds_nothing_however_many_marks() -> None:
    films = [film(f"P{i}", [0.9, 0.5], [[False], [False]], [True]) for i in range(8)]
    assert froc(films, malignant_only=False) == [0.0] * len(FALSE_MARKS)


def test_false_marks_that_score_higher_cost_sensitivity() -> None:
    sure = [film(f"P{i}", [0.9], [[True]], [True]) for i in range(4)]
    unsure = [film(f"Q{i}", [0.8, 0.3], [[False], [True]], [True]) for i in range(4)]
    by_rate = dict(zip(FALSE_MARKS, froc([*sure, *unsure], malignant_only=True), strict=True))
    assert by_rate[0.25] == 0.5
    assert by_rate[0.5] == 1.0


def test_a_mark_on_a_benign_lesion_is_false_where_malignant_ones_are_asked_for() -> None:
    films = [film(f"P{i}", [0.9, 0.4], [[True, False], [False, True]], [False, True]) for i in range(8)]
    assert froc(films, malignant_only=True)[0] == 0.0
    assert froc(films, malignant_only=True)[2] == 1.0
    assert froc(films, malignant_only=False)[0] == 1.0


def test_films_without_marks_count_as_misses() -> None:
    films = [film("P", [], [], [True]), film("Q", [0.7], [[True]], [True])]
    assert localisation(films, draws=20)["pointing_game"]["value"] == 0.5
