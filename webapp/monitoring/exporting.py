"""The prediction log as a file: CSV for people, JSON lines for programs."""

from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse

from webapp.downloads import csv_lines, download, json_lines
from webapp.monitoring.models import PredictionEntry

STAGES = ("receive", "wait", "queue", "decode", "preprocess", "infer", "report", "send", "total")
FIELDS = (
    *("id", "at", "source", "level", "result", "reason", "file_name", "upload_id", "sop_instance_uid"),
    *("study_instance_uid", "round_number", "prediction", "confidence", "malignancy_probability", "raw_score"),
    *("model_version", "model_sha256", "operating_point", "asked_by", "manufacturer", "software_version"),
    *("site", "age_band"),
)


def entry_body(entry: PredictionEntry) -> dict[str, Any]:
    """Return one entry as plain values."""
    body: dict[str, Any] = {name: getattr(entry, name) for name in FIELDS}
    body["at"] = entry.at.isoformat()
    body["latency_ms"] = entry.latency_ms
    return body


def as_json_lines(entries: QuerySet[PredictionEntry]) -> StreamingHttpResponse:
    """Stream one JSON object a line."""
    bodies = (entry_body(entry) for entry in entries.iterator(chunk_size=500))
    return download(json_lines(bodies), "application/x-ndjson", "predictions.jsonl")


def as_csv(entries: QuerySet[PredictionEntry]) -> StreamingHttpResponse:
    """Stream a table with a heading."""
    heading = [*FIELDS, *(f"{stage}_ms" for stage in STAGES)]
    lines = csv_lines(heading, map(_cells, entries.iterator(chunk_size=500)))
    return download(lines, "text/csv; charset=utf-8", "predictions.csv")


def _cells(entry: PredictionEntry) -> list[Any]:
    body = entry_body(entry)
    return [body[name] for name in FIELDS] + [entry.latency_ms.get(stage) for stage in STAGES]
