"""The prediction log as a file: CSV for people, JSON lines for programs."""

import csv
import json
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse

from webapp.monitoring.models import PredictionEntry

STAGES = ("receive", "wait", "queue", "decode", "preprocess", "infer", "report", "send", "total")
FIELDS = (
    *("id", "at", "source", "level", "result", "reason", "file_name", "upload_id", "sop_instance_uid"),
    *("study_instance_uid", "round_number", "prediction", "confidence", "malignancy_probability", "raw_score"),
    *("model_version", "model_sha256", "operating_point", "asked_by", "manufacturer", "software_version"),
    *("site", "age_band"),
)
# a cell that begins so is a formula to a spreadsheet, and file names come from outside
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def entry_body(entry: PredictionEntry) -> dict[str, Any]:
    """Return one entry as plain values."""
    body: dict[str, Any] = {name: getattr(entry, name) for name in FIELDS}
    body["at"] = entry.at.isoformat()
    body["latency_ms"] = entry.latency_ms
    return body


def as_json_lines(entries: QuerySet[PredictionEntry]) -> StreamingHttpResponse:
    """Stream one JSON object a line."""
    lines = (json.dumps(entry_body(entry), ensure_ascii=False) + "\n" for entry in entries.iterator(chunk_size=500))
    return _file(lines, "application/x-ndjson", "predictions.jsonl")


def as_csv(entries: QuerySet[PredictionEntry]) -> StreamingHttpResponse:
    """Stream a table with a heading."""
    return _file(_rows(entries), "text/csv; charset=utf-8", "predictions.csv")


def _rows(entries: QuerySet[PredictionEntry]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield writer.writerow([*FIELDS, *(f"{stage}_ms" for stage in STAGES)])
    for entry in entries.iterator(chunk_size=500):
        body = entry_body(entry)
        cells = [body[name] for name in FIELDS] + [entry.latency_ms.get(stage) for stage in STAGES]
        yield writer.writerow([_harmless(cell) for cell in cells])


def _harmless(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def _file(lines: Iterator[str], content_type: str, name: str) -> StreamingHttpResponse:
    answer = StreamingHttpResponse(lines, content_type=content_type)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
