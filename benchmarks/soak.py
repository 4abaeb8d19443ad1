"""The receiving process as it is shipped, rows and all: its memory over many images."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.receivers import AE_TITLE, Receiver, free_port, wait_until_listening
from benchmarks.senders import start_senders, wait_for

GOAL_MB = 150.0
GOAL_GROWTH_MB = 8.0
_STEPS = 10
_ROOT = Path(__file__).parents[1]


@contextlib.contextmanager
def running_node(folder: Path) -> Iterator[Receiver]:
    """Run ``manage.py run_scp`` with its data in `folder`."""
    port = free_port()
    environment = os.environ | {
        "NODE_DATA_DIR": str(folder),
        "NODE_AE_TITLE": AE_TITLE,
        "NODE_DICOM_PORT": str(port),
    }
    folder.mkdir()
    manage = [sys.executable, "manage.py"]
    with (folder / "log.txt").open("wb") as log:
        subprocess.run([*manage, "migrate"], cwd=_ROOT, env=environment, stdout=log, stderr=log, check=True)
        process = subprocess.Popen([*manage, "run_scp"], cwd=_ROOT, env=environment, stdout=log, stderr=log)
        try:
            wait_until_listening(process, port, folder)
            yield Receiver("manage.py run_scp", process, port, folder)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30.0)


def soak(folder: Path, data_set: Path, images: int) -> int:
    """Send `images` by two senders at a time, print the memory on the way; return 1 where a goal is missed."""
    resident = []
    with running_node(folder / "node") as receiver:
        print(f"at rest: {receiver.usage().resident_mb:.0f} MB")
        for step in range(_STEPS):
            each = max(1, images // _STEPS // 2)
            seconds, _ = wait_for(start_senders(receiver, data_set, 2, each, first=2 * step))
            usage = receiver.usage()
            resident.append(usage.resident_mb)
            print(
                f"{(step + 1) * each * 2:6d} images: {usage.resident_mb:5.0f} MB, {2 * each / seconds:5.1f} images/s,"
                f" load {os.getloadavg()[0]:.1f}",
                flush=True,
            )
            # their rows stay; the space for thousands of images is not needed
            for path in (folder / "node" / "archive" / "objects").rglob("*.dcm"):
                path.unlink()
    growth = resident[-1] - resident[0]
    is_met = max(resident) < GOAL_MB and growth < GOAL_GROWTH_MB
    print(
        f"{'met' if is_met else 'MISSED'}: at most {max(resident):.0f} MB (goal {GOAL_MB:.0f}),"
        f" {growth:+.1f} MB from the first tenth to the last (goal {GOAL_GROWTH_MB:.0f})"
    )
    return 0 if is_met else 1
