"""The trail of what is asked over HTTP: who asks acts for the time of a request, and the request leaves its event."""

import logging
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Final

from django.db import DatabaseError, transaction
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase

from webapp.audit import actors, admin_pages, asking, recorder, telling
from webapp.audit.errors import AuditError
from webapp.audit.models import Outcome
from webapp.audit.telling import Line

_log = logging.getLogger(__name__)

_LATER_SECONDS: Final = 30
_SENTENCE: Final = "The audit trail cannot be written now, so nothing is given out. Please try again later."


class AuditTrail:
    """Middleware: no answer of a registered address leaves without its event. It stands below the session's clock."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Let the request do its work in the name of whoever asks, then write down what it was.

        An answer that streams has not begun to: its event is there before its first byte.
        """
        asking.begin(request)
        with actors.acting(lambda: asking.actor_of(request)):
            answer = self.get_response(request)
            lines: Sequence[Line] = ()
            try:
                lines = _lines(request, answer)
                _write(lines)
            except (DatabaseError, AuditError):
                _log.exception("audit: not written: %s", _said(request, lines))
                if not lines or any(line.outcome is Outcome.SUCCESS for line in lines):
                    return _instead_of(answer)
            return answer


def _lines(request: HttpRequest, answer: HttpResponseBase) -> Sequence[Line]:
    match = request.resolver_match
    if match is None:  # there is nothing at this address
        return ()
    lines = admin_pages.lines_of(request, match, answer)
    if lines is not None:
        return lines
    line = telling.line_of(request, match, answer)
    return () if line is None else (line,)


def _write(lines: Sequence[Line]) -> None:
    if len(lines) > 1:
        with transaction.atomic():
            for line in lines:
                _record(line)
    elif lines:
        _record(lines[0])


def _record(line: Line) -> None:
    recorder.record(line.event, line.action, line.object_type, line.object_id, outcome=line.outcome, detail=line.detail)


def _said(request: HttpRequest, lines: Sequence[Line]) -> str:
    """Return what would have been written. The words of an address stay out: they may be a name."""
    match = request.resolver_match
    said = [f"{each.event} {each.action} {each.object_type} {each.object_id} {each.outcome}" for each in lines]
    return "; ".join(said) or ("" if match is None else match.view_name)


def _instead_of(answer: HttpResponseBase) -> HttpResponseBase:
    answer.close()
    status = HTTPStatus.SERVICE_UNAVAILABLE
    body = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": _SENTENCE}
    headers = {"Retry-After": str(_LATER_SECONDS), "Cache-Control": "no-store"}
    return JsonResponse(body, status=status, content_type="application/problem+json", headers=headers)
