"""``POST /studies`` and ``POST /studies/{study}``: the HTTP side of STOW-RS."""

from collections.abc import Callable
from http import HTTPStatus
from threading import BoundedSemaphore
from typing import Final, cast

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpResponseBase, JsonResponse
from rest_framework.request import Request

from webapp.audit.addresses import client_address
from webapp.portal import multipart_reader, negotiation, stow
from webapp.portal.multipart_reader import MultipartError, TooLargeError
from webapp.portal.stow import Outcome, Sender
from webapp.problems import Problem

_DICOM: Final = "application/dicom"
# of the threads that serve requests, so many may wait for bodies: the others go on
MOST_AT_ONCE: Final = 16
_LATER_SECONDS: Final = 5
places: Final = BoundedSemaphore(MOST_AT_ONCE)
_ANSWERS: Final = ("application/dicom+json", "application/json")


class Storing:
    """Gives a view the method that stores."""

    def post(self, request: Request, study: str | None = None) -> HttpResponseBase:
        """Store the objects of the body; answer with the outcome of each."""
        media_type = _answer_type(request)
        boundary = _boundary(request)
        read = _reader(request)
        sender = Sender(cast(User, request.user), client_address(request), study)
        if not places.acquire(blocking=False):
            text = "The node takes as many stores as it can just now. Please send again in some seconds."
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, text, _LATER_SECONDS)
        try:
            outcomes = stow.receive(read, boundary, sender)
        except MultipartError as error:
            text = f"Nothing was stored: {error} Please send the request again."
            raise Problem(HTTPStatus.BAD_REQUEST, text) from None
        except TooLargeError as error:
            raise _too_large(str(error)) from None
        finally:
            places.release()
        if not outcomes:
            raise Problem(HTTPStatus.BAD_REQUEST, "The body has no part. Please send each object as one.")
        body = stow.response(outcomes, request.build_absolute_uri("/dicom-web"))
        return JsonResponse(
            body, status=_status(outcomes), content_type=media_type, headers={"Cache-Control": "no-store"}
        )


def _status(outcomes: list[Outcome]) -> HTTPStatus:
    """PS3.18 Table 10.5.3-1: whether all is stored, some of it (or with warnings), or none."""
    if all(outcome.failure is not None for outcome in outcomes):
        return HTTPStatus.CONFLICT
    if any(outcome.failure is not None or outcome.warning is not None for outcome in outcomes):
        return HTTPStatus.ACCEPTED
    return HTTPStatus.OK


def _answer_type(request: Request) -> str:
    for wanted in negotiation.accepted(request):
        for media_type in _ANSWERS:
            if wanted.takes(media_type):
                return media_type
    raise Problem(HTTPStatus.NOT_ACCEPTABLE, f"The outcome is given as {_ANSWERS[0]}. Please accept that.")


def _boundary(request: Request) -> str:
    parameters = request._request.content_params or {}
    if request._request.content_type != negotiation.MULTIPART or parameters.get("type", _DICOM).lower() != _DICOM:
        raise Problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f'Objects are taken as {negotiation.MULTIPART}; type="{_DICOM}".'
        )
    boundary = parameters.get("boundary", "")
    if not multipart_reader.is_boundary(boundary):
        raise Problem(HTTPStatus.BAD_REQUEST, "The header Content-Type names no boundary between the parts.")
    return boundary


def _reader(request: Request) -> Callable[[int], bytes]:
    length = request.META.get("CONTENT_LENGTH") or ""
    if length:
        if not length.isdigit() or int(length) > settings.NODE_STOW_BYTES_LIMIT:
            raise _too_large("The body is too large.")
        return cast(Callable[[int], bytes], request.read)
    if not request.META.get("wsgi.input_terminated"):
        raise Problem(HTTPStatus.LENGTH_REQUIRED, "Please state the body's size in the header Content-Length.")
    # sent in chunks: the server says where they end, and the framework reads by length alone
    return cast(Callable[[int], bytes], request.META["wsgi.input"].read)


def _too_large(text: str) -> Problem:
    limit = settings.NODE_STOW_BYTES_LIMIT / 1024**2
    advice = f"Up to {limit:g} MiB and {multipart_reader.MOST_PARTS} objects are taken at once; please send fewer."
    return Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"Nothing was stored: {text} {advice}")
