"""Errors: grouped by place and kind, without values and words; resolved, and open again when they come back."""

import logging
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User

from config.log_lines import LineFormatter
from tests.journey import leaks
from webapp.monitoring import error_handler, error_records
from webapp.monitoring.models import ErrorEvent, ErrorGroup

pytestmark = pytest.mark.django_db


@pytest.fixture
def log() -> Iterator[logging.Logger]:
    """A logger of the application with the handler that the settings give it."""
    error_handler.drain()
    handler = error_handler.ErrorHandler(level=logging.ERROR)
    handler.setFormatter(LineFormatter())
    logger = logging.getLogger("webapp.studies.tasks.test")
    logger.propagate = False
    logger.addHandler(handler)
    yield logger
    logger.removeHandler(handler)
    error_handler.drain()


def _fail(log: logging.Logger, study: str) -> None:
    try:
        raise ValueError(f"{leaks.NAME} {leaks.BIRTH_DATE} cannot be read")
    except ValueError:
        log.exception("study %s of %s failed", study, leaks.NAME)


def test_occurrences_of_one_error_are_one_group_with_their_study(log: logging.Logger) -> None:
    _fail(log, "1.2.3")
    _fail(log, "1.2.4")
    assert error_records.flush("analysis") == 2
    group = ErrorGroup.objects.get()
    assert (group.count, group.origin, group.kind) == (2, "TASK", "builtins.ValueError")
    assert group.place.endswith("test_error_records.py:_fail")
    assert group.message == "study %s of %s failed"
    assert set(group.events.values_list("study_instance_uid", flat=True)) == {"1.2.3", "1.2.4"}


def test_another_place_is_another_group(log: logging.Logger) -> None:
    _fail(log, "1.2.3")
    log.error("something else")
    error_records.flush("analysis")
    assert ErrorGroup.objects.count() == 2


def test_no_record_holds_the_words_of_an_exception_or_the_values_of_a_line(log: logging.Logger) -> None:
    _fail(log, "1.2.3")
    error_records.flush("analysis")
    rows = [*ErrorGroup.objects.values(), *ErrorEvent.objects.values()]
    leaks.refuse_patients({"rows": repr(rows).encode()})
    assert "Traceback" in ErrorGroup.objects.get().traceback


def test_a_line_that_a_library_put_together_is_not_kept() -> None:
    error_handler.drain()
    handler = error_handler.ErrorHandler()
    handler.handle(logging.LogRecord("pydicom", logging.ERROR, "f.py", 1, f"bad value {leaks.NAME}", None, None))
    (found,) = error_handler.drain()
    assert found.template == "(a line of a library)"


def test_warnings_are_no_errors(log: logging.Logger) -> None:
    log.warning("a retry")
    assert error_records.flush("analysis") == 0


def test_a_resolved_group_is_open_again_when_it_comes_back(log: logging.Logger) -> None:
    _fail(log, "1.2.3")
    error_records.flush("analysis")
    error_records.resolve(ErrorGroup.objects.get(), User.objects.create_user("bob"))
    assert ErrorGroup.objects.get().state == ErrorGroup.State.RESOLVED
    _fail(log, "1.2.3")
    error_records.flush("analysis")
    group = ErrorGroup.objects.get()
    assert (group.state, group.reopened_times, group.resolved_by) == (ErrorGroup.State.OPEN, 1, None)


def test_a_failed_round_is_recorded_with_its_stage_and_without_its_reason() -> None:
    error_records.record_failure("convert", "1.2.3", "analysis")
    group = ErrorGroup.objects.get()
    assert (group.stage, group.events.get().study_instance_uid) == ("convert", "1.2.3")


def test_the_oldest_errors_go_first_when_nobody_writes_them(log: logging.Logger) -> None:
    for number in range(1001):
        log.error("number %s", f"1.{number}")
    errors = error_handler.drain()
    assert len(errors) == 1000
    assert errors[0].arguments == ("1.1",)
