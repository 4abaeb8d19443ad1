"""How fast a peer must be in the middle of a message, so that a byte now and then holds no association for ever.

Only time counts in which this side waits for the peer, and only while a message has begun and is not complete. What
this side takes to write, and a peer's pauses between messages, count nothing: those have the idle time.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

_LONGEST_SHARE = 0.25


class TooSlow(Exception):
    """The peer brought less than it must."""


@dataclass(frozen=True)
class LeastPace:
    """What a peer must bring, on average over a window of waiting.

    Parameters
    ----------
    bytes_per_second : int
        0 for any.
    seconds : float
        The window. As long as the idle time, it cuts off no peer for a pause that the idle time allows.
    """

    bytes_per_second: int = 1024
    seconds: float = 120.0


class Pace:
    """The pace of one peer. All methods belong to the thread that reads."""

    def __init__(self, least: LeastPace) -> None:
        self._least = least
        self._waited = 0.0
        self._bytes = 0

    def note(self, waited_seconds: float, size_bytes: int) -> None:
        """Note what one wait brought.

        A single wait counts for a part of the window at most: where this process or machine stood still meanwhile,
        the peer is not to blame.

        Raises
        ------
        TooSlow
            If a window is over and brought too little.
        """
        self._waited += min(waited_seconds, self._least.seconds * _LONGEST_SHARE)
        self._bytes += size_bytes
        if self._waited < self._least.seconds:
            return
        came = self._bytes
        self.restart()
        if came < self._least.bytes_per_second * self._least.seconds:
            raise TooSlow(f"{came} bytes came in {self._least.seconds:g} s of waiting, within a message")

    def restart(self) -> None:
        """Begin anew: a message is complete."""
        self._waited, self._bytes = 0.0, 0

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Note the time of a wait that brings no byte by itself."""
        started = time.monotonic()
        yield
        self.note(time.monotonic() - started, 0)
