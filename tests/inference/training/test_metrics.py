"""Figures of merit, against scikit-learn and against themselves."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from inference.training.metrics import (
    MEASURES,
    auroc,
    average_precision,
    bootstrap,
    brier,
    expected_calibration_error,
    log_loss,
    roc,
    sensitivity_at_90_specificity,
    specificity_at_90_sensitivity,
)

samples = st.lists(st.tuples(st.booleans(), st.integers(0, 20)), min_size=4, max_size=80).filter(
    lambda rows: 0 < sum(label for label, _ in rows) < len(rows)
)


@settings(deadline=None)
@given(samples)
def test_the_areas_and_losses_agree_with_scikit_learn(rows: list[tuple[bool, int]]) -> None:
    labels = np.array([float(label) for label, _ in rows])
    scores = np.array([(score + 0.5) / 21 for _, score in rows])
    assert auroc(labels, scores) == pytest.approx(reference.roc_auc_score(labels, scores))
    assert average_precision(labels, scores) == pytest.approx(reference.average_precision_score(labels, scores))
    assert log_loss(labels, scores) == pytest.approx(reference.log_loss(labels, scores))
    assert brier(labels, scores) == pytest.approx(reference.brier_score_loss(labels, scores))


def test_sensitivity_and_specificity_are_read_off_the_curve() -> None:
    labels = np.array([0.0] * 10 + [1.0] * 10)
    scores = np.concatenate([np.arange(10) / 10, np.arange(10) / 10 + 0.45])
    assert sensitivity_at_90_specificity(labels, scores) == pytest.approx(0.6)
    assert specificity_at_90_sensitivity(labels, scores) == pytest.approx(0.6)
    false, true = roc(labels, scores)
    assert (false[0], true[0], false[-1], true[-1]) == (0.0, 0.0, 1.0, 1.0)


def test_calibrated_probabilities_have_a_small_calibration_error() -> None:
    rng = np.random.default_rng(0)
    said = rng.random(50000)
    labels = (rng.random(50000) < said).astype(np.float64)
    assert expected_calibration_error(labels, said) < 0.01
    assert expected_calibration_error(labels, 1.0 - said) > 0.3


def test_the_interval_holds_the_value_and_is_wider_when_patients_bring_many_images() -> None:
    rng = np.random.default_rng(1)
    owner = np.repeat(np.arange(100), 4)
    truth = np.repeat((np.arange(100) % 2).astype(np.float64), 4)
    scores = np.repeat(rng.normal(0, 1, 100), 4) + truth
    by_patient = bootstrap(truth, scores, owner.astype(np.str_), draws=300)
    by_image = bootstrap(truth, scores, np.arange(400).astype(np.str_), draws=300)
    assert by_patient.low < by_patient.value < by_patient.high
    assert by_patient.high - by_patient.low > 1.5 * (by_image.high - by_image.low)


def test_scores_that_know_nothing_have_an_interval_that_holds_one_half() -> None:
    rng = np.random.default_rng(2)
    labels = rng.integers(0, 2, 400).astype(np.float64)
    found = bootstrap(labels, rng.random(400), np.arange(400).astype(np.str_), draws=500)
    assert found.low < 0.5 < found.high


def test_every_measure_is_a_number_on_ordinary_scores() -> None:
    labels = np.array([0.0, 1.0, 0.0, 1.0, 1.0])
    probabilities = np.array([0.2, 0.7, 0.6, 0.4, 0.9])
    assert all(0.0 <= measure(labels, probabilities) <= 2.0 for measure in MEASURES.values())
