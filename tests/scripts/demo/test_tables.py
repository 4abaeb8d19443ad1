"""The tables: what a reader finds in them, on 80 columns and on 120."""

import io
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table

from scripts.demo.results import ChapterOutcome, Outcome, Row
from scripts.demo.tables import STAGES, reports_table, scores_table, stages_table

REASON = "The image does not say which breast it shows, so it was not analysed."
FOUR_VIEWS = Outcome(
    label="P_00820",
    rows=(
        Row("R", "CC", 0.12345, "Benign", "benign"),
        Row("L", "CC", 0.9, "Malignant", "malignant"),
        Row("R", "MLO", None, "not analysed", "benign", REASON),
        Row("L", "MLO", 0.8, "Malignant", "malignant"),
    ),
    score=0.87,
    prediction="Malignant",
    timings_ms={stage: 12_345.6 for stage in STAGES},
    reports=(Path("film-p00820.comprehensive-3d-sr.dcm"),),
)
FAILED = Outcome(
    "study 1", (Row("", "", prediction="not taken", remark="refused with status A900"),), failure="no image"
)


def _render(table: Table, width: int = 80) -> str:
    sink = io.StringIO()
    Console(file=sink, width=width).print(table)
    return sink.getvalue()


def _words(line: str) -> list[str]:
    return line.split()


def test_each_image_has_a_line_with_score_prediction_and_truth() -> None:
    lines = _render(scores_table(ChapterOutcome("Films", (FOUR_VIEWS,)))).splitlines()
    assert ["P_00820", "R", "CC", "0.123", "Benign", "benign"] in map(_words, lines)
    assert ["L", "CC", "0.900", "Malignant", "malignant"] in map(_words, lines)


def test_a_study_of_several_images_has_a_line_of_its_own() -> None:
    lines = _render(scores_table(ChapterOutcome("Films", (FOUR_VIEWS,)))).splitlines()
    assert ["all", "0.870", "Malignant", "malignant"] in map(_words, lines)


def test_an_image_that_was_not_analysed_shows_the_whole_reason() -> None:
    text = _render(scores_table(ChapterOutcome("Films", (FOUR_VIEWS,))), width=120)
    said = " ".join(word for word in _words(text) if word in REASON)
    for word in REASON.split():
        assert word in said


def test_a_study_without_a_report_says_why() -> None:
    text = _render(scores_table(ChapterOutcome("Your files", (FAILED,))))
    assert "refused with status A900" in text
    assert "no image" in text
    assert "none: no image" in _render(reports_table((FAILED,)))


def test_pathology_is_shown_only_where_it_is_known() -> None:
    unknown = Outcome("phantom", (Row("R", "CC", 0.5, "Benign"),))
    assert "Pathology" not in _render(scores_table(ChapterOutcome("Phantom", (unknown,))))
    assert "Pathology" in _render(scores_table(ChapterOutcome("Films", (FOUR_VIEWS,))))


def test_every_stage_has_its_milliseconds() -> None:
    text = _render(stages_table((FOUR_VIEWS,)))
    for stage in STAGES:
        assert stage in text
    assert text.count("12,346") == len(STAGES)


@pytest.mark.parametrize("width", [80, 120])
def test_tables_fit_the_screen(width: int) -> None:
    tables = (
        scores_table(ChapterOutcome("Films", (FOUR_VIEWS, FAILED))),
        stages_table((FOUR_VIEWS, FAILED)),
        reports_table((FOUR_VIEWS, FAILED)),
    )
    for table in tables:
        text = _render(table, width)
        assert max(map(len, text.splitlines())) <= width
        assert "…" not in text


def test_text_in_brackets_is_not_taken_for_markup() -> None:
    study = Outcome("[red]study[/red]", (Row("R", "CC", 0.5, "Benign"),))
    assert "[red]study[/red]" in _render(scores_table(ChapterOutcome("x", (study,))))


def test_own_files_are_named_beside_their_scores() -> None:
    study = Outcome("study 1", (Row("R", "CC", 0.5, "Benign", file="IM000001.dcm"),))
    lines = _render(scores_table(ChapterOutcome("Your files", (study,)))).splitlines()
    assert ["study", "1", "IM000001.dcm", "R", "CC", "0.500", "Benign"] in map(_words, lines)
    assert "File" not in _render(scores_table(ChapterOutcome("Films", (FOUR_VIEWS,))))


def test_a_uid_in_a_remark_is_shown_whole() -> None:
    uid = "1.3.6.1.4.1.9590.100.1.2.76398558910572625609162945830940591262"
    study = Outcome("study 1", (Row(file="1.dcm"),), failure=f"failed at stage report: study {uid}")
    text = _render(scores_table(ChapterOutcome("Your files", (study,))))
    assert "…" not in text
    assert uid in "".join(text.split())
