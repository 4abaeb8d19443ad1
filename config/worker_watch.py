"""Ends a worker whose pool has lost a message, so that the process manager starts a sound one.

When a child of Celery's pool is killed after a task was written to it and before it said so, the pool waits for
that child for ever. With one message at a time the worker takes no other: it looks alive and does nothing. Here
the worker looks at its own pool, and ends when a task was taken by nobody for too long. The database knows what
is to be done: the broker or the sweep brings it to the next worker.
"""

import logging
import os
import signal
import time
from collections.abc import Iterable
from typing import Any

from celery.signals import worker_ready

_log = logging.getLogger(__name__)

LOOK_EVERY_SECONDS = 2.0
# a child says so within milliseconds; on a machine that swaps, within seconds
PATIENCE_SECONDS = 10.0


class PoolWatch:
    """Remembers since when each task waits for a child to take it."""

    def __init__(self, patience_seconds: float) -> None:
        self._patience_seconds = patience_seconds
        self._waiting_since: dict[Any, float] = {}

    def has_lost_a_task(self, jobs: Iterable[Any], now: float) -> bool:
        """Tell whether one of the pool's jobs was neither taken nor finished for longer than the patience."""
        waiting = [job for job in jobs if not job.accepted() and not job.ready()]
        self._waiting_since = {job: self._waiting_since.get(job, now) for job in waiting}
        return any(now - since > self._patience_seconds for since in self._waiting_since.values())


@worker_ready.connect
def watch_pool(sender: Any, **_: object) -> None:
    """Look at the pool every now and then, in the worker's own loop."""
    watch, pool = PoolWatch(PATIENCE_SECONDS), sender.pool._pool

    def look() -> None:
        if watch.has_lost_a_task(list(pool._cache.values()), time.monotonic()):
            _log.error("a task was written to a child that died before it took it: this worker ends and is restarted")
            # an orderly shutdown would wait for that task, too
            for child in pool._pool:
                os.kill(child.pid, signal.SIGKILL)
            os._exit(os.EX_TEMPFAIL)

    sender.timer.call_repeatedly(LOOK_EVERY_SECONDS, look)
