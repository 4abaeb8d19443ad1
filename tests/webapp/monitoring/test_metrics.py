"""``/metrics``: right across processes, for those who may; what Prometheus and Grafana ask for exists."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families
from pytest_django.fixtures import Settings

from tests.factories import make_delivery, make_report, make_round, make_study
from tests.journey.node import REPOSITORY
from tests.webapp.monitoring.entries import make_entry
from webapp.monitoring import metrics, prediction_log, rules, tallies
from webapp.monitoring.models import CanaryRun, Heartbeat, PredictionEntry
from webapp.studies import events
from webapp.studies.models import StudyState

pytestmark = pytest.mark.django_db

DEPLOY = REPOSITORY / "deploy"


def _fill() -> None:
    """Let everything happen once that is counted."""
    rules.ensure()
    entry = make_entry(probability=0.7)
    prediction_log._count([entry], {"infer": 300.0, "wait": 1000.0})
    events.tell_now(events.counted, "test", kind="store", value="0000", size_bytes=1234)
    events.tell_now(events.counted, "test", kind="association", value="accepted", size_bytes=0)
    round_ = make_round(make_study())
    delivery = make_delivery(make_report(round_))
    events.tell_now(events.delivery_changed, "test", delivery=delivery, outcome="failed")
    events.tell_now(events.round_failed, "test", round_=round_, stage="convert")
    tallies.add("notices", 1.0, outcome="sent", channel="hook")
    Heartbeat.objects.create(name="scp", machine="m", pid=1, started_at=entry.at, beat_at=entry.at)
    CanaryRun.objects.create(
        study_instance_uid="1.2", state="PASSED", started_at=entry.at, ended_at=entry.at, seconds=3.0
    )
    tallies.flush()


def _samples() -> dict[tuple[str, str], float]:
    families = text_string_to_metric_families(metrics.text().decode())
    return {
        (sample.name, json.dumps(sample.labels, sort_keys=True)): sample.value
        for family in families
        for sample in family.samples
    }


def test_counters_gauges_and_histograms_tell_what_happened() -> None:
    _fill()
    found = _samples()
    assert found["mammonode_stores_total", '{"status": "0000"}'] == 1
    assert found["mammonode_received_bytes_total", "{}"] == 1234
    assert found["mammonode_studies", '{"state": "COMPLETE"}'] == 1
    assert found["mammonode_rounds_failed_total", '{"stage": "convert"}'] == 1
    assert found["mammonode_stage_seconds_bucket", '{"le": "0.25", "stage": "infer"}'] == 0
    assert found["mammonode_stage_seconds_bucket", '{"le": "0.5", "stage": "infer"}'] == 1
    assert found["mammonode_stage_seconds_bucket", '{"le": "+Inf", "stage": "infer"}'] == 1
    assert found["mammonode_stage_seconds_sum", '{"stage": "infer"}'] == pytest.approx(0.3)
    assert found["mammonode_score_bucket", '{"le": "0.7", "level": "study", "model": "0.2.0"}'] == 1
    assert found["mammonode_score_bucket", '{"le": "0.6", "level": "study", "model": "0.2.0"}'] == 0


def test_a_canarys_study_is_in_no_gauge() -> None:
    study = make_study()
    CanaryRun.objects.create(study_instance_uid=study.study_instance_uid, started_at=study.last_received_at)
    assert _samples()["mammonode_studies", json.dumps({"state": StudyState.RECEIVING})] == 0


def test_counts_of_two_writers_add_up() -> None:
    for _ in range(2):
        tallies.add("stores", 3.0, status="A700")
        tallies.flush()
    assert tallies.totals("stores")["stores"] == [({"status": "A700"}, 6.0)]


@pytest.mark.peer("promtool")
def test_promtool_finds_no_fault_in_the_figures() -> None:
    _fill()
    done = subprocess.run(["promtool", "check", "metrics"], input=metrics.text(), capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.peer("promtool")
def test_promtool_finds_no_fault_in_the_rules_and_they_fire_when_they_should(tmp_path: Path) -> None:
    folder = tmp_path / "prometheus"
    folder.mkdir()
    for path in (DEPLOY / "prometheus").iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "metrics-token").touch()
    checks = (("check", "config", "prometheus.yml"), ("test", "rules", "mammonode-rules.test.yml"))
    for words in checks:
        done = subprocess.run(["promtool", *words], cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_whatever_the_dashboard_and_the_rules_ask_for_is_told(settings: Settings, tmp_path: Path) -> None:
    settings.NODE_ARCHIVE_DIR = tmp_path
    _fill()
    known = {name for name, _ in _samples()}
    asked = (DEPLOY / "grafana" / "mammonode.json").read_text() + (
        DEPLOY / "prometheus" / "mammonode-rules.yml"
    ).read_text()
    wanted = set(re.findall(r"\bmammonode_[a-z_]+", asked))
    assert wanted - known == set()
    assert len(wanted) > 20


def test_the_figures_are_for_those_with_the_token(client: Client, settings: Settings) -> None:
    settings.NODE_METRICS_TOKEN = "right"
    assert client.get("/metrics").status_code == 403
    assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 403
    answer = client.get("/metrics", headers={"Authorization": "Bearer right"})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain")


def test_without_a_token_the_figures_are_for_configured_addresses(client: Client, settings: Settings) -> None:
    settings.NODE_METRICS_ADDRESSES = ("10.0.0.0/24",)
    assert client.get("/metrics", REMOTE_ADDR="127.0.0.1").status_code == 403
    assert client.get("/metrics", REMOTE_ADDR="10.0.0.7").status_code == 200
    settings.NODE_BEHIND_PROXY = True
    assert client.get("/metrics", REMOTE_ADDR="10.0.0.7").status_code == 403


def test_the_receiving_process_stays_small() -> None:
    """It loads monitoring, too: neither the network's runtime nor what only the clock and the web need."""
    code = "import django; django.setup(); import sys; import webapp.studies.management.commands.run_scp; "
    code += "heavy = ('tensorflow', 'keras', 'scipy', 'sentry_sdk', 'cv2', 'imagecodecs', 'config.urls'); "
    code += "print([name for name in heavy if name in sys.modules])"
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings_test"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "[]", done.stderr


def test_a_log_entry_without_a_model_is_impossible() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make_entry(model_version="")
    assert PredictionEntry.objects.count() == 0
