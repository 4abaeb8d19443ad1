"""The node as a child process: started on the environment alone, watched, stopped with SIGTERM."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psutil

from scripts.demo.errors import DemoError
from scripts.demo.leftovers import processes_of
from scripts.demo.pacs import echo
from scripts.demo.screen import shown

REPOSITORY: Final = Path(__file__).resolve().parents[2]
AE_TITLE: Final = "MAMMONODE"
# A study of one image is complete only after this long without another.
QUIET_SECONDS: Final = 3
_LOOPBACK = "127.0.0.1"
# The demo's node must never meet the database, broker or settings of a real one.
_FOREIGN = ("NODE_", "DATABASE_URL", "CELERY_", "DJANGO_")


@dataclass(frozen=True)
class SignIn:
    """What the first start of the node wrote down."""

    username: str
    password: str
    api_token: str


@dataclass(frozen=True)
class Node:
    """A running node."""

    process: subprocess.Popen[bytes]
    data_folder: Path
    log: Path
    dicom_port: int
    http_port: int

    @property
    def url(self) -> str:
        return f"http://{_LOOPBACK}:{self.http_port}"

    def check_alive(self) -> None:
        """Raise DemoError, with the end of the log, when the process has ended."""
        code = self.process.poll()
        if code is not None:
            raise DemoError(f"The node ended with exit status {code}.", self.last_words())

    def last_words(self, lines: int = 8, columns: int = 200) -> str:
        """Return the last lines of the node's own output and of the log of each of its processes."""
        said = []
        for log in (self.log, *sorted((self.data_folder / "logs").glob("*.log"))):
            tail = log.read_text("utf-8", "replace").splitlines()[-lines:] if log.exists() else []
            said += [f"{shown(log)}:", *(f"  {line[:columns]}" for line in tail)] if tail else []
        return "\n".join(said)

    def why_not_ready(self) -> str:
        """Return what is not up yet, in the node's words where it has any; nothing when all is."""
        try:
            with urllib.request.urlopen(f"{self.url}/health/ready", timeout=10):
                return "" if echo(self.dicom_port, AE_TITLE) else "the DICOM side does not answer yet"
        except urllib.error.HTTPError as error:
            with error:
                return _reasons(error.read()) or f"the web side answers {error.code}"
        except OSError:
            # not listening yet, or busy with loading the model
            return "the web side does not answer yet"

    def sign_in(self) -> SignIn:
        """Return what stands in first-run.json."""
        path = self.data_folder / "first-run.json"
        try:
            facts = json.loads(path.read_text("utf-8"))
            return SignIn(facts["username"], facts["password"], facts["api_token"])
        except (OSError, ValueError, KeyError) as error:
            raise DemoError(f"The node is ready, but {path} cannot be read: {error!r}.") from error

    def study(self, study_instance_uid: str, token: str) -> dict[str, Any] | None:
        """Return what the API says of a study, None while the node does not know it."""
        request = urllib.request.Request(
            f"{self.url}/api/studies/{study_instance_uid}/", headers={"Authorization": f"Token {token}"}
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                facts: dict[str, Any] = json.load(answer)
                return facts
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise DemoError(f"The node's API answered {error.code} to {request.full_url}.") from error
        except OSError as error:
            self.check_alive()
            raise DemoError(f"The node's API cannot be reached at {self.url}: {error}.") from error


def start(data_folder: Path, log: Path, pacs: str) -> Node:
    """Start a node that reports to `pacs` (AE@host:port)."""
    dicom_port, http_port = free_port(11112), free_port(8000)
    environment = make_environment(os.environ, data_folder, dicom_port, http_port, pacs)
    with log.open("wb") as sink:
        # A session of its own: Ctrl-C at the terminal reaches the demo alone, which stops the node in order.
        process = subprocess.Popen(
            [sys.executable, "manage.py", "run_node"],
            cwd=REPOSITORY,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Node(process, data_folder, log, dicom_port, http_port)


def make_environment(
    inherited: Mapping[str, str], data_folder: Path, dicom_port: int, http_port: int, pacs: str
) -> dict[str, str]:
    """Return the node's environment: what is inherited, less any settings of another node, and its own."""
    kept = {name: value for name, value in inherited.items() if not name.startswith(_FOREIGN)}
    return kept | {
        "NODE_DATA_DIR": str(data_folder),
        "NODE_AE_TITLE": AE_TITLE,
        "NODE_BIND": _LOOPBACK,
        "NODE_DICOM_PORT": str(dicom_port),
        "NODE_HTTP_PORT": str(http_port),
        "NODE_DESTINATIONS": pacs,
        "NODE_STUDY_QUIET_SECONDS": str(QUIET_SECONDS),
        "PYTHONUNBUFFERED": "1",
    }


def _reasons(body: bytes) -> str:
    try:
        return " ".join(json.loads(body)["reasons"])
    except (ValueError, KeyError, TypeError):
        return ""


def wait_until_ready(node: Node, seconds: float, say: Callable[[str], None]) -> None:
    """Return when the node is ready; raise DemoError when it dies or takes longer than `seconds`."""
    deadline = time.monotonic() + seconds
    while reason := node.why_not_ready():
        node.check_alive()
        if time.monotonic() > deadline:
            raise DemoError(f"The node was not ready after {seconds:.0f} s: {reason}", node.last_words())
        say(f"starting, and loading the model: {reason}")
        time.sleep(0.25)


def stop(process: subprocess.Popen[bytes], data_folder: Path, seconds: float = 120) -> bool:
    """End the node with SIGTERM and wait; return whether all of it ended by itself.

    What is left of it after that time, or at a second Ctrl-C, or because the process manager died, is killed.
    """
    process.terminate()
    with suppress(subprocess.TimeoutExpired, KeyboardInterrupt):
        process.wait(seconds)
    left = processes_of(data_folder)
    for member in left:
        with suppress(psutil.NoSuchProcess):
            member.kill()
    process.wait()
    return not left


def free_port(wanted: int) -> int:
    """Return `wanted` where nothing listens on it, else a port that is free now."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            # as the servers do: a port whose last connections are still being put to rest is free
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((_LOOPBACK, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise DemoError("No free TCP port could be found on this machine.")
