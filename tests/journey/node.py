"""The node under test: `manage.py run_node` as a child process, asked over HTTP and DICOM like any node."""

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Self

import psutil
import requests

from tests.journey import leaks
from tests.journey.ports import LOOPBACK, free_port, is_open
from tests.journey.processes import ChildProcess, run
from tests.journey.waiting import NotInTimeError, wait_until

REPOSITORY = Path(__file__).resolve().parents[2]
AE_TITLE = "MAMMONODE"
# TensorFlow takes its time, more so on a busy machine
START_SECONDS = 300
STUDY_SECONDS = 90
# the processes that the tests kill, as the node names them
RECEIVER, WORKER = "scp", "analysis"
ENDED = frozenset({"SENT", "DELIVERED", "FAILED"})

# what belongs to the tests or to the person who runs them, not to the node
_NOT_INHERITED = ("NODE_", "DJANGO_", "DATABASE_URL", "CELERY_", "PYTEST_", "PYTHONWARNINGS")

Study = dict[str, Any]


class Node:
    """One node with a data folder and ports of its own."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.data = folder / "data"
        self.dicom_port, self.http_port = free_port(), free_port()
        self._folder = folder
        self._settings = settings
        self._process: ChildProcess | None = None
        self._http = requests.Session()

    # -------------------------------------------------------------- start and stop

    @property
    def environment(self) -> dict[str, str]:
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(_NOT_INHERITED)}
        return {
            **inherited,
            "NODE_DATA_DIR": str(self.data),
            "NODE_AE_TITLE": AE_TITLE,
            "NODE_BIND": LOOPBACK,
            "NODE_DICOM_PORT": str(self.dicom_port),
            "NODE_HTTP_PORT": str(self.http_port),
            "NODE_STUDY_QUIET_SECONDS": "3",
            "NODE_DISK_RESERVE_BYTES": "0",
            "NODE_UPLOAD_RATE": "100000/minute",
            # tests ask again and again until something is so
            "NODE_API_RATE": "100000/minute",
            "NODE_API_TOKEN_RATE": "100000/minute",
            "NODE_RETRY_FIRST_SECONDS": "0.5",
            "NODE_RETRY_LONGEST_SECONDS": "1",
            **self._settings,
        }

    def start(self, **settings: str) -> Self:
        """Start every process and wait until the node is ready for work; nothing where it runs already."""
        if self._process is not None and self._process.is_running():
            return self
        self._settings |= settings
        self._process = ChildProcess(
            "run_node",
            [sys.executable, "manage.py", "run_node"],
            self._folder / "stdout.log",
            environment=self.environment,
            folder=REPOSITORY,
        )
        try:
            self._process.wait_for(self.is_ready, START_SECONDS, "ready")
        except NotInTimeError as error:
            self._process.kill()
            raise NotInTimeError(f"{error}\n{self.log_tail()}") from None
        return self

    def is_ready(self) -> bool:
        """Tell whether the web side says ready and the DICOM port answers."""
        try:
            answer = requests.get(f"{self.url}/health/ready", timeout=5)
        except requests.RequestException:
            return False
        return answer.status_code == 200 and is_open(self.dicom_port)

    def stop(self, timeout_seconds: float = 60) -> int:
        """Send SIGTERM, wait for the drain, and see that nothing of a patient stands in any log."""
        assert self._process is not None
        try:
            return self._process.stop(timeout_seconds)
        finally:
            self._process = None
            leaks.refuse_patients(self.logs())

    def finish(self) -> None:
        """End without a drain, which is tested elsewhere, and see that no log names a patient."""
        self.discard()
        leaks.refuse_patients(self.logs())

    def discard(self) -> None:
        """Kill what is left, for a test that failed or stopped the node itself."""
        if self._process is not None:
            self._process.kill()
            self._process = None

    def manage(self, *words: str) -> str:
        """Run another command of the same installation and return what it said."""
        command = [sys.executable, str(REPOSITORY / "manage.py"), *words]
        done = run(command, timeout_seconds=120, environment=self.environment)
        assert done.returncode == 0, done.stdout
        return done.stdout

    # -------------------------------------------------------------- processes

    def pids(self) -> dict[str, int]:
        """Return the running processes by name, from the node's own files."""
        found = {}
        for path in sorted((self.data / "run").glob("*.pid")):
            text = path.read_text(encoding="ascii").strip()
            if text.isdigit() and psutil.pid_exists(int(text)):
                found[path.stem] = int(text)
        return found

    def pid(self, name: str) -> int:
        return wait_until(lambda: self.pids().get(name), 60, f"process {name!r} running", seen=lambda: self.pids())

    def kill(self, name: str) -> int:
        """Kill one process as the kernel does when memory runs out; return the pid that is no more."""
        pid = self.pid(name)
        os.kill(pid, signal.SIGKILL)
        return pid

    def family(self) -> list[psutil.Process]:
        """Return every living process that the node started."""
        return [] if self._process is None else self._process.family()

    def orphans(self) -> list[str]:
        """Return the processes of this node that no longer stand below its process manager."""
        assert self._process is not None
        known = {self._process.pid, *(process.pid for process in self._process.descendants())}
        found = []
        for process in psutil.process_iter():
            try:
                ours = process.environ().get("NODE_DATA_DIR") == str(self.data)
                if ours and process.pid not in known:
                    found.append(f"{process.pid} (child of {process.ppid()}): {' '.join(process.cmdline())}")
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
        return found

    @property
    def tls_port(self) -> int:
        """The second DICOM port, where the node was given one."""
        return int(self._settings["NODE_DICOM_TLS_PORT"])

    def is_accepting(self) -> bool:
        return is_open(self.dicom_port)

    # -------------------------------------------------------------- asking

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.http_port}"

    @property
    def first_run(self) -> dict[str, str]:
        content: dict[str, str] = json.loads((self.data / "first-run.json").read_text(encoding="utf-8"))
        return content

    @property
    def authorization(self) -> dict[str, str]:
        return {"Authorization": f"Token {self.first_run['api_token']}"}

    def get(self, path: str) -> requests.Response:
        # a process that was killed takes its connections along: one more try costs nothing
        try:
            return self._http.get(self.url + path, headers=self.authorization, timeout=30)
        except requests.ConnectionError:
            return self._http.get(self.url + path, headers=self.authorization, timeout=30)

    def study(self, study_instance_uid: str) -> Study | None:
        """Return what the API says of one study; None where the node does not know it."""
        answer = self.get(f"/api/studies/{study_instance_uid}/")
        if answer.status_code == 404:
            return None
        answer.raise_for_status()
        found: Study = answer.json()
        return found

    def studies(self) -> list[Study]:
        """Return every study, page after page."""
        found: list[Study] = []
        while True:
            answer = self.get(f"/api/studies/?limit=50&offset={len(found)}")
            answer.raise_for_status()
            page = answer.json()
            found += page["results"]
            if len(found) >= page["count"] or not page["results"]:
                return found

    def wait_for_study(
        self,
        study_instance_uid: str,
        states: Iterable[str] = ("SENT",),
        *,
        number: int = 1,
        timeout_seconds: float = STUDY_SECONDS,
        also: Callable[[Study], bool] = lambda _: True,
    ) -> Study:
        """Wait until a round of the study is in one of the states; fail at once when it ended otherwise."""
        wanted = frozenset(states)
        seen: list[Study | None] = [None]

        def reached() -> Study | None:
            study = seen[0] = self.study(study_instance_uid)
            if study is None or (study["round"] or 0) < number:
                return None
            if study["state"] in wanted and also(study):
                return study
            # what is sent may still be proved
            passing = {"SENT"} if "DELIVERED" in wanted else set()
            over = study["state"] in ENDED - wanted - passing and study["round"] == number
            assert not over, f"the study ended {study['state']}, not {sorted(wanted)}: {study}"
            return None

        try:
            return wait_until(
                reached,
                timeout_seconds,
                f"study in {sorted(wanted)}, round {number}",
                seen=lambda: seen[0],
            )
        except NotInTimeError as error:
            raise NotInTimeError(f"{error}\n{self.log_tail()}") from None

    # -------------------------------------------------------------- files

    def logs(self) -> dict[str, bytes]:
        """Return everything the node wrote to its logs and to its standard output."""
        paths = [self._folder / "stdout.log", *sorted((self.data / "logs").rglob("*"))]
        return {path.name: path.read_bytes() for path in paths if path.is_file()}

    def log_tail(self, lines: int = 30) -> str:
        """Return the end of every log, for the message of a failing test."""
        parts = []
        for name, content in self.logs().items():
            text = content.decode("utf-8", errors="replace").splitlines()[-lines:]
            parts.append("\n".join([f"--- {name}", *text]))
        return "\n".join(parts)

    def archived(self, sop_instance_uid: str) -> Path | None:
        """Return the stored file of an object; None where there is none."""
        return next((self.data / "archive" / "objects").glob(f"*/*/{sop_instance_uid}.dcm"), None)

    def archived_files(self) -> list[Path]:
        return sorted((self.data / "archive" / "objects").rglob("*.dcm"))

    def uptime_seconds(self, name: str) -> float:
        return time.time() - psutil.Process(self.pid(name)).create_time()
