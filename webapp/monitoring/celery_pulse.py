"""The pulse of Celery's processes: workers, their children, and the clock."""

import time
from typing import Any

from celery.signals import beat_init, worker_process_init, worker_process_shutdown, worker_ready, worker_shutting_down

from webapp.monitoring import pulse

_LOOP_SECONDS = 1.0
# a worker whose own loop has not turned for so long is not well, though its threads run
_STUCK_SECONDS = 30.0
_turned = {"at": 0.0}


def _note_turn() -> None:
    _turned["at"] = time.monotonic()


def _is_turning() -> bool:
    return time.monotonic() - _turned["at"] < _STUCK_SECONDS


@worker_ready.connect
def start_worker(sender: Any, **_: object) -> None:
    """Start the pulse of a worker: its loop has to turn for it."""
    _note_turn()
    sender.timer.call_repeatedly(_LOOP_SECONDS, _note_turn)
    pulse.start(str(sender.hostname).partition("@")[0][:32], is_well=_is_turning)


@worker_process_init.connect
def start_child(**_: object) -> None:
    """Let a child write what it counts; its parent shows life for both."""
    pulse.start("worker child", shows_life=False)


@worker_process_shutdown.connect
def stop_child(**_: object) -> None:
    """Write what is left."""
    pulse.stop()


@worker_shutting_down.connect
def stop_worker(**_: object) -> None:
    """Write what is left."""
    pulse.stop()


@beat_init.connect
def start_beat(**_: object) -> None:
    """Start the pulse of the clock's own process."""
    pulse.start("beat")
