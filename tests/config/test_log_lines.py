"""Tracebacks in the log: where and what kind, but not what a foreign exception quotes."""

import logging
import sys

from django.db import DataError, OperationalError

from config.log_lines import LineFormatter
from dicom_node.errors import ConversionError

NAME = "Phantom^Zoe"


def _logged(error: BaseException) -> str:
    try:
        raise error
    except BaseException:
        record = logging.LogRecord("a", logging.ERROR, __file__, 1, "it failed", (), sys.exc_info())
    return LineFormatter("%(levelname)s %(message)s").format(record)


def test_the_text_of_a_foreign_exception_is_left_out() -> None:
    for error in (ValueError(f"invalid value {NAME}"), DataError(f"DETAIL: failing row contains ({NAME})")):
        line = _logged(error)
        assert NAME not in line
        assert type(error).__name__ in line
        assert "test_log_lines.py" in line


def test_the_text_of_a_cause_is_left_out_too() -> None:
    error = ConversionError("Rows (0028,0010) is missing.")
    error.__cause__ = KeyError(NAME)
    line = _logged(error)
    assert NAME not in line
    assert "KeyError" in line
    assert "Rows (0028,0010) is missing." in line


def test_what_an_operator_needs_is_said() -> None:
    assert "No space left on device" in _logged(OSError(28, "No space left on device"))
    assert "database is locked" in _logged(OperationalError("database is locked"))


def test_an_exception_that_led_to_itself_ends_the_chain() -> None:
    first, second = RuntimeError("one"), RuntimeError("two")
    first.__context__, second.__context__ = second, first
    assert _logged(first).count("RuntimeError") == 2
