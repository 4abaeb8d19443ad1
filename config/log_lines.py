"""How a line of the log looks, and what it keeps to itself.

An exception's text may quote what it could not read, and that may be a patient's name: pydicom does so, and a
database tells of the row it refused. So a traceback here says where and of what kind; the text of an exception
only stands where its class is known to speak of no patient.
"""

import logging
import traceback
from collections.abc import Iterator
from types import TracebackType

from django.core.exceptions import ImproperlyConfigured
from django.db import InterfaceError, OperationalError

_OWN_PACKAGES = ("config", "webapp", "dicom_node", "inference")
_SPEAK_OF_NO_PATIENT = (OSError, ImportError, ImproperlyConfigured, InterfaceError, OperationalError)

ExceptionInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class LineFormatter(logging.Formatter):
    """Write tracebacks without the words of foreign exceptions."""

    def formatException(self, ei: ExceptionInfo) -> str:
        """Return place and kind of an exception and of those that led to it, the first one first."""
        if ei[1] is None:
            return ""
        return "\n".join(line for error in _chain(ei[1]) for line in _lines(error))


def _chain(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in found:
        found.append(current)
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return found[::-1]


def _lines(error: BaseException) -> Iterator[str]:
    yield "Traceback (most recent call last):"
    for frame in traceback.format_tb(error.__traceback__):
        yield frame.rstrip()
    kind = type(error)
    own = kind.__module__.partition(".")[0] in _OWN_PACKAGES
    text = f": {error}" if own or isinstance(error, _SPEAK_OF_NO_PATIENT) else " (its text may quote a patient)"
    yield f"{kind.__module__}.{kind.__qualname__}{text}"
