"""How large a request may be, decided by its head, before anything of its body is read.

A body in chunks has no length in its head. Clients of DICOMweb send objects so: STOW-RS alone takes it, and counts.
"""

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from webapp.problems import answer

_STORING: Final = re.compile(r"/dicom-web/studies(?:/[^/]+)?")
# path -> the setting with its limit, and what to do beyond it; deploy/nginx/mammonode.conf names the same paths
_LARGER: Final = (
    (
        re.compile(r"/api/(?:v1/)?diagnosis/"),
        "NODE_UPLOAD_BYTES_LIMIT",
        "The upload is larger than {limit:g} MiB. Please upload one view, compressed without loss.",
    ),
    (
        _STORING,
        "NODE_STOW_BYTES_LIMIT",
        "The objects are larger than {limit:g} MiB together. Nothing was stored: please send fewer in one request.",
    ),
)
_OTHERWISE: Final = "The request is larger than {limit:g} MiB. Please send less at once."


class BodyLimits:
    """Middleware that refuses a body that is too large, or of unknown length, for the whole node."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Look at the head alone."""
        return _refusal(request) or self.get_response(request)


def _refusal(request: HttpRequest) -> HttpResponseBase | None:
    length = str(request.META.get("CONTENT_LENGTH") or "0")
    if request.META.get("HTTP_TRANSFER_ENCODING") and not _counts_itself(request):
        return answer(
            HTTPStatus.LENGTH_REQUIRED, "Please state the size of the request in the header Content-Length, unchunked."
        )
    if not (length.isascii() and length.isdecimal()):
        return answer(HTTPStatus.BAD_REQUEST, "Content-Length is a number of bytes.")
    limit, sentence = limit_of(request.path_info)
    if len(length) > len(str(limit)) or int(length) > limit:
        return answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, sentence.format(limit=limit / 1024**2))
    return None


def _counts_itself(request: HttpRequest) -> bool:
    """Tell whether a body in chunks comes to the one view that counts what it reads, its end told once."""
    stores = request.method == "POST" and _STORING.fullmatch(request.path_info) is not None
    return stores and not request.META.get("CONTENT_LENGTH") and bool(request.META.get("wsgi.input_terminated"))


def limit_of(path: str) -> tuple[int, str]:
    """Return how many bytes a request to this path may have, and what to say beyond."""
    for pattern, setting, sentence in _LARGER:
        if pattern.fullmatch(path):
            return getattr(settings, setting), sentence
    return settings.NODE_BODY_BYTES_LIMIT, _OTHERWISE
