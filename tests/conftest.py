"""Rules for the whole suite: peers that are missing are named, figures are shown, and two processes share the work."""

import os
import shutil
from typing import Any

import pytest
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

from tests import figures
from webapp.audit import triggers


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Let tests that empty the tables do so: the triggers of the audit trail have tests of their own."""
    with django_db_blocker.unblock():
        triggers.take_out(connection)


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("peer"):
        for program in mark.args:
            if shutil.which(program) is not None:
                continue
            sentence = f"{program} is not installed: run `make system-packages`, or install it by hand"
            if os.environ.get("CI") == "true":
                pytest.fail(sentence)
            pytest.skip(sentence)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the journeys, which wait more than they compute, start first."""
    items.sort(key=lambda item: "journey" not in item.path.parts)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand this process's figures to the one that reports."""
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["figures"] = figures.noted()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over the figures of a process that has finished."""
    for figure in getattr(node, "workeroutput", {}).get("figures", ()):
        figures.note(figure)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if figures.noted():
        terminalreporter.section("figures")
        for figure in figures.noted():
            terminalreporter.write_line(figure)
