"""One buffer in front of a blocking socket, from which payloads are poured into a sink without a copy."""

import contextlib
import mmap
import os
import select
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

BUFFER_BYTES = 1024 * 1024
_RECEIVE_SECONDS = 1  # how late an interruption may be noticed
_SEND_SECONDS = 30  # how long a peer may leave our answers unread
_TIMEVAL = struct.Struct("@ll")


class Disconnected(Exception):
    """The connection ended while more was expected."""


class Interrupted(Exception):
    """This side gave up while more was expected."""


class Sink(Protocol):
    """Takes payloads; must be done with them when it returns."""

    def write(self, parts: Sequence[memoryview]) -> None:
        """Take `parts`, in order."""


class Wakeup:
    """Ends another thread's wait for a socket."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # a late `set` must not write to a descriptor that is someone else's now
        self._descriptor = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)

    def fileno(self) -> int:
        """Return the descriptor to poll, -1 once closed."""
        return self._descriptor

    def set(self) -> None:
        """Wake the waiting thread, or keep it from waiting the next time."""
        with self._lock:
            if self._descriptor >= 0:
                os.eventfd_write(self._descriptor, 1)

    def clear(self) -> None:
        """Be ready for the next `set`."""
        with contextlib.suppress(BlockingIOError):
            os.eventfd_read(self._descriptor)

    def close(self) -> None:
        """Release the descriptor; `set` does nothing from now on."""
        with self._lock:
            if self._descriptor >= 0:
                os.close(self._descriptor)
                self._descriptor = -1


class SocketBuffer:
    """Reads a socket in large pieces. All methods belong to one thread.

    Parameters
    ----------
    connection : socket.socket
        Connected, with TLS or without. It is made blocking; a send waits at most 30 s for the peer to read.
    wakeup : Wakeup
        Ends `wait`.
    must_stop : callable
        Asked every second while more is expected.
    on_bytes : callable
        Told whenever something came.
    on_waited : callable, optional
        Told, while more is expected, the seconds of each wait and the bytes that it brought; may raise.
    """

    def __init__(
        self,
        connection: socket.socket,
        wakeup: Wakeup,
        must_stop: Callable[[], bool],
        on_bytes: Callable[[], None],
        on_waited: Callable[[float, int], None] | None = None,
    ) -> None:
        self._tls = connection if isinstance(connection, ssl.SSLSocket) else None
        connection.settimeout(None if self._tls is None else _SEND_SECONDS)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _TIMEVAL.pack(_RECEIVE_SECONDS, 0))
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _TIMEVAL.pack(_SEND_SECONDS, 0))
        self._connection = connection
        self._wakeup = wakeup
        self._must_stop = must_stop
        self._on_bytes = on_bytes
        self._on_waited = on_waited or (lambda seconds, size_bytes: None)
        self._poll = select.poll()
        self._poll.register(connection, select.POLLIN)
        self._poll.register(wakeup, select.POLLIN)
        self._arrivals = select.poll()
        self._arrivals.register(connection, select.POLLIN)
        self._asked_at = time.monotonic()
        self._view = memoryview(mmap.mmap(-1, BUFFER_BYTES))  # not from the heap: it goes back when it is closed
        self._start = self._end = 0
        self._payload: list[memoryview] = []
        self._sink: Sink | None = None
        self._closed = False

    def wait(self, seconds: float) -> bool:
        """Wait for bytes.

        Parameters
        ----------
        seconds : float
            At most this long; shorter where the wakeup is set.

        Returns
        -------
        bool
            Whether there is something to read, be it the end of the connection.
        """
        if self._closed or self._connection.fileno() < 0:
            return False
        if self._end > self._start or self._pending():
            return True
        found = dict(self._poll.poll(seconds * 1000.0))
        if found.pop(self._wakeup.fileno(), None):
            self._wakeup.clear()
        return bool(found)

    def fill(self, size: int) -> None:
        """Wait until `size` bytes are in the buffer.

        Parameters
        ----------
        size : int
            At most `BUFFER_BYTES`.

        Raises
        ------
        Disconnected, Interrupted
            If they do not come.
        """
        while self._end - self._start < size:
            self._receive(0)

    def peek(self, header: struct.Struct) -> tuple[Any, ...]:
        """Return a header at the front of the buffer, where `fill` has brought it."""
        return header.unpack_from(self._view, self._start)

    def take(self, size: int) -> memoryview:
        """Remove bytes that are in the buffer. They are good until anything else is read."""
        self._start += size
        return self._view[self._start - size : self._start]

    def read(self, size: int) -> bytearray:
        """Return the next `size` bytes, however many.

        Raises
        ------
        Disconnected, Interrupted
            If they do not come.
        """
        data = bytearray()
        while len(data) < size:
            self.fill(1)
            data += self.take(min(size - len(data), self._end - self._start))
        return data

    def pour(self, size: int, sink: Sink) -> None:
        """Hand the next `size` bytes to `sink`, the last of them only with `flush`.

        Raises
        ------
        Disconnected, Interrupted
            If they do not come.
        """
        self._sink = sink
        while size:
            count = min(size, self._end - self._start)
            if count:
                self._payload.append(self.take(count))
                size -= count
            else:
                self._receive(size)

    def flush(self) -> None:
        """Hand over what was poured and still lies in the buffer."""
        if self._payload and self._sink is not None:
            self._sink.write(self._payload)
        self._payload.clear()

    def close(self) -> None:
        """Read nothing more, and forget what was not handed over. The socket stays open for sending."""
        self._closed = True
        self._payload.clear()
        self._sink = None
        self._view = memoryview(b"")
        self._start = self._end = 0

    def _receive(self, expected: int) -> None:
        if self._closed:
            raise Disconnected
        self.flush()
        rest = self._end - self._start
        self._view[:rest] = bytes(self._view[self._start : self._end])
        self._start, self._end = 0, rest
        # where enough for a full buffer is certain to come, one call waits for all of it
        flags = socket.MSG_WAITALL if expected >= BUFFER_BYTES - rest else 0
        while True:
            started = time.monotonic()
            try:
                count = self._receive_into(self._view[rest:], flags)
            except BlockingIOError:
                self._on_waited(time.monotonic() - started, 0)
                self._ask()
                continue
            except OSError as error:
                raise Disconnected from error
            if not count:
                raise Disconnected
            self._end += count
            self._on_waited(time.monotonic() - started, count)
            if time.monotonic() - self._asked_at > _RECEIVE_SECONDS:
                self._ask()  # a peer that sends a byte now and then is not to keep us from stopping
            self._on_bytes()
            return

    def _ask(self) -> None:
        self._asked_at = time.monotonic()
        if self._must_stop():
            raise Interrupted

    def _pending(self) -> bool:
        return self._tls is not None and self._tls.pending() > 0

    def _receive_into(self, view: memoryview, flags: int) -> int:
        if self._tls is None:
            return self._connection.recv_into(view, 0, flags)
        if not self._pending() and not self._arrivals.poll(_RECEIVE_SECONDS * 1000.0):
            raise BlockingIOError
        return self._tls.recv_into(view)
