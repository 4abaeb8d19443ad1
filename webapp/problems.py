"""Exception -> problem JSON (RFC 9457). The only place where errors become HTTP answers."""

import logging
from collections.abc import Iterator
from http import HTTPStatus

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.views import defaults
from rest_framework.exceptions import (
    APIException,
    AuthenticationFailed,
    NotAuthenticated,
    PermissionDenied,
    Throttled,
    ValidationError,
)
from rest_framework.response import Response
from rest_framework.views import exception_handler

from dicom_node.errors import ArchiveError
from webapp.accounts import throttling
from webapp.studies.errors import StageError

_log = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
_LATER_SECONDS = 30
# these come before a view's limits have counted the request
_REFUSALS = (AuthenticationFailed, NotAuthenticated, PermissionDenied)


class Problem(APIException):
    """An answer of 4xx or 5xx with a sentence that says what to do."""

    def __init__(self, status: HTTPStatus, detail: str, retry_after_seconds: int | None = None) -> None:
        super().__init__(detail)
        self.status_code = int(status)
        # the framework turns it into the header Retry-After
        self.wait = retry_after_seconds


def handle(error: Exception, context: dict[str, object]) -> Response | None:
    """Answer every API error as ``application/problem+json``."""
    error = _translated(error)
    if isinstance(error, _REFUSALS):
        wait = throttling.wait_of_refused(context.get("request"), context.get("view"))
        error = error if wait is None else Throttled(wait)
    response = exception_handler(error, context)
    if response is None:
        return None
    status = HTTPStatus(response.status_code)
    response.data = problem_body(status, _sentence(error))
    response.content_type = CONTENT_TYPE
    return response


def problem_body(status: HTTPStatus, detail: str) -> dict[str, object]:
    """Return the members of a problem."""
    return {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": detail}


def _translated(error: Exception) -> Exception:
    if isinstance(error, StageError):
        _log.error("request failed at stage %s: %s", error.stage, error.reason)
        waits = error.stage == "hold"
        return _later(error.reason if waits else "The image could not be scored now. Please try again later.")
    if isinstance(error, ArchiveError):
        _log.error("request failed: %s", error)
        return _later("The node cannot store anything now. Please try again later.")
    if isinstance(error, RequestDataTooBig):
        return Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The request is too large. Please send less at once.")
    if isinstance(error, SuspiciousOperation):
        return Problem(HTTPStatus.BAD_REQUEST, "The request is not well-formed: it has too many or unusual parts.")
    if isinstance(error, UnreadablePostError):
        return Problem(HTTPStatus.BAD_REQUEST, "The request broke off. Please send it again.")
    return error


def _later(detail: str) -> Problem:
    return Problem(HTTPStatus.SERVICE_UNAVAILABLE, detail, _LATER_SECONDS)


def _sentence(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return " ".join(_sentences(error.detail))
    if isinstance(error, Throttled):
        seconds: float | None = getattr(error, "wait", None)
        when = "later" if seconds is None else f"in {seconds:.0f} seconds"
        return f"That is more than this node takes from one account or address at a time. Please try again {when}."
    return str(getattr(error, "detail", error))


def _sentences(detail: object, name: str = "") -> Iterator[str]:
    """Return what is wrong with each field; one inside another is named by its path."""
    if isinstance(detail, dict):
        for key, inner in detail.items():
            yield from _sentences(inner, f"{name}.{key}" if name else str(key))
        return
    texts = [text for text in detail if isinstance(text, str)] if isinstance(detail, list) else [str(detail)]
    if texts:
        yield (f"{name}: " if name else "") + " ".join(map(str, texts))
    if isinstance(detail, list):
        for place, inner in enumerate(detail):
            if not isinstance(inner, str) and inner:
                yield from _sentences(inner, f"{name}.{place}" if name else str(place))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404 outside the views: as a problem below ``/api/``."""
    if not request.path.startswith("/api/"):
        return defaults.page_not_found(request, exception)
    return answer(HTTPStatus.NOT_FOUND, "There is nothing at this address. /api/docs/ lists what there is.")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400 outside the views: as a problem below ``/api/``."""
    if not request.path.startswith("/api/"):
        return defaults.bad_request(request, exception)
    return answer(HTTPStatus.BAD_REQUEST, "The request is not well-formed.")


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500: as a problem below ``/api/``."""
    if not request.path.startswith("/api/"):
        return defaults.server_error(request)
    return answer(HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong here; the log has its traceback.")


def answer(status: HTTPStatus, detail: str) -> JsonResponse:
    """Return a problem as an answer of its own, outside the framework's views."""
    return JsonResponse(problem_body(status, detail), status=status, content_type=CONTENT_TYPE)
