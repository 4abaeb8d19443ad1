"""Child processes that write to a log file and leave nothing behind, whatever becomes of the test."""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from tests.journey.waiting import NotInTimeError, wait_until


def run(
    command: Sequence[str | Path],
    *,
    timeout_seconds: float = 60,
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end and return its exit code and all it said (stderr joined to stdout)."""
    return subprocess.run(
        [str(word) for word in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=timeout_seconds,
        env=None if environment is None else dict(environment),
        check=False,
    )


class ChildProcess:
    """One program in a session of its own, with everything it starts."""

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        log: Path,
        *,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        user: str | None = None,
    ) -> None:
        self.name = name
        self.log = log
        self._family: dict[int, psutil.Process] = {}
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [*_tied_to_this_process(user), *(str(word) for word in command)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=None if environment is None else dict(environment),
                cwd=folder,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    def is_running(self) -> bool:
        return self._process.poll() is None

    def wait(self, timeout_seconds: float) -> int:
        """Wait until the program ends by itself and return its exit code."""
        return self._process.wait(timeout_seconds)

    def text(self) -> str:
        """Return all that the program has said so far."""
        return self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""

    def tail(self, lines: int = 40) -> str:
        return "\n".join(self.text().splitlines()[-lines:])

    def family(self) -> list[psutil.Process]:
        """Return the living processes that this one started, also those that lost their parent since."""
        for process in self.descendants():
            self._family[process.pid] = process
        return [process for process in self._family.values() if process.is_running()]

    def descendants(self) -> list[psutil.Process]:
        """Return the processes that stand below this one now."""
        try:
            return psutil.Process(self.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def wait_for(self, probe: Callable[[], object], timeout_seconds: float, what: str) -> None:
        """Wait until the probe is true; fail at once, with the log, when the program has ended."""

        def answered_or_ended() -> bool:
            return bool(probe()) or not self.is_running()

        try:
            wait_until(answered_or_ended, timeout_seconds, f"{self.name}: {what}", seen=self.tail)
        finally:
            self.family()
        if not self.is_running():
            raise NotInTimeError(f"{self.name} ended with {self._process.returncode} before {what}:\n{self.tail()}")

    def stop(self, timeout_seconds: float = 20, *, by: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end, wait, then kill what is left of it and of all it started; return its exit code."""
        self.family()
        if self.is_running():
            self._process.send_signal(by)
        try:
            self._process.wait(timeout_seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise NotInTimeError(
                f"{self.name} did not end within {timeout_seconds:g} s after {by.name}:\n{self.tail()}"
            ) from None
        finally:
            self.kill()
        return self._process.returncode

    def kill(self) -> None:
        """Kill it and everything that descends from it."""
        family = self.family()
        if self.is_running():
            self._process.kill()
        self._process.wait(10)
        for process in family:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        psutil.wait_procs(family, timeout=10)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()


def _tied_to_this_process(user: str | None) -> list[str]:
    """Return the words by which a program ends when the tests are killed, and changes its user."""
    setpriv = shutil.which("setpriv")
    if user is not None and os.geteuid() == 0:
        assert setpriv is not None, "setpriv (util-linux) is needed to start a server as another user"
        return [setpriv, "--reuid", user, "--regid", user, "--init-groups", "--pdeathsig", "TERM"]
    return [setpriv, "--pdeathsig", "TERM"] if setpriv is not None else []
