"""The web process's side of decoding: a few warm children, each killed when it takes too long.

A child is lost in one of two ways: the kernel ends it (memory), or we do (time). Either costs the upload that it
worked on a plain refusal; the next upload finds a new child.
"""

import atexit
import json
import logging
import mmap
import os
import queue
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from webapp.diagnosis.decode_child import JOB
from webapp.diagnosis.decoding import DicomIdentity, Facts
from webapp.diagnosis.errors import Overload, Refusal

_log = logging.getLogger(__name__)

_START_SECONDS = 60.0
_WORK_BEFORE_RENEWAL = 500
# the decoders of a child shall not make threads: the limits count their stacks
_ENVIRONMENT = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "OPENCV_IO_MAX_IMAGE_PIXELS": "200000000"}


@dataclass(frozen=True, eq=False)
class Decoded:
    """Grey levels ``(rows, columns)``, uint16, 0 black to 65535 white, and the facts beside them."""

    pixels: NDArray[np.uint16]
    facts: Facts


class _Died(Exception):
    pass


class DecodeChild:
    """One child process and the line to it."""

    def __init__(self, memory_limit_bytes: int) -> None:
        self._line, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "webapp.diagnosis.decode_child", str(theirs.fileno()), str(memory_limit_bytes)],
                cwd=settings.BASE_DIR,
                env=_ENVIRONMENT,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,  # decoders quote what they dislike, and that may be a patient's
            )
        self.jobs = 0
        self._is_ready = False

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    def is_alive(self) -> bool:
        """Tell whether it still runs."""
        return self._process.poll() is None

    def wait_until_ready(self) -> None:
        """Wait for its first word."""
        if not self._is_ready:
            self._read_line(time.monotonic() + _START_SECONDS)
            self._is_ready = True

    def ask(self, source: int, target: int, limit_seconds: float) -> dict[str, Any]:
        """Give it one job and return its answer.

        Raises
        ------
        TimeoutError
            If it took longer.
        _Died
            If it ended instead.
        """
        self.jobs += 1
        try:
            socket.send_fds(self._line, [JOB], [source, target])
        except OSError as error:
            raise _Died from error
        return self._read_line(time.monotonic() + limit_seconds)

    def _read_line(self, deadline: float) -> dict[str, Any]:
        found = b""
        while not found.endswith(b"\n"):
            self._line.settimeout(max(0.001, deadline - time.monotonic()))
            try:
                more = self._line.recv(65536)
            except ConnectionError as error:
                raise _Died from error
            if not more:
                raise _Died
            found += more
        answer: dict[str, Any] = json.loads(found)
        return answer

    def end(self) -> None:
        """Kill it; an idle one has nothing to lose."""
        self._line.close()
        self._process.kill()
        self._process.wait()


class DecodePool:
    """A fixed number of places, each with a child or still without one."""

    def __init__(self, size: int, limit_seconds: float, memory_limit_bytes: int) -> None:
        self._limit_seconds = limit_seconds
        self._memory_limit_bytes = memory_limit_bytes
        self._places: queue.LifoQueue[DecodeChild | None] = queue.LifoQueue()
        self._children: set[DecodeChild] = set()
        self._lock = threading.Lock()
        self.lost = 0
        """How many children died at work or were killed for taking too long."""
        for _ in range(size):
            self._places.put(None)

    def warm_up(self) -> None:
        """Start every child now."""
        places = [self._places.get() for _ in range(self._places.qsize())]
        for place in places:
            self._places.put(place or self._start())

    def children(self) -> list[int]:
        """Return the ids of the living children."""
        with self._lock:
            return [child.pid for child in self._children]

    def decode(self, source: BinaryIO) -> Decoded:
        """Decode an upload in a child.

        Raises
        ------
        Refusal
            If it cannot be decoded, or not within the limits.
        Overload
            If every child stays busy.
        """
        source.flush()
        try:
            child = self._places.get(timeout=2 * self._limit_seconds)
        except queue.Empty:
            raise Overload("Too many images are being decoded now. Please try again later.") from None
        with _nameless_file() as target:
            try:
                if child is None or not child.is_alive():
                    self._drop(child)
                    child = self._start()
                answer = self._ask(child, source.fileno(), target.fileno())
                if answer.get("ends") or child.jobs >= _WORK_BEFORE_RENEWAL:
                    self._drop(child)
                    child = None
            except BaseException:
                self._drop(child)
                child = None
                raise
            finally:
                self._places.put(child)
            if "facts" not in answer:
                raise Refusal(int(answer["status"]), str(answer["detail"]))
            return _decoded(answer, target)

    def close(self) -> None:
        """End every child."""
        with self._lock:
            children, self._children = self._children, set()
        for child in children:
            child.end()

    def _start(self) -> DecodeChild:
        child = DecodeChild(self._memory_limit_bytes)
        with self._lock:
            self._children.add(child)
        return child

    def _drop(self, child: DecodeChild | None) -> None:
        if child is not None:
            with self._lock:
                self._children.discard(child)
            child.end()

    def _ask(self, child: DecodeChild, source: int, target: int) -> dict[str, Any]:
        try:
            child.wait_until_ready()
            return child.ask(source, target, self._limit_seconds)
        except TimeoutError:
            self.lost += 1
            _log.warning("decoding an upload took longer than %g s: its process is killed", self._limit_seconds)
            raise Refusal(
                422,
                f"The image could not be decoded within {self._limit_seconds:g} s. Please export it in another form.",
            ) from None
        except _Died:
            self.lost += 1
            _log.warning("the process that decoded an upload died")
            raise Refusal(
                422, "The image could not be decoded: its decoder gave up. Please export it again, in another form."
            ) from None


def _nameless_file() -> BinaryIO:
    """Return a file without a name: in memory where the system can, else on the disk."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("grey-levels", os.MFD_CLOEXEC), "w+b")
    return tempfile.TemporaryFile(dir=_folder())


def _folder() -> Path:
    folder: Path = settings.NODE_RUN_DIR
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _decoded(answer: dict[str, Any], target: BinaryIO) -> Decoded:
    values = answer["facts"]
    dicom = values.pop("dicom")
    facts = Facts(**values, dicom=None if dicom is None else DicomIdentity(**dicom))
    # the mapping outlives the file; the network reads it in place
    mapped = mmap.mmap(target.fileno(), 0, access=mmap.ACCESS_READ)
    pixels = np.frombuffer(mapped, np.uint16, facts.rows * facts.columns).reshape(facts.rows, facts.columns)
    return Decoded(pixels, facts)


@cache
def pool() -> DecodePool:
    """Return this process's children, as the settings want them."""
    made = DecodePool(
        settings.NODE_DECODE_PROCESSES, settings.NODE_DECODE_SECONDS_LIMIT, settings.NODE_DECODE_BYTES_LIMIT
    )
    atexit.register(made.close)
    return made
