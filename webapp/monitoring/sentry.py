"""Errors to Sentry, where a DSN is set: places and kinds, rebuilt from a list of what may go out."""

import logging
from collections.abc import Mapping
from typing import Any, cast

import sentry_sdk
from django.conf import settings
from sentry_sdk.integrations.celery import CeleryIntegration
from sentry_sdk.integrations.django import DjangoIntegration
from sentry_sdk.integrations.logging import LoggingIntegration
from sentry_sdk.types import Event, Hint

_OWN_PACKAGES = ("config", "webapp", "dicom_node", "inference")
_PLAIN = ("event_id", "timestamp", "level", "platform", "release", "environment", "logger", "sdk")
_OF_A_FRAME = ("filename", "function", "module", "lineno", "in_app")


def start() -> None:
    """Start the client; without a DSN nothing is sent, and the application does not even load this module."""
    if not settings.NODE_SENTRY_DSN:
        return
    sentry_sdk.init(
        dsn=settings.NODE_SENTRY_DSN,
        default_integrations=False,
        integrations=[
            DjangoIntegration(),
            CeleryIntegration(),
            LoggingIntegration(level=None, event_level=logging.ERROR),
        ],
        auto_enabling_integrations=False,
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        traces_sample_rate=None,
        auto_session_tracking=False,
        before_send=scrub,
    )


def scrub(event: Event, hint: Hint) -> Event:
    """Build the event anew from what may leave the house.

    Left behind are the words of exceptions, which may quote a header; values of log lines; requests with their
    addresses and cookies; users; variables; and whatever a later version of the client may think of.
    """
    source = cast("Mapping[str, Any]", event)
    kept: dict[str, Any] = {name: source[name] for name in _PLAIN if name in source}
    if "exception" in source:
        values = (source["exception"] or {}).get("values") or []
        kept["exception"] = {"values": [_exception(value) for value in values]}
    if "logentry" in source:
        kept["logentry"] = {"message": _template(source, hint)}
    return cast("Event", kept)


def _template(source: Mapping[str, Any], hint: Hint) -> str:
    """Return the template of a log line; a line that a library put together itself may hold anything."""
    record = hint.get("log_record")
    own = str(source.get("logger", "")).partition(".")[0] in _OWN_PACKAGES
    if record is not None and isinstance(record.msg, str) and (own or record.args):
        return record.msg
    return "(a line of a library)"


def _exception(value: Mapping[str, Any]) -> dict[str, Any]:
    frames = ((value.get("stacktrace") or {}).get("frames")) or []
    return {
        "type": value.get("type"),
        "module": value.get("module"),
        "stacktrace": {"frames": [{name: frame.get(name) for name in _OF_A_FRAME} for frame in frames]},
    }
