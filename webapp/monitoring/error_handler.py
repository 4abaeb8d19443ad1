"""Every logged error is kept for the operations side: place, kind and template, without values and words.

The handler only remembers; how a traceback is written, and what is left out of it, its formatter decides. Writing rows
is left to whoever drains it, outside of any broken transaction.
"""

import logging
import os
import sys
import threading
import time
import traceback
from collections import deque
from dataclasses import dataclass
from types import TracebackType

_KEPT = 1000
_OWN_PACKAGES = frozenset({"config", "webapp", "dicom_node", "inference"})


@dataclass(frozen=True)
class LoggedError:
    """One error as the log saw it; of its arguments only UIDs."""

    at: float
    logger: str
    template: str
    kind: str
    place: str
    traceback: str
    arguments: tuple[str, ...]


_kept: deque[LoggedError] = deque(maxlen=_KEPT)
_lock = threading.Lock()


def _forget_the_parents() -> None:
    """Begin anew in a forked child: its parent records what it saw, and a lock may have been held at the fork."""
    global _lock
    _lock = threading.Lock()
    _kept.clear()


os.register_at_fork(after_in_child=_forget_the_parents)


class ErrorHandler(logging.Handler):
    """Remember errors until somebody drains them; the oldest go first where nobody does."""

    def emit(self, record: logging.LogRecord) -> None:
        """Remember one record of level ERROR or worse; what a peer's refusal means is told by our own lines."""
        if record.name.startswith("pynetdicom"):
            return
        try:
            found = _remember(record, self.formatter or logging.Formatter())
        except Exception:  # a handler must never raise into the code that logs
            sys.stderr.write("an error could not be recorded\n")
            return
        with _lock:
            _kept.append(found)


def _remember(record: logging.LogRecord, formatter: logging.Formatter) -> LoggedError:
    info = record.exc_info
    template = record.msg if isinstance(record.msg, str) else type(record.msg).__name__
    # a line without arguments was put together before it came here, and may hold anything
    if not record.args and not _is_written_here(record):
        template = "(a line of a library)"
    error = info[1] if info else None
    return LoggedError(
        at=time.time(),
        logger=record.name,
        template=template,
        kind=f"{type(error).__module__}.{type(error).__qualname__}" if error is not None else "log",
        place=_place(error.__traceback__ if error is not None else None, record),
        traceback=formatter.formatException(info) if info and error is not None else "",
        arguments=_identifiers(record.args),
    )


def _is_written_here(record: logging.LogRecord) -> bool:
    return record.name.partition(".")[0] in _OWN_PACKAGES


def _place(trace: TracebackType | None, record: logging.LogRecord) -> str:
    if trace is None:
        return f"{record.name}:{record.funcName}"
    frames = traceback.extract_tb(trace)
    own = [frame for frame in frames if "site-packages" not in frame.filename]
    last = (own or list(frames))[-1]
    return f"{'/'.join(last.filename.split('/')[-3:])}:{last.name}"


def _identifiers(arguments: object) -> tuple[str, ...]:
    """Return those arguments of the line that are UIDs, or rows that show as one."""
    found = []
    for argument in arguments if isinstance(arguments, tuple) else ():
        text = argument if isinstance(argument, str) else getattr(argument, "study_instance_uid", "")
        if text and len(text) <= 64 and "." in text and set(text) <= set("0123456789."):
            found.append(text)
    return tuple(found)


def drain() -> list[LoggedError]:
    """Take everything that was remembered."""
    with _lock:
        found = list(_kept)
        _kept.clear()
    return found
