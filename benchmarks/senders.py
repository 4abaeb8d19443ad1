"""Several senders at once, each a process of its own."""

import subprocess
import sys
from pathlib import Path

from benchmarks.receivers import AE_TITLE, Receiver

_SECONDS = 600.0


def start_senders(
    receiver: Receiver, data_set: Path, senders: int, each: int, first: int
) -> list["subprocess.Popen[str]"]:
    """Start senders of `each` images and wait until they could send; `first` keeps their UIDs apart."""
    command = [sys.executable, "-m", "benchmarks.sender", str(receiver.port), AE_TITLE]
    processes = [
        subprocess.Popen(
            [*command, str(data_set), str(each), str(first + number)],
            cwd=Path(__file__).parents[1],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(senders)
    ]
    for process in processes:
        if process.stdout is None or process.stdout.readline() != "ready\n":
            raise RuntimeError("a sender could not associate")
    return processes


def wait_for(processes: list["subprocess.Popen[str]"]) -> tuple[float, float]:
    """Let the senders go; return the seconds of the slowest, and the CPU seconds of all."""
    for process in processes:
        if process.stdin is not None:
            process.stdin.write("go\n")
            process.stdin.flush()
    answers = [process.communicate(timeout=_SECONDS)[0].split() for process in processes]
    return max(float(seconds) for seconds, _ in answers), sum(float(used) for _, used in answers)
