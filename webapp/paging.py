"""Pages of a list: what is no number is refused, not ignored."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import LimitOffsetPagination, PageNumberPagination
from rest_framework.request import Request
from rest_framework.views import APIView

LARGEST = 2**31 - 1


def is_whole(text: str, least: int) -> bool:
    """Tell whether a text is a whole number within the bounds; one of thousands of digits is not even read."""
    return len(text) <= len(str(LARGEST)) and text.isascii() and text.isdigit() and least <= int(text) <= LARGEST


def _check(request: Request, *names: tuple[str, int]) -> None:
    for name, least in names:
        for given in request.query_params.getlist(name):
            if not is_whole(given, least):
                raise ValidationError({name: [f"A whole number from {least} to {LARGEST} is expected."]})


class Paging(LimitOffsetPagination):
    """``?limit=50&offset=100``."""

    max_limit = 200

    def paginate_queryset(
        self, queryset: QuerySet[Any] | Sequence[Any], request: Request, view: APIView | None = None
    ) -> list[Any] | None:
        """Return one page."""
        self.check(request)
        return super().paginate_queryset(queryset, request, view)

    def check(self, request: Request) -> None:
        """Refuse what is no number, also where a whole list is given as a file."""
        _check(request, ("limit", 1), ("offset", 0))

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        """Describe the two numbers."""
        texts = {"limit": (1, "How many at most."), "offset": (0, "How many to pass over.")}
        return [
            {
                "name": name,
                "required": False,
                "in": "query",
                "description": text,
                "schema": {"type": "integer", "minimum": least, "maximum": LARGEST},
            }
            for name, (least, text) in texts.items()
        ]


class NumberedPaging(PageNumberPagination):
    """``?page=2&page_size=50``."""

    page_size_query_param = "page_size"
    max_page_size = 200

    def paginate_queryset(
        self, queryset: QuerySet[Any] | Sequence[Any], request: Request, view: APIView | None = None
    ) -> list[Any] | None:
        """Return one page."""
        _check(request, ("page", 1), ("page_size", 1))
        return super().paginate_queryset(queryset, request, view)
