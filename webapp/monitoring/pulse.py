"""The pulse of a process: its sign of life, and what it counted and saw go wrong, written to the database.

Also the deputy: the clock's worker evaluates the alert rules; where it is late, any process that still has a
pulse does it instead. So the death of the clock, the workers or the broker is noticed by the others.
"""

import atexit
import logging
import os
import socket
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

import psutil
from django.conf import settings
from django.db import connections
from django.db.models import F
from django.utils import timezone

from webapp.monitoring import error_records, tallies, watch
from webapp.monitoring.models import Heartbeat, ProcessStart

_log = logging.getLogger(__name__)

CLOCK = "clock"


class Pulse:
    """The thread behind one process."""

    def __init__(self, name: str, *, shows_life: bool, is_well: Callable[[], bool]) -> None:
        self.name = name
        self._shows_life = shows_life
        self._is_well = is_well
        self._stopping = threading.Event()
        self._deputy: threading.Thread | None = None
        self._thread = threading.Thread(target=self._run, name=f"pulse-{name}", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Write what is left, and end."""
        self._stopping.set()
        self._thread.join(5)

    def _run(self) -> None:
        if self._shows_life:
            self._guarded(self._announce_start)
        while not self._stopping.wait(settings.NODE_HEARTBEAT_SECONDS):
            self._guarded(self._beat)
        self._guarded(self._flush)

    def _guarded(self, act: Callable[[], None]) -> None:
        try:
            act()
        except Exception as error:
            # a warning, not an error: an error would be recorded, and there is nowhere to write it
            _log.warning("the pulse of %s cannot write: %s", self.name, type(error).__name__)
        finally:
            # a child that is forked must not find this thread's connection, and a server may have gone
            connections.close_all()

    def _announce_start(self) -> None:
        now, machine = timezone.now(), machine_name()
        started = datetime.fromtimestamp(psutil.Process().create_time(), tz=UTC)
        facts = {"pid": os.getpid(), "started_at": started, "beat_at": now, "expected": True}
        _, is_new = Heartbeat.objects.get_or_create(name=self.name, machine=machine, defaults=facts)
        if not is_new:
            Heartbeat.objects.filter(name=self.name, machine=machine).update(**facts, starts=F("starts") + 1)
        ProcessStart.objects.create(name=self.name, machine=machine, at=now)

    def _beat(self) -> None:
        if self._shows_life and self._is_well():
            Heartbeat.objects.filter(name=self.name, machine=machine_name()).update(
                beat_at=timezone.now(), pid=os.getpid()
            )
        self._flush()
        if self._shows_life and (self._deputy is None or not self._deputy.is_alive()) and watch.is_late():
            # a thread of its own: a mail server that does not answer must not stop this process's pulse
            self._deputy = threading.Thread(target=_stand_in, name="watch-deputy", daemon=True)
            self._deputy.start()

    def _flush(self) -> None:
        tallies.flush()
        error_records.flush(self.name)


def _stand_in() -> None:
    try:
        watch.stand_in()
    except Exception as error:
        _log.warning("the alert rules cannot be evaluated: %s", type(error).__name__)
    finally:
        connections.close_all()


_current: dict[int, Pulse] = {}
_ticks = {"noted": 0.0}


def machine_name() -> str:
    """Return this machine's name as rows keep it."""
    return socket.gethostname()[:64]


def start(name: str, *, shows_life: bool = True, is_well: Callable[[], bool] = lambda: True) -> None:
    """Start the pulse of this process; a second call changes nothing. A forked child has none until it starts one."""
    if os.getpid() not in _current:
        _current[os.getpid()] = Pulse(name, shows_life=shows_life, is_well=is_well)
        _current[os.getpid()].start()
        atexit.register(stop)


def stop() -> None:
    """End the pulse of this process, where it has one."""
    pulse = _current.pop(os.getpid(), None)
    if pulse is not None:
        pulse.stop()


def process_name() -> str:
    """Return the name under which this process has its pulse."""
    pulse = _current.get(os.getpid())
    return "unnamed" if pulse is None else pulse.name


def note_tick() -> None:
    """Note, at most once a heartbeat, that the clock's message came through."""
    now = time.monotonic()
    if now - _ticks["noted"] < settings.NODE_HEARTBEAT_SECONDS and _ticks["noted"]:
        return
    _ticks["noted"] = now
    Heartbeat.objects.update_or_create(
        name=CLOCK,
        machine="any",
        defaults={"beat_at": timezone.now(), "pid": os.getpid()},
        create_defaults={"beat_at": timezone.now(), "pid": os.getpid(), "started_at": timezone.now()},
    )


def excuse_all() -> None:
    """Give every process of this machine, and the clock, the time to start: the whole node is starting."""
    Heartbeat.objects.filter(machine__in=[machine_name(), "any"]).update(beat_at=timezone.now())
