"""The upload API under load: 50 concurrent uploaders for a minute against a real node. ``make bench-api``.

Every upload is another picture, so none is answered from an earlier one. An uploader that is told 503 waits as
long as Retry-After says, as a client should. Printed: how many answers of each kind, percentiles of the time from
the first byte sent to the answer read, and the machine's load. Anything but 2xx, or 503 with Retry-After, fails.
"""

import argparse
import io
import os
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import requests
from PIL import Image
from rich.console import Console
from rich.table import Table

from tests.journey.node import Node
from tests.phantoms import breast_phantom

_PERCENTILES = (50, 90, 95, 99)


@dataclass
class Tally:
    """What the uploaders saw."""

    answers: Counter[str] = field(default_factory=Counter)
    accepted_ms: list[float] = field(default_factory=list)
    refused_ms: list[float] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, kind: str, milliseconds: float) -> None:
        """Count one answer."""
        with self.lock:
            self.answers[kind] += 1
            if kind == "200":
                self.accepted_ms.append(milliseconds)
            if kind.startswith("503"):
                self.refused_ms.append(milliseconds)


def main() -> int:
    """Start the node, let the uploaders loose, print; return 1 where an answer was wrong."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="mammonode-bench-") as name:
        node = Node(Path(name))
        try:
            print("Starting the node", flush=True)
            node.start()
            tally = _load(node, options)
            node.stop()
        finally:
            node.discard()
    return _print(tally, options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--uploaders", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rows", type=int, default=1200)
    parser.add_argument("--columns", type=int, default=900)
    return parser.parse_args()


def _load(node: Node, options: argparse.Namespace) -> Tally:
    grey = breast_phantom(laterality="R", view="CC", rows=options.rows, columns=options.columns, bits=8, seed=1).astype(
        np.uint8
    )
    tally = Tally()
    end = time.monotonic() + options.seconds
    threads = [
        threading.Thread(target=_upload_until, args=(node, grey, number, end, tally))
        for number in range(options.uploaders)
    ]
    print(f"{options.uploaders} uploaders for {options.seconds:g} s", flush=True)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return tally


def _upload_until(
    node: Node, grey: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], number: int, end: float, tally: Tally
) -> None:
    with requests.Session() as http:
        count = 0
        while time.monotonic() < end:
            count += 1
            pause = _upload(http, node, _picture(grey, number, count), tally)
            time.sleep(max(0.0, min(pause, end - time.monotonic())))


def _picture(grey: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], number: int, count: int) -> bytes:
    """Return the picture with its own number in its first pixels."""
    own = grey.copy()
    own[0, :8] = list(f"{number:04d}{count:04d}".encode())
    with io.BytesIO() as stream:
        Image.fromarray(own).save(stream, "PNG", compress_level=1)
        return stream.getvalue()


def _upload(http: requests.Session, node: Node, content: bytes, tally: Tally) -> float:
    """Upload once and return how long to wait before the next."""
    started = time.perf_counter()
    try:
        answer = http.post(
            f"{node.url}/api/v1/diagnosis/",
            files={"image": ("view.png", content)},
            headers=node.authorization,
            timeout=120,
        )
    except requests.RequestException as error:
        tally.note(type(error).__name__, 0.0)
        return 0.0
    elapsed = (time.perf_counter() - started) * 1000
    if answer.status_code == 503:
        wait = answer.headers.get("Retry-After")
        tally.note("503 with Retry-After" if wait else "503 WITHOUT Retry-After", elapsed)
        return float(wait or 0)
    tally.note(str(answer.status_code), elapsed)
    return 0.0


def _print(tally: Tally, options: argparse.Namespace) -> int:
    console = Console()
    table = Table("milliseconds", "answers", *(f"{share} %" for share in _PERCENTILES), "longest")
    for name, times in (("scored (200)", tally.accepted_ms), ("told to wait (503)", tally.refused_ms)):
        if len(times) > 1:
            cuts = statistics.quantiles(times, n=100)
            table.add_row(
                name, str(len(times)), *(f"{cuts[share - 1]:.0f}" for share in _PERCENTILES), f"{max(times):.0f}"
            )
    console.print(table)
    rate = len(tally.accepted_ms) / options.seconds
    console.print(f"{rate:.2f} scored a second; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    console.print("Answers: " + ", ".join(f"{kind}: {count}" for kind, count in sorted(tally.answers.items())))
    wrong = set(tally.answers) - {"200", "503 with Retry-After"}
    reached = bool(tally.accepted_ms) and not wrong
    console.print("Goal, nothing but 2xx or 503 with Retry-After: " + ("reached" if reached else "MISSED"))
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
