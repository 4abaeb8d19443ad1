"""Events as plain values, and as files."""

import json
from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse

from webapp.audit import fhir_event, node
from webapp.audit.models import AuditEvent
from webapp.downloads import csv_lines, download, json_lines

_PLAIN = (
    *("actor_kind", "actor", "actor_id", "token_id", "address", "action", "event", "object_type", "object_id"),
    "outcome",
)
FIELDS = ("id", "at", *_PLAIN, "detail", "sequence", "hash")
_CHUNK = 500


def event_body(event: AuditEvent) -> dict[str, Any]:
    """Return one event as plain values; number and hash are empty until it has its place in the chain."""
    link = getattr(event, "link", None)
    body: dict[str, Any] = {"id": event.pk, "at": event.at.isoformat()}
    body |= {name: getattr(event, name) for name in _PLAIN}
    body["detail"] = json.loads(event.detail)
    body["sequence"] = None if link is None else link.sequence
    body["hash"] = "" if link is None else link.hash
    return body


def as_json_lines(events: QuerySet[AuditEvent]) -> StreamingHttpResponse:
    """Stream one JSON object a line."""
    bodies = map(event_body, events.iterator(chunk_size=_CHUNK))
    return download(json_lines(bodies), "application/x-ndjson", "audit.jsonl")


def as_csv(events: QuerySet[AuditEvent]) -> StreamingHttpResponse:
    """Stream a table with a heading."""
    lines = csv_lines(FIELDS, map(_cells, events.iterator(chunk_size=_CHUNK)))
    return download(lines, "text/csv; charset=utf-8", "audit.csv")


def as_fhir(events: QuerySet[AuditEvent]) -> StreamingHttpResponse:
    """Stream one FHIR R4 AuditEvent a line."""
    source = node.source()
    bodies = (
        fhir_event.resource(event, source, getattr(event, "link", None)) for event in events.iterator(chunk_size=_CHUNK)
    )
    return download(json_lines(bodies), "application/fhir+ndjson", "audit.ndjson")


def _cells(event: AuditEvent) -> list[Any]:
    body = event_body(event) | {"detail": event.detail}
    return [body[name] for name in FIELDS]
