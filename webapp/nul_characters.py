"""NUL characters in addresses: no name or number holds one, and PostgreSQL takes none."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from webapp.problems import answer

_SENTENCE: Final = "The address holds a NUL character, which no name or number has. Please leave it out."


class NoNul:
    """Middleware that refuses an address with a NUL, before anything is looked up by it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Look at the path and at what stands after the question mark."""
        query = str(request.META.get("QUERY_STRING", ""))
        if "\0" in request.path_info or "%00" in query or "\0" in query:
            return answer(HTTPStatus.BAD_REQUEST, _SENTENCE)
        return self.get_response(request)
