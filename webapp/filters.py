"""Filters of a log that is read over HTTP: a time is a time with its zone, or the request is refused in words."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.utils.dateparse import parse_datetime

Row = TypeVar("Row", bound=Model)


class FilterError(ValueError):
    """A filter of the request cannot be understood; the text says how it should look."""


def within(rows: QuerySet[Row], wanted: Mapping[str, Any]) -> QuerySet[Row]:
    """Narrow rows by their time ``at``: not before ``since``, and before ``until``.

    Raises
    ------
    FilterError
        If one of them is no time.
    """
    for name, lookup in (("since", "at__gte"), ("until", "at__lt")):
        if (value := wanted.get(name)) is not None:
            rows = rows.filter(**{lookup: _time(name, value)})
    return rows


def _time(name: str, value: str) -> datetime:
    try:
        found = parse_datetime(value)
        # near the first and the last day there may be no such time elsewhere
        found = None if found is None or found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        found = None
    if found is None:
        raise FilterError(f"{name} is {value!r}; a time such as 2026-01-31T08:00:00Z is expected.")
    return found
