"""Drift and live performance, against figures worked out by hand or published."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django.fixtures import Settings

from tests.webapp.monitoring.entries import make_entry
from webapp.monitoring import drift, performance
from webapp.monitoring.models import DriftReport, Outcome, PredictionEntry
from webapp.monitoring.performance import Proportion


def test_the_stability_index_of_known_shares_is_the_textbooks() -> None:
    reference = np.arange(100.0)
    # two bins, 50:50 before and 80:20 now: 0.3 ln 1.6 + (-0.3) ln 0.4
    recent = np.concatenate([np.full(80, 10.0), np.full(20, 90.0)])
    expected = 0.3 * np.log(1.6) - 0.3 * np.log(0.4)
    assert drift.population_stability_index(reference, recent, bins=2) == pytest.approx(expected)


def test_a_sample_does_not_drift_from_itself() -> None:
    sample = np.random.default_rng(1).random(500)
    assert drift.population_stability_index(sample, sample) == pytest.approx(0.0)


def test_wilsons_interval_is_the_published_one() -> None:
    # Newcombe, Statistics in Medicine 17:857 (1998), table I: 81 of 263
    low, high = Proportion(81, 263).interval
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)
    assert Proportion(0, 0).interval == (0.0, 1.0)


@pytest.mark.django_db
def test_a_device_whose_scores_moved_is_found_and_the_others_are_not(settings: Settings) -> None:
    settings.NODE_DRIFT_RECENT, settings.NODE_DRIFT_REFERENCE = 50, 100
    rng, now = np.random.default_rng(2), timezone.now()
    rows = []
    for maker, shift in (("STILL", 0.0), ("MOVED", 0.4)):
        for number in range(150):
            score = float(rng.uniform(0, 0.5)) + (shift if number < 50 else 0.0)
            facts = {"manufacturer": maker, "sop_instance_uid": f"1.{number}.{len(maker)}{maker == 'MOVED'}"}
            rows.append((now - timedelta(minutes=number), score, facts))
    for at, score, facts in rows:
        make_entry(at=at, level="IMAGE", probability=score, input_mean=0.3, **facts)
    drift.compare()
    found = {row.group: row.psi for row in DriftReport.objects.filter(measure="score")}
    assert found["MOVED"] > 1
    assert found["STILL"] < 0.25
    assert DriftReport.objects.get(group="MOVED", measure="input").psi == pytest.approx(0.0)


@pytest.mark.django_db
def test_live_figures_are_those_of_a_table_counted_by_hand() -> None:
    """Of 10 studies 4 are called: 3 of them cancers; of the others one is a cancer that was missed."""
    alice = User.objects.create_user("alice")
    called = [True] * 4 + [False] * 6
    cancers = [True, True, True, False, True, *[False] * 5]
    for is_called, is_cancer in zip(called, cancers, strict=True):
        entry = make_entry(probability=0.9 if is_called else 0.1, manufacturer="ACME", age_band="50-59")
        Outcome.objects.create(
            study_instance_uid=entry.study_instance_uid,
            recalled=is_called,
            biopsy="MALIGNANT" if is_cancer else "",
            followed_up_negative=not is_cancer,
            density="b",
            entered_by=alice,
        )
    make_entry(probability=0.9)
    figures = performance.live_figures()
    assert [one.group for one in figures] == ["all", "model: 0.2.0", "manufacturer: ACME", "age: 50-59", "density: b"]
    first = figures[0]
    assert first.studies == 10
    assert (first.positive_predictive_value.hits, first.positive_predictive_value.total) == (3, 4)
    assert (first.sensitivity.hits, first.sensitivity.total) == (3, 4)
    assert (first.specificity.hits, first.specificity.total) == (5, 6)
    assert (first.recall_rate.hits, first.recall_rate.total) == (4, 10)
    assert first.agreement.value == 1.0


@pytest.mark.django_db
def test_a_canary_or_an_outcome_nobody_knows_counts_nowhere() -> None:
    alice = User.objects.create_user("alice")
    canary, unknown = make_entry(is_test=True), make_entry(probability=0.9)
    for entry in (canary, unknown):
        Outcome.objects.create(study_instance_uid=entry.study_instance_uid, recalled=True, entered_by=alice)
    figures = performance.live_figures()[0]
    assert (figures.studies, figures.positive_predictive_value.total) == (1, 0)
    assert PredictionEntry.objects.count() == 2


def test_the_evaluation_is_shown_from_its_report_or_the_manifest(settings: Settings, tmp_path: Path) -> None:
    assert any("auroc" in name for name, _ in performance.evaluation())
    settings.NODE_MODELS_DIR = tmp_path
    assert performance.evaluation() == []
    (tmp_path / "evaluation.json").write_text('{"test": {"auroc": {"value": 0.8, "low": 0.7, "high": 0.9}}}')
    assert performance.evaluation() == [("test auroc", "0.800 (0.700 to 0.900)")]
