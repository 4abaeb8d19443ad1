"""The overview against figures worked out by hand, and who may see it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from tests.factories import make_delivery, make_report, make_round, make_study, make_user
from tests.webapp.monitoring.entries import make_entry
from webapp.accounts.roles import Role
from webapp.monitoring import overview, rules, switch, volumes
from webapp.monitoring.models import Alert, AlertRule, CanaryRun, DriftReport, Outcome, StudyCare
from webapp.studies.models import BreastReview, Delivery, Review, Round, Study, StudyState

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
ADDRESS = "/api/v1/monitoring/overview/"


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def arrived(days: float, **facts: Any) -> Study:
    study = make_study(views=())
    Study.objects.filter(pk=study.pk).update(created_at=ago(days), **facts)
    return study


def canary(state: str, *, hours: float, study: str = "2.25.1", **facts: Any) -> CanaryRun:
    at = NOW - timedelta(hours=hours)
    return CanaryRun.objects.create(
        study_instance_uid=study, state=state, started_at=at, ended_at=at, seconds=4.5, **facts
    )


def test_a_day_counts_what_it_brought_and_no_canary_no_prior_and_nothing_older() -> None:
    arrived(0), arrived(0), arrived(2)
    arrived(0, state=StudyState.PRIOR)
    canary("PASSED", hours=1, study=arrived(0).study_instance_uid)
    arrived(7)
    make_entry(at=ago(0)), make_entry(at=ago(0)), make_entry(at=ago(6.5))
    make_entry(at=ago(0), is_test=True)
    make_entry(at=ago(8))
    make_entry(at=ago(2), result="NOT_ANALYSED", prediction="", malignancy_probability=None)
    make_entry(at=ago(2), source="UPLOAD", level="IMAGE")
    broken = make_round(arrived(3), state=StudyState.FAILED)
    Round.objects.filter(pk=broken.pk).update(completed_at=ago(3))
    found = volumes.by_day(7, NOW)
    assert [str(day.day) for day in found] == [f"2026-11-{number}" for number in range(14, 21)]
    assert [day.received for day in found] == [0, 0, 0, 1, 1, 0, 2]
    assert [day.analysed for day in found] == [1, 0, 0, 0, 0, 0, 2]
    assert [day.not_analysed for day in found] == [0, 0, 0, 0, 1, 0, 0]
    assert [day.uploads for day in found] == [0, 0, 0, 0, 1, 0, 0]
    assert [day.failed for day in found] == [0, 0, 0, 1, 0, 0, 0]


def test_reasons_are_counted_the_commonest_first() -> None:
    for number, reason in enumerate(["UNLIKE_MAMMOGRAM", "NO_PIXELS", "UNLIKE_MAMMOGRAM"]):
        make_entry(at=ago(1), level="IMAGE", result="NOT_ANALYSED", reason=reason, sop_instance_uid=f"1.{number}")
    make_entry(at=ago(1), level="IMAGE", sop_instance_uid="1.9")
    assert volumes.reasons(7, NOW) == [volumes.Reason("UNLIKE_MAMMOGRAM", 2), volumes.Reason("NO_PIXELS", 1)]


def test_percentiles_of_a_stage_are_times_that_were_measured() -> None:
    """Of 1 to 100 ms the 50th, the 95th and the 99th; of one time it is that one."""
    for ms in range(1, 101):
        make_entry(at=ago(1), latency_ms={"infer": float(ms)})
    make_entry(at=ago(1), latency_ms={"send": 7.0, "infer": 50.0}, is_test=True)
    make_entry(at=ago(1), latency_ms={"send": 40.0})
    make_entry(at=ago(1), source="UPLOAD", level="IMAGE", latency_ms={"total": 320.0})
    assert volumes.stage_times(7, NOW) == [
        volumes.StageTime("infer", 100, 50.0, 95.0, 99.0),
        volumes.StageTime("send", 1, 40.0, 40.0, 40.0),
        volumes.StageTime("upload", 1, 320.0, 320.0, 320.0),
    ]


def test_scores_fall_into_the_bins_of_the_metrics() -> None:
    for probability in (0.0, 0.05, 0.1, 0.11, 0.5, 0.95, 1.0):
        make_entry(at=ago(1), probability=probability)
    make_entry(at=ago(1), probability=0.95, level="IMAGE", sop_instance_uid="1.2")
    found = volumes.scores(7, NOW)
    assert [row.studies for row in found] == [3, 1, 0, 0, 1, 0, 0, 0, 0, 2]
    assert [row.called_malignant for row in found] == [0, 0, 0, 0, 1, 0, 0, 0, 0, 2]
    assert (found[0].low, found[0].high, found[-1].high) == (0.0, 0.1, 1.0)


def test_the_canary_is_never_off_passed_late_or_failed(settings: Settings) -> None:
    rules.ensure()
    settings.NODE_CANARY_EVERY_SECONDS = 0
    assert overview.build(7, NOW).canary.state == "off"
    settings.NODE_CANARY_EVERY_SECONDS = 3600
    assert overview.build(7, NOW).canary.state == "never"
    # the rule allows 7800 s
    canary("PASSED", hours=3)
    late = overview.build(7, NOW).canary
    assert (late.state, late.age_seconds) == ("late", 3 * 3600)
    canary("PASSED", hours=2, study="2.25.2")
    passed = overview.build(7, NOW).canary
    assert (passed.state, passed.seconds, passed.last_passed_at) == ("passed", 4.5, NOW - timedelta(hours=2))
    canary("FAILED", hours=1, study="2.25.3", stage="infer", reason="No score came.")
    CanaryRun.objects.create(study_instance_uid="2.25.4", started_at=NOW)
    failed = overview.build(7, NOW).canary
    assert (failed.state, failed.stage, failed.reason) == ("failed", "infer", "No score came.")
    assert failed.last_passed_at == NOW - timedelta(hours=2)


def test_queue_deliveries_alerts_and_the_pause_tell_what_waits() -> None:
    rules.ensure()
    make_study()
    oldest, held = make_round(make_study()), make_round(make_study())
    Round.objects.filter(pk__in=[oldest.pk, held.pk]).update(completed_at=NOW - timedelta(seconds=90))
    make_round(make_study())
    StudyCare.objects.create(study_id=held.study_id, suspended_at=NOW)
    for state in (Delivery.State.QUEUED, Delivery.State.FAILED, Delivery.State.SENT):
        delivery = make_delivery(make_report(make_round(make_study(), state=StudyState.ANALYSED)))
        Delivery.objects.filter(pk=delivery.pk).update(state=state)
    for kind, cleared in (("error_rate", None), ("disk_low", None), ("drift", NOW)):
        rule = AlertRule.objects.get(kind=kind)
        Alert.objects.create(rule=rule, text="Look.", raised_at=NOW, seen_at=NOW, cleared_at=cleared)
    switch.pause("The scores look wrong.")
    found = overview.build(7, NOW)
    assert found.queue == overview.Queue(receiving=1, waiting=2, suspended=1, oldest_seconds=90.0)
    assert found.destinations == [overview.DestinationState("PACS@127.0.0.1:104", 1, 1)]
    assert [(row.rule, row.severity) for row in found.alerts] == [("disk_low", "CRITICAL"), ("error_rate", "WARNING")]
    assert (found.ai.paused, found.ai.reason) == (True, "The scores look wrong.")


def test_readers_and_drift_are_told_as_they_were_entered() -> None:
    rules.ensure()
    study, reader = make_study(), make_user("rita", Role.RADIOLOGIST)
    said = (
        ("reading", "agree", "none"),
        ("arbitration", "agree", "disagree"),
        ("first-impression", "disagree", "none"),
    )
    for kind, left, right in said:
        review = Review.objects.create(study=study, kind=kind, reader=reader, reader_name="rita", ai_was_hidden=False)
        for laterality, word in (("L", left), ("R", right)):
            BreastReview.objects.create(review=review, laterality=laterality, agreement=word)
    facts = {"at": NOW, "reference_count": 100, "recent_count": 50, "ks": 0.4, "p_value": 0.001}
    DriftReport.objects.create(group="all devices", measure="score", psi=0.3, **facts)
    DriftReport.objects.create(group="all devices", measure="input", psi=0.1, **facts)
    DriftReport.objects.create(group="OLD", measure="input", psi=0.9, **facts | {"at": ago(1)})
    found = overview.build(7)
    assert (found.readers.hits, found.readers.total) == (2, 3)
    assert [(row.measure, row.psi, row.moved) for row in found.drift] == [("input", 0.1, False), ("score", 0.3, True)]


def test_an_administrator_reads_it_all_and_a_fresh_node_says_that_nothing_was_measured(client: Client) -> None:
    client.force_login(make_user("ada", Role.ADMINISTRATOR))
    body = client.get(ADDRESS).json()
    assert (body["days"], len(body["volumes"]), body["stages"], body["alerts"]) == (30, 30, [], [])
    assert body["canary"]["state"] in {"never", "off"}
    nothing = {"hits": 0, "total": 0, "value": None, "interval": [0.0, 1.0]}
    measures = ("recall_rate", "agreement", "positive_predictive_value", "sensitivity", "specificity")
    assert body["live"] == [{"group": "all", "studies": 0} | {name: nothing for name in measures}]
    names = [row["name"] for row in body["evaluation"]]
    assert "official test patient auroc" in names
    assert not any("subgroups" in name for name in names)


def test_the_model_s_live_figures_are_those_of_the_admin(client: Client) -> None:
    """Two studies called, one of them a cancer: 1 of 2, and Wilson's interval of 1 of 2 is 0.0945 to 0.9055."""
    ada = make_user("ada", Role.ADMINISTRATOR)
    for biopsy in ("MALIGNANT", "BENIGN"):
        uid = make_entry(probability=0.9).study_instance_uid
        Outcome.objects.create(study_instance_uid=uid, recalled=True, biopsy=biopsy, entered_by=ada)
    client.force_login(ada)
    first = client.get(ADDRESS, {"days": 7}).json()["live"][0]
    value = first["positive_predictive_value"]
    assert (value["hits"], value["total"], value["value"]) == (1, 2, 0.5)
    assert [round(bound, 4) for bound in value["interval"]] == [0.0945, 0.9055]
    assert (first["studies"], first["agreement"]["value"]) == (2, 1.0)


@pytest.mark.parametrize("days", ["5", "", "thirty", "-7"])
def test_another_period_is_refused_with_those_that_there_are(client: Client, days: str) -> None:
    client.force_login(make_user("ada", Role.ADMINISTRATOR))
    answer = client.get(ADDRESS, {"days": days})
    assert answer.status_code == 400
    assert answer.json()["detail"] == f"days is {days!r}; 7, 30 or 90 is expected."


def test_more_rows_ask_no_more_queries(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    rules.ensure()
    for number in range(40):
        make_entry(at=timezone.now() - timedelta(hours=number), latency_ms={"infer": 3.0})
        make_delivery(make_report(make_round(make_study(views=()))))
    with django_assert_max_num_queries(30):
        overview.build(90)
