"""The node as a child process: its environment, its end, its answers."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.demo import node as nodes
from scripts.demo.errors import DemoError
from scripts.demo.node import free_port, make_environment, stop, wait_until_ready
from scripts.demo.pacs import Pacs
from tests.scripts.demo.node_stand_in import TOKEN, node, serving


def test_settings_of_another_node_do_not_reach_the_demo() -> None:
    inherited = {
        "PATH": "/usr/bin",
        "DATABASE_URL": "postgres://hospital/real",
        "CELERY_BROKER_URL": "amqp://hospital",
        "NODE_ALLOWED_PEERS": "PACS@10.0.0.1",
        "DJANGO_SETTINGS_MODULE": "config.settings_test",
    }
    environment = make_environment(inherited, Path("/data"), 11112, 8000, "DEMO_PACS@127.0.0.1:104")
    assert environment["PATH"] == "/usr/bin"
    assert not {"DATABASE_URL", "CELERY_BROKER_URL", "NODE_ALLOWED_PEERS", "DJANGO_SETTINGS_MODULE"} & set(environment)
    assert environment["NODE_DESTINATIONS"] == "DEMO_PACS@127.0.0.1:104"
    assert environment["NODE_DATA_DIR"] == "/data"


def test_a_node_that_has_died_is_shown_with_the_end_of_its_logs(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "node.log").write_text("one\ntwo\n")
    (tmp_path / "logs" / "analysis.log").write_text("no such model\n")
    with serving() as api, node(tmp_path, api, "raise SystemExit(3)") as dead:
        dead.process.wait()
        api.ready = False
        with pytest.raises(DemoError, match="exit status 3") as raised:
            wait_until_ready(dead, 60, lambda text: None)
    assert "two" in raised.value.log
    assert "no such model" in raised.value.log


def test_a_node_that_is_never_ready_is_given_up(tmp_path: Path) -> None:
    with serving() as api, node(tmp_path, api) as slow:
        api.ready = False
        with pytest.raises(DemoError, match="not ready after 0 s: The model loads"):
            wait_until_ready(slow, 0, lambda text: None)


def test_a_node_is_ready_when_web_and_dicom_side_answer(tmp_path: Path) -> None:
    with (
        serving() as api,
        Pacs(tmp_path / "pacs", nodes.AE_TITLE) as dicom_side,
        node(tmp_path, api, dicom_port=dicom_side.port) as running,
    ):
        wait_until_ready(running, 0, lambda text: None)


def test_the_sign_in_is_read_from_the_first_run(tmp_path: Path) -> None:
    facts = {"username": "admin", "password": "p", "api_token": TOKEN}
    with serving() as api, node(tmp_path, api) as running:
        with pytest.raises(DemoError, match=r"first-run\.json cannot be read"):
            running.sign_in()
        (tmp_path / "first-run.json").write_text(json.dumps(facts))
        assert running.sign_in().api_token == TOKEN


def test_a_study_the_node_does_not_know_is_none_and_a_refused_token_an_error(tmp_path: Path) -> None:
    with serving() as api, node(tmp_path, api) as running:
        api.studies["1.2.3"] = {"state": "SENT"}
        assert running.study("1.2.3", TOKEN) == {"state": "SENT"}
        assert running.study("1.2.4", TOKEN) is None
        with pytest.raises(DemoError, match="answered 401"):
            running.study("1.2.3", "wrong")


def _child(program: str, data_folder: Path) -> subprocess.Popen[bytes]:
    child = subprocess.Popen(
        [sys.executable, "-c", f"import signal; {program}; print('up', flush=True)\nwhile True: signal.pause()"],
        stdout=subprocess.PIPE,
        env={"NODE_DATA_DIR": str(data_folder)},
        start_new_session=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == b"up\n"
    child.stdout.close()
    return child


def test_stop_ends_the_node_with_sigterm(tmp_path: Path) -> None:
    child = _child("pass", tmp_path)
    assert stop(child, tmp_path)
    assert child.returncode == -15


def test_stop_kills_a_node_that_does_not_end(tmp_path: Path) -> None:
    child = _child("signal.signal(signal.SIGTERM, signal.SIG_IGN)", tmp_path)
    assert not stop(child, tmp_path, seconds=0.2)
    assert child.returncode == -9


def test_stop_kills_what_a_dead_process_manager_left(tmp_path: Path) -> None:
    manager, worker, other = _child("pass", tmp_path), _child("pass", tmp_path), _child("pass", tmp_path / "other")
    manager.kill()
    assert not stop(manager, tmp_path)
    assert worker.wait() == -9
    assert other.poll() is None
    assert stop(other, tmp_path / "other")


def test_a_port_in_use_is_not_chosen() -> None:
    with serving() as api:
        assert free_port(api.server_port) != api.server_port
