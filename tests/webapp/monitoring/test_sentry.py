"""Sentry gets places and kinds: sent by the real client to a real receiver."""

import json
import logging
from collections.abc import Iterator

import pytest
import sentry_sdk
from pytest_django.fixtures import Settings

from tests.journey import leaks
from tests.webapp.monitoring.receivers import HttpReceiver, http_receiver
from webapp.monitoring import sentry


@pytest.fixture
def receiver(settings: Settings) -> Iterator[HttpReceiver]:
    """Sentry's place, with the client started; afterwards the client is off again."""
    with http_receiver() as found:
        settings.NODE_SENTRY_DSN = f"http://public@127.0.0.1:{found.port}/1"
        sentry.start()
        yield found
        sentry_sdk.get_client().close()
        sentry_sdk.get_global_scope().set_client(None)


def _event(receiver: HttpReceiver) -> dict[str, object]:
    sentry_sdk.flush(10)
    (body,) = receiver.bodies
    found: dict[str, object] = json.loads(body.splitlines()[2])
    return found


def test_an_exception_arrives_with_its_place_and_without_words_values_or_variables(receiver: HttpReceiver) -> None:
    patient_name = leaks.NAME
    sentry_sdk.set_user({"username": patient_name})
    sentry_sdk.set_extra("header", {"PatientBirthDate": leaks.BIRTH_DATE})
    sentry_sdk.add_breadcrumb(message=leaks.PATIENT_ID)
    try:
        raise ValueError(f"{patient_name} cannot be read")
    except ValueError:
        logging.getLogger("webapp.studies.tasks").exception("study %s of %s failed", "1.2.3", patient_name)
    event = _event(receiver)
    leaks.refuse_patients({"sentry": b"\n".join(receiver.bodies)})
    exception = event["exception"]["values"][0]  # type: ignore[index]
    assert exception["type"] == "ValueError"
    assert exception["stacktrace"]["frames"][-1]["function"].startswith("test_an_exception_arrives")
    assert event["logentry"] == {"message": "study %s of %s failed"}


def test_a_line_of_a_library_arrives_without_its_words(receiver: HttpReceiver) -> None:
    logging.getLogger("pydicom").error(f"bad value {leaks.NAME}")  # noqa: G004 - libraries do so
    assert _event(receiver)["logentry"] == {"message": "(a line of a library)"}
    leaks.refuse_patients({"sentry": b"\n".join(receiver.bodies)})


def test_without_a_dsn_nothing_is_started(settings: Settings) -> None:
    settings.NODE_SENTRY_DSN = ""
    sentry.start()
    assert not sentry_sdk.is_initialized()
