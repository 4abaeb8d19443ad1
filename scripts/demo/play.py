"""The play as a whole: prepare, start the node, push, wait for the reports, show them, stay, stop."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from scripts.demo import acts
from scripts.demo import node as nodes
from scripts.demo.errors import DemoError
from scripts.demo.folder import NODE, emptied
from scripts.demo.node import Node, SignIn
from scripts.demo.outcomes import collect
from scripts.demo.pacs import AE_TITLE, Pacs
from scripts.demo.results import ChapterOutcome
from scripts.demo.screen import Screen, shown
from scripts.demo.studies import Chapter


@dataclass(frozen=True)
class Options:
    """What the command line asks for."""

    study: Path | None
    folder: Path
    once: bool
    phantom_only: bool
    patience_seconds: float


def play(options: Options, screen: Screen) -> None:
    """Play the whole demo; it returns when all is well.

    Raises
    ------
    DemoError
        If a report did not come, or the node died.
    """
    screen.print("Mammonode demo. Research software, not for diagnosis.")
    with emptied(options.folder) as folder:
        screen.print()
        chapters = _prepare(options, screen)
        with Pacs(folder / "pacs") as pacs, _node(folder, pacs, screen) as node:
            acts.wait_until_ready(node, screen)
            sign_in = node.sign_in()
            outcomes = _perform(options, screen, chapters, pacs, node, sign_in)
            acts.show(outcomes, pacs.folder, screen)
            without_report = [study.label for chapter in outcomes for study in chapter.studies if study.failure]
            if options.once and without_report:
                raise DemoError(f"No report came back for {', '.join(without_report)}.")
            if not options.once:
                _stay(node, sign_in, screen)


def _prepare(options: Options, screen: Screen) -> tuple[Chapter, ...]:
    if options.study is not None:
        return acts.find_own_files(options.study, screen)
    return acts.prepare_films(options.folder / "modality", options.phantom_only, screen)


def _perform(
    options: Options, screen: Screen, chapters: tuple[Chapter, ...], pacs: Pacs, node: Node, sign_in: SignIn
) -> tuple[ChapterOutcome, ...]:
    refusals = acts.push_all(chapters, pacs, node, screen)
    facts = acts.wait_for_reports(chapters, refusals, pacs, node, sign_in.api_token, options.patience_seconds, screen)
    reports = {uid: pacs.reports(uid) for uid in facts}
    return tuple(collect(chapter, refusals, facts, reports) for chapter in chapters)


@contextmanager
def _node(folder: Path, pacs: Pacs, screen: Screen) -> Iterator[Node]:
    """Start the node, and stop it whatever happens."""
    node = nodes.start(folder / NODE, folder / "node.log", f"{AE_TITLE}@127.0.0.1:{pacs.port}")
    try:
        yield node
    finally:
        with screen.step("Stop") as step:
            step.say("the node ends its associations and tasks")
            ended = nodes.stop(node.process, node.data_folder)
            step.result = "the node has ended" if ended else "the node did not end in time and was killed"


def _stay(node: Node, sign_in: SignIn, screen: Screen) -> None:
    """Keep the node running until Ctrl-C."""
    screen.print(f"Web        {node.url}/")
    screen.print(f"Sign-in    user {sign_in.username}, password {sign_in.password}")
    screen.print(f"DICOM      {nodes.AE_TITLE}@127.0.0.1:{node.dicom_port}")
    screen.print(f"Log        {shown(node.log)}")
    screen.print("\nThe node keeps running. Ctrl-C stops it.")
    try:
        node.process.wait()
    except KeyboardInterrupt:
        screen.print()
        return
    node.check_alive()
