"""A worker whose pool lost a task ends, and is not left alive doing nothing."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from config.worker_watch import PoolWatch

REPOSITORY = Path(__file__).resolve().parents[2]

# an app whose children take for ever to be ready, as those that load a model before they say so
APP = """
import time
from pathlib import Path
from celery import Celery
from celery.signals import worker_process_init
from config import worker_watch

worker_watch.PATIENCE_SECONDS = worker_watch.LOOK_EVERY_SECONDS = 0.5
here = Path(__file__).parent
(here / "messages").mkdir(exist_ok=True)
app = Celery("sleepy", broker="filesystem://", broker_transport="config.folder_queue:Transport")
folders = {"data_folder_in": str(here / "messages"), "data_folder_out": str(here / "messages")}
app.conf.broker_transport_options = {**folders, "control_folder": str(here / "control")}
app.conf.update(task_acks_late=True, task_ignore_result=True, worker_proc_alive_timeout=100.0)


@worker_process_init.connect
def sleep_for_ever(**_):
    time.sleep(1000)


@app.task(name="work")
def work():
    pass
"""


class Job:
    """What the watch sees of a job of Celery's pool."""

    def __init__(self, *, accepted: bool = False) -> None:
        self._accepted = accepted

    def accepted(self) -> bool:
        return self._accepted

    def ready(self) -> bool:
        return False


def test_a_task_that_nobody_takes_is_noticed_after_the_patience() -> None:
    watch, job = PoolWatch(patience_seconds=20), Job()
    assert not watch.has_lost_a_task([job], now=100)
    assert not watch.has_lost_a_task([job], now=120)
    assert watch.has_lost_a_task([job], now=121)


def test_a_task_under_way_may_take_its_time() -> None:
    watch, job = PoolWatch(patience_seconds=20), Job(accepted=True)
    assert not watch.has_lost_a_task([job], now=100)
    assert not watch.has_lost_a_task([job], now=1000)


def test_one_task_after_another_is_not_one_that_waits() -> None:
    watch = PoolWatch(patience_seconds=20)
    assert not any(watch.has_lost_a_task([Job()], now=second) for second in range(100))


@pytest.fixture
def worker(tmp_path: Path) -> Iterator["subprocess.Popen[bytes]"]:
    (tmp_path / "sleepy.py").write_text(APP, encoding="utf-8")
    command = [sys.executable, "-m", "celery", "-A", "sleepy", "worker", "-c", "1", "--without-mingle"]
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{REPOSITORY}", "NODE_DATA_DIR": str(tmp_path)}
    environment["DJANGO_SETTINGS_MODULE"] = "config.settings"
    log = (tmp_path / "worker.log").open("wb")
    with log, subprocess.Popen(command, env=environment, cwd=tmp_path, stdout=log, stderr=log) as process:
        yield process
        for child in psutil.Process(process.pid).children() if process.poll() is None else []:
            child.kill()
        process.kill()


def test_a_worker_ends_when_its_child_died_with_a_task_it_had_not_taken(
    worker: "subprocess.Popen[bytes]", tmp_path: Path
) -> None:
    child = _first_child(worker.pid)
    send = "import sleepy; sleepy.work.delay()"
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{REPOSITORY}", "NODE_DATA_DIR": str(tmp_path)}
    environment["DJANGO_SETTINGS_MODULE"] = "config.settings"
    subprocess.run([sys.executable, "-c", send], env=environment, cwd=tmp_path, check=True, timeout=60)
    _wait(lambda: not list((tmp_path / "messages").iterdir()))

    os.kill(child, signal.SIGKILL)

    assert worker.wait(60) == os.EX_TEMPFAIL


def _first_child(pid: int) -> int:
    found: list[int] = []

    def look() -> bool:
        found[:] = [child.pid for child in psutil.Process(pid).children()]
        return bool(found)

    _wait(look)
    return found[0]


def _wait(probe: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not probe():
        assert time.monotonic() < end
        time.sleep(0.05)
