"""What a caller may still ask for in a window of time, counted together by every process.

A window's allowance is cut into parts. A process takes a part by adding its row to the shared cache, which one process
alone can do, and hands it out from memory: one caller costs some rows a window instead of one a request, and all
processes together never hand out more than the allowance (ADR 0047).
"""

import logging
import threading
import time
from dataclasses import dataclass, field
from typing import Final

from django.core.cache import cache
from django.db import Error as DatabaseFault

_PARTS: Final = 20
_REMEMBERED: Final = 10_000

_log = logging.getLogger(__name__)


class _UncountedError(Exception):
    """The shared cache took no part and has none of it either."""


@dataclass(frozen=True)
class Rate:
    """So many requests in so many seconds."""

    requests: int
    seconds: int

    def part(self, number: int) -> int:
        """Return how many requests a part is worth; all parts together are the whole allowance."""
        return self.requests * (number + 1) // self.parts - self.requests * number // self.parts

    @property
    def parts(self) -> int:
        """Return how many parts there are: fewer than usual where the allowance is small."""
        return min(self.requests, _PARTS)


@dataclass
class _Held:
    """What this process holds of a caller's window."""

    window: int
    ends_at: float
    left: int = 0
    # nothing more is to be had: every part is taken, or this process counts alone and has handed all out
    is_spent: bool = False


@dataclass
class Allowances:
    """Every caller of this process. Threads share one of these."""

    _held: dict[str, _Held] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, caller: str, rate: Rate, now: float | None = None) -> float | None:
        """Count one request; return None where it is within the allowance, else the seconds until the next window."""
        now = time.time() if now is None else now
        window = int(now // rate.seconds)
        ends_at = float((window + 1) * rate.seconds)
        with self._lock:
            held = self._current(caller, window, ends_at, now)
            if self._hand_out(held):
                return None
            if held.is_spent:
                return ends_at - now
        # asked for outside the lock: other callers need not wait for the database
        part, is_last = self._claim(f"throttle:{caller}:{window}", rate)
        with self._lock:
            held.left += part
            held.is_spent = held.is_spent or is_last
            return None if self._hand_out(held) else ends_at - now

    def forget(self) -> None:
        """Give up what this process holds."""
        with self._lock:
            self._held.clear()

    def _current(self, caller: str, window: int, ends_at: float, now: float) -> _Held:
        held = self._held.get(caller)
        if held is not None and held.window == window:
            return held
        if len(self._held) >= _REMEMBERED:
            over = [name for name, one in self._held.items() if one.ends_at <= now]
            for name in over or list(self._held):
                del self._held[name]
        held = self._held[caller] = _Held(window, ends_at)
        return held

    @staticmethod
    def _hand_out(held: _Held) -> bool:
        if held.left <= 0:
            return False
        held.left -= 1
        return True

    @staticmethod
    def _claim(name: str, rate: Rate) -> tuple[int, bool]:
        """Return the requests of a part that is now this process's, and whether there will be no more."""
        try:
            return _free_part(name, rate)
        except (DatabaseFault, _UncountedError) as fault:
            # neither an open door nor a closed one: this process counts for itself until the window is over
            _log.error("requests are counted by this process alone: %s", type(fault).__name__)
            return rate.requests, True


def _free_part(name: str, rate: Rate) -> tuple[int, bool]:
    rows = [f"{name}:{number}" for number in range(rate.parts)]
    taken = cache.get_many(rows)
    for number, row in enumerate(rows):
        if row in taken:
            continue
        if cache.add(row, 1, timeout=2 * rate.seconds):
            return rate.part(number), False
        if cache.get(row) is None:
            raise _UncountedError
    return 0, True


shared = Allowances()
