"""Wait for a condition by asking again and again, never for a fixed time."""

import time
from collections.abc import Callable
from typing import TypeVar

Answer = TypeVar("Answer")

POLL_SECONDS = 0.05


class NotInTimeError(AssertionError):
    """A condition did not come true in time; the text says which, and what was seen last."""


def wait_until(
    probe: Callable[[], Answer | None],
    timeout_seconds: float,
    what: str,
    *,
    seen: Callable[[], object] | None = None,
) -> Answer:
    """Return the probe's first true answer; when none comes, raise with what was awaited and seen."""
    deadline = time.monotonic() + timeout_seconds
    while True:
        answer = probe()
        if answer:
            return answer
        if time.monotonic() >= deadline:
            last = f" Last seen: {seen()}" if seen is not None else ""
            raise NotInTimeError(f"Not within {timeout_seconds:g} s: {what}.{last}")
        time.sleep(POLL_SECONDS)
