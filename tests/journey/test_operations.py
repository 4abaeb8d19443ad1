"""The operations side with real processes: each is stopped in turn, and the canary goes through the real door."""

import json
import re
import signal
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests

from tests import figures
from tests.journey import leaks, servers, studies
from tests.journey.node import REPOSITORY, Node
from tests.journey.pacs import PlayingPacs
from tests.journey.processes import ChildProcess, run
from tests.journey.programs import path_of
from tests.journey.sender import send
from tests.journey.waiting import wait_until
from tests.webapp.monitoring.receivers import HttpReceiver, http_receiver

pytestmark = pytest.mark.peer("redis-server")

# short, but long enough that a busy machine does not look dead
SILENCE_SECONDS = 10
ALERT_SECONDS = 400
PROCESSES = ("scp", "analysis", "delivery", "beat", "web")
# what holds texts for people outside of the database's own pages; file names stay in the prediction log
TABLES = ("errorgroup", "errorevent", "alert", "notice", "tally", "heartbeat", "canaryrun", "driftreport")


@dataclass
class Ward:
    """A node on Redis, with a receiver for its alerts and one in Sentry's place."""

    node: Node
    pacs: PlayingPacs
    alerts: HttpReceiver
    sentry: HttpReceiver
    broker: ChildProcess

    def told(self, kind: str, rule: str, subject: str = "") -> int:
        """Count the notices that came."""
        bodies = [json.loads(body) for body in list(self.alerts.bodies)]
        return sum((one["kind"], one["rule"], one["subject"]) == (kind, rule, subject) for one in bodies)

    def await_notice(self, kind: str, rule: str, subject: str, *, more_than: int) -> None:
        wait_until(
            lambda: self.told(kind, rule, subject) > more_than,
            ALERT_SECONDS,
            f"{kind} of {rule} {subject}",
            seen=lambda: [json.loads(body) for body in self.alerts.bodies[-5:]],
        )

    def control(self, *words: str) -> str:
        """Ask the node's own process manager."""
        configuration = self.node.data / "run" / "supervisord.conf"
        command = [sys.executable, "-m", "supervisor.supervisorctl", "-c", str(configuration), *words]
        return run(command, environment=self.node.environment).stdout

    def rows(self, sql: str) -> list[Any]:
        with closing(sqlite3.connect(self.node.data / "node.sqlite3", timeout=30)) as database:
            return database.execute(sql).fetchall()


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ward]:
    folder = tmp_path_factory.mktemp("operations")
    with (
        servers.redis() as broker,
        PlayingPacs() as pacs,
        http_receiver() as alerts,
        http_receiver() as sentry,
    ):
        node = Node(
            folder,
            NODE_DESTINATIONS=pacs.destination,
            NODE_ALLOWED_PEERS="MODALITY@127.0.0.1",
            CELERY_BROKER_URL=broker.url,
            NODE_HEARTBEAT_SECONDS="1",
            NODE_WATCH_SECONDS="1",
            NODE_BROKER_WAIT_SECONDS="1",
            NODE_ALERT_RETRY_SECONDS="1",
            NODE_ALERT_WEBHOOKS=alerts.url(),
            NODE_SENTRY_DSN=f"http://public@127.0.0.1:{sentry.port}/1",
            NODE_CANARY_LIMIT_SECONDS="110",
        )
        try:
            node.manage("migrate", "--verbosity", "0")
            quick = ("--window-seconds", str(SILENCE_SECONDS), "--cool-down-seconds", "0")
            node.manage("set_alert_rule", "process_silent", *quick)
            node.manage("set_alert_rule", "broker_unreachable", "--cool-down-seconds", "0")
            node.start()
            one = Ward(node, pacs, alerts, sentry, broker.process)
            wait_until(
                lambda: len(one.rows("select 1 from monitoring_heartbeat")) > len(PROCESSES),
                ALERT_SECONDS,
                "every process showing life",
                seen=lambda: one.rows("select name, beat_at from monitoring_heartbeat"),
            )
            yield one
            node.finish()
        finally:
            node.discard()


def test_a_canary_comes_back_with_its_golden_scores_and_leaves_nothing(ward: Ward) -> None:
    said = ward.node.manage("canary")
    assert "The canary passed" in said
    figures.note(said.strip())
    assert ward.node.studies() == []
    assert ward.node.archived_files() == []
    assert ward.rows("select count(*) from monitoring_predictionentry where not is_test") == [(0,)]
    assert ward.rows("select count(*) from studies_destination where ae_title = 'CANARY'") == [(0,)]
    assert ward.rows("select count(*) from studies_allowedpeer where ae_title = 'CANARY'") == [(0,)]


@pytest.fixture(scope="module")
def patient(ward: Ward, tmp_path_factory: pytest.TempPathFactory) -> studies.PhantomStudy:
    """A patient with letters beyond ASCII: one good study, one that fails, and an upload with the name in its name."""
    folder = tmp_path_factory.mktemp("patient")
    good = studies.four_views(folder, "operations good")
    bad = studies.write([studies.image("operations bad")], folder, "operations bad")
    assert all(answer.is_acknowledged for answer in send([*good.paths, *bad.paths], ward.node.dicom_port))
    stored = wait_until(lambda: ward.node.archived(bad.sop_instance_uids[0]), 30, "the object stored")
    stored.unlink()
    ward.node.wait_for_study(good.uid)
    ward.node.wait_for_study(bad.uid, ("FAILED",))
    upload = (f"{leaks.NAME}.dcm", good.paths[0].read_bytes())
    answer = requests.post(
        f"{ward.node.url}/api/diagnosis/", headers=ward.node.authorization, files={"image": upload}, timeout=60
    )
    assert answer.status_code == 200, answer.text
    return good


def test_predictions_are_logged_with_file_name_and_latency(ward: Ward, patient: studies.PhantomStudy) -> None:
    found = ward.node.get("/api/monitoring/predictions/?limit=100").json()["results"]
    images = [one for one in found if one["study_instance_uid"] == patient.uid and one["level"] == "IMAGE"]
    assert {one["sop_instance_uid"] for one in images} == set(patient.sop_instance_uids)
    assert {"receive", "wait", "queue", "decode", "preprocess", "infer", "report"} <= set(images[0]["latency_ms"])
    sent = f"/api/monitoring/predictions/?result=SENT&study_instance_uid={patient.uid}"
    wait_until(
        lambda: ward.node.get(sent).json()["count"],
        30,
        "the log showing that the report was sent",
    )
    (upload,) = [one for one in found if one["source"] == "UPLOAD"]
    assert (upload["file_name"], upload["asked_by"]) == (f"{leaks.NAME}.dcm", "admin")


def test_metrics_count_what_other_processes_did(ward: Ward, patient: studies.PhantomStudy) -> None:
    # each process writes down what it counted with its heartbeat, so they come one after the other
    wanted = (
        'mammonode_stores_total{status="0000"}',
        'mammonode_predictions_total{level="study"',
        'stage="infer"',
        f'mammonode_deliveries{{destination="{ward.pacs.destination}",state="SENT"}} 1.0',
        'mammonode_rounds_failed_total{stage="convert"} 1.0',
    )
    text = wait_until(
        lambda: found if all(name in (found := _metrics(ward)) for name in wanted) else None, 60, "the counters"
    )
    stored = re.search(r'mammonode_stores_total\{status="0000"\} (\d+)', text)
    assert stored is not None
    # four views and one more; the canary's traffic is traffic
    assert int(stored[1]) >= 5


def _metrics(ward: Ward) -> str:
    return requests.get(f"{ward.node.url}/metrics", timeout=30).text


def test_the_failure_is_recorded_and_sent_to_sentry(ward: Ward, patient: studies.PhantomStudy) -> None:
    wait_until(lambda: ward.rows("select 1 from monitoring_errorgroup where stage = 'convert'"), 30, "the error group")
    wait_until(lambda: any(b"failed" in body or b"%s" in body for body in ward.sentry.bodies), 30, "Sentry told")


def test_no_log_metric_alert_error_record_or_sentry_payload_names_the_patient(
    ward: Ward, patient: studies.PhantomStudy
) -> None:
    wait_until(lambda: ward.told("RAISED", "failed_studies"), ALERT_SECONDS, "the alert of the failed study")
    leaks.refuse_patients(ward.node.logs())
    leaks.refuse_patients({"metrics": _metrics(ward).encode()})
    leaks.refuse_patients({f"alert {number}": body for number, body in enumerate(ward.alerts.bodies)})
    assert ward.sentry.bodies
    leaks.refuse_patients({f"sentry {number}": body for number, body in enumerate(ward.sentry.bodies)})
    for table in TABLES:
        content = repr(ward.rows(f"select * from monitoring_{table}")).encode()
        leaks.refuse_patients({f"table {table}": content})


def test_stopping_each_process_raises_its_alert_which_clears_after_recovery(ward: Ward) -> None:
    """One is started again while the next is stopped: their recoveries overlap, their alerts do not."""
    cleared = {}
    for name in PROCESSES:
        wait_until(partial(_is_alive, ward, name), ALERT_SECONDS, f"{name} alive")
        before = ward.told("RAISED", "process_silent", name)
        ward.control("stop", name)
        ward.await_notice("RAISED", "process_silent", name, more_than=before)
        cleared[name] = ward.told("CLEARED", "process_silent", name)
        ward.control("start", name)
    for name in PROCESSES:
        ward.await_notice("CLEARED", "process_silent", name, more_than=cleared[name])


def _is_alive(ward: Ward, name: str) -> bool:
    found = ward.rows(
        f"select count(*) from monitoring_heartbeat where name = '{name}' "
        f"and (julianday('now') - julianday(beat_at)) * 86400 < {SILENCE_SECONDS / 2}"
    )
    return bool(found[0][0])


def test_a_broker_that_is_gone_is_told_by_those_who_do_without_it(ward: Ward) -> None:
    port = re.search(r":(\d+)/", str(ward.node.environment["CELERY_BROKER_URL"]))
    assert port is not None
    ward.broker.stop(by=signal.SIGTERM)
    ward.await_notice("RAISED", "broker_unreachable", "", more_than=0)
    assert "broker" in requests.get(f"{ward.node.url}/health/ready", timeout=30).text
    with _redis_at(int(port[1]), ward.node.data):
        ward.await_notice("CLEARED", "broker_unreachable", "", more_than=0)


def _redis_at(port: int, folder: Path) -> ChildProcess:
    options = ("--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder), "--save", "", "--appendonly", "no")
    return ChildProcess("redis-server", [path_of("redis-server"), *options], folder / "redis.log", folder=REPOSITORY)
