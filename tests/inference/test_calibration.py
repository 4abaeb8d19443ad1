"""Scores to probabilities."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.calibration import (
    Platt,
    breast_logit,
    fit_platt,
    logit,
    sigmoid,
    study_logit,
    threshold_at_sensitivity,
    threshold_at_specificity,
)


@given(st.floats(-15, 15))
def test_logit_undoes_sigmoid(value: float) -> None:
    assert logit(sigmoid(value)) == pytest.approx(value, abs=1e-6)


@given(st.floats(-1e6, 1e6))
def test_sigmoid_never_overflows_and_stays_a_probability(value: float) -> None:
    assert 0.0 <= sigmoid(value) <= 1.0


@pytest.mark.parametrize("score", [0.0, 1.0])
def test_certain_scores_have_finite_logits(score: float) -> None:
    assert abs(logit(score)) < 17


def test_platt_finds_the_line_that_made_the_labels() -> None:
    rng = np.random.default_rng(3)
    logits = rng.normal(0.0, 2.0, 20000)
    labels = (rng.random(20000) < 1.0 / (1.0 + np.exp(-(0.6 * logits - 0.4)))).astype(np.float64)
    line = fit_platt(logits, labels)
    assert line.slope == pytest.approx(0.6, abs=0.05)
    assert line.intercept == pytest.approx(-0.4, abs=0.05)


def test_platt_stays_finite_when_the_classes_are_apart() -> None:
    line = fit_platt(np.array([-3.0, -2.0, 2.0, 3.0]), np.array([0.0, 0.0, 1.0, 1.0]))
    assert np.isfinite([line.slope, line.intercept]).all()
    assert line.slope > 0


def test_a_breast_takes_the_mean_of_its_views_and_a_study_its_worse_breast() -> None:
    assert breast_logit([sigmoid(1.0), sigmoid(3.0)]) == pytest.approx(2.0)
    assert study_logit([-1.0, 2.0]) == 2.0
    assert Platt(2.0, -1.0).probability(0.5) == pytest.approx(0.5)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60), st.sampled_from([0.5, 0.9, 0.95, 1.0]))
def test_thresholds_keep_their_promise(values: list[float], share: float) -> None:
    scores = np.array(values)
    above = threshold_at_sensitivity(scores, np.ones(len(scores)), share)
    assert (scores >= above).mean() >= share - 1e-9
    below = threshold_at_specificity(scores, np.zeros(len(scores)), share)
    assert (scores < below).mean() >= share - 1e-9
