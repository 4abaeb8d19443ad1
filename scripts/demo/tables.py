"""The results as tables of plain text, at most as wide as the screen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich import box
from rich.markup import escape
from rich.table import Column, Table

from scripts.demo.results import ChapterOutcome, Outcome, Row

STAGES = ("receive", "wait", "queue", "decode", "preprocess", "infer", "report", "send")
_RIGID, _FIGURES = Column(no_wrap=True), Column(no_wrap=True, justify="right")
_RUNNING = Column(overflow="fold")
_COLUMNS = {
    "Study": _RIGID,
    "File": _RUNNING,
    "Side": _RIGID,
    "View": _RIGID,
    "Score": _FIGURES,
    "Prediction": _RIGID,
    "Pathology": _RIGID,
    "Remark": _RUNNING,
}
# shown only where there is something to show
_WHERE_ANY = frozenset({"File", "Pathology", "Remark"})


def scores_table(chapter: ChapterOutcome) -> Table:
    """Return the scores of a chapter: an image a line, and a line more for a study of several images."""
    lines = [line for study in chapter.studies for line in _study_lines(study)]
    table = _table()
    used = []
    for i, (heading, shape) in enumerate(_COLUMNS.items()):
        if heading not in _WHERE_ANY or any(cells[i] for cells, _ in lines):
            used.append(i)
            table.add_column(heading, justify=shape.justify, no_wrap=shape.no_wrap, overflow=shape.overflow)
    for number, (cells, ends_study) in enumerate(lines, start=1):
        table.add_row(*(escape(cells[i]) for i in used), end_section=ends_study and number < len(lines))
    return table


def stages_table(studies: Sequence[Outcome]) -> Table:
    """Return the milliseconds of each stage, a study a line."""
    table = _table()
    table.add_column("Study", no_wrap=True)
    for stage in STAGES:
        table.add_column(stage, justify="right", no_wrap=True)
    for study in studies:
        table.add_row(escape(study.label), *(_milliseconds(study.timings_ms.get(stage)) for stage in STAGES))
    return table


def reports_table(studies: Iterable[Outcome]) -> Table:
    """Return the files that came back, a study a line."""
    table = _table()
    table.add_column("Study", no_wrap=True)
    table.add_column("Structured Report", overflow="fold")
    for study in studies:
        names = "\n".join(path.name for path in study.reports)
        table.add_row(escape(study.label), escape(names or f"none: {study.failure}"))
    return table


def _table() -> Table:
    return Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))


def _study_lines(study: Outcome) -> Iterator[tuple[list[str], bool]]:
    """Yield the cells of each line of a study, and whether the line is its last."""
    for number, row in enumerate(study.rows):
        sides = [row.laterality or "-", row.view or "-"]
        yield [study.label if number == 0 else "", row.file, *sides, *_verdict(row)], False
    if len(study.rows) > 1 or study.failure:
        whole = Row("", "", study.score, study.prediction, study.pathology, study.failure)
        yield ["  all" if study.rows else study.label, "", "", "", *_verdict(whole)], True


def _verdict(row: Row) -> list[str]:
    score = "-" if row.score is None else f"{row.score:.3f}"
    return [score, row.prediction or "-", row.pathology, row.remark]


def _milliseconds(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}"
