"""Exception -> problem JSON (RFC 9457). The only place where errors become HTTP answers."""

import logging
from http import HTTPStatus

from rest_framework.exceptions import APIException, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

from webapp.studies.errors import StageError

_log = logging.getLogger(__name__)


class Problem(APIException):
    """An answer of 4xx or 5xx with a sentence that says what to do."""

    def __init__(self, status: HTTPStatus, detail: str) -> None:
        super().__init__(detail)
        self.status_code = int(status)


def handle(error: Exception, context: dict[str, object]) -> Response | None:
    """Answer every API error as ``application/problem+json``."""
    if isinstance(error, StageError):
        _log.error("request failed at stage %s: %s", error.stage, error.reason)
        waits = error.stage == "hold"
        sentence = error.reason if waits else "The image could not be scored now. Please try again later."
        error = Problem(HTTPStatus.SERVICE_UNAVAILABLE, sentence)
    answer = exception_handler(error, context)
    if answer is None:
        return None
    status = HTTPStatus(answer.status_code)
    answer.data = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": _sentence(error),
    }
    answer.content_type = "application/problem+json"
    return answer


def _sentence(error: Exception) -> str:
    if isinstance(error, ValidationError):
        detail = error.detail
        if isinstance(detail, dict):
            return " ".join(f"{name}: {' '.join(map(str, texts))}" for name, texts in detail.items())
        return " ".join(map(str, detail))
    return str(getattr(error, "detail", error))
