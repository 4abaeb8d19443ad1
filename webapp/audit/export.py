"""The trail as a stream of lines, in the form that somebody wants. A few rows in memory at a time."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

from webapp.audit import dicom_message, fhir_event
from webapp.audit.meaning import Source
from webapp.audit.models import AuditLink

_CHUNK = 1000
COLUMNS: Final = (
    *("sequence", "at", "actor_kind", "actor", "actor_id", "token_id", "address", "action", "event"),
    *("object_type", "object_id", "outcome", "detail", "hash"),
)
# a spreadsheet takes what begins so for a formula, and peers choose their own names
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def links(begin: datetime | None = None, end: datetime | None = None, head: int | None = None) -> Iterator[AuditLink]:
    """Yield places with their events, in the chain's order: at or after, and before, and up to a number.

    An event that has no place yet, for some seconds after it was written, is not among them.
    """
    rows = AuditLink.objects.select_related("event").order_by("sequence")
    if begin is not None:
        rows = rows.filter(event__at__gte=begin)
    if end is not None:
        rows = rows.filter(event__at__lt=end)
    if head is not None:
        rows = rows.filter(sequence__lte=head)
    after = 0
    while page := list(rows.filter(sequence__gt=after)[:_CHUNK]):
        yield from page
        after = page[-1].sequence


def as_dicom(rows: Iterable[AuditLink], source: Source) -> Iterator[str]:
    """Yield one XML document that holds an AuditMessage a line."""
    yield f"{dicom_message.DECLARATION}\n<AuditMessages>\n"
    for row in rows:
        yield f"{dicom_message.message(row.event, source, row)}\n"
    yield "</AuditMessages>\n"


def as_fhir(rows: Iterable[AuditLink], source: Source) -> Iterator[str]:
    """Yield a FHIR R4 AuditEvent a line (NDJSON)."""
    for row in rows:
        yield f"{json.dumps(fhir_event.resource(row.event, source, row), ensure_ascii=False)}\n"


def as_csv(rows: Iterable[AuditLink], source: Source) -> Iterator[str]:
    """Yield a line of names, then a line an event."""
    yield _csv_line(COLUMNS)
    for row in rows:
        event = row.event
        values: Mapping[str, object] = {
            "sequence": row.sequence,
            "at": dicom_message.instant(event.at),
            "hash": row.hash,
        }
        yield _csv_line(str(values[name] if name in values else getattr(event, name)) for name in COLUMNS)


def _csv_line(values: Iterable[str]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(f"'{value}" if value.startswith(_FORMULA) else value for value in values)
    return text.getvalue()


FORMS: Final[Mapping[str, Callable[[Iterable[AuditLink], Source], Iterator[str]]]] = MappingProxyType(
    {"dicom": as_dicom, "fhir": as_fhir, "csv": as_csv}
)
