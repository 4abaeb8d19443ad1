"""Long answers as files, written line by line: nothing of them is kept in memory."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.http import StreamingHttpResponse

# a cell that begins so is a formula to a spreadsheet, and names come from outside
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def csv_lines(heading: Sequence[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """Write a table with a heading; no cell of it is a formula to a spreadsheet."""
    writer = csv.writer(_Echo())
    yield writer.writerow(heading)
    for row in rows:
        yield writer.writerow([_harmless(cell) for cell in row])


def _harmless(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def json_lines(bodies: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Write one JSON object a line."""
    for body in bodies:
        yield json.dumps(body, ensure_ascii=False) + "\n"


def download(lines: Iterator[str], content_type: str, name: str) -> StreamingHttpResponse:
    """Return an answer that a browser keeps as a file of this name."""
    answer = StreamingHttpResponse(lines, content_type=content_type)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
