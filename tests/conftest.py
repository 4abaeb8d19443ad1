"""Rules for the whole suite: peers that are missing are named, figures are shown, and two processes share the work."""

import os
import shutil
from typing import Any

import pytest

from tests import figures

# nodes and peers that many modules share: their tests stay together, so that each is started once
_SHARED = ("hardy_node", "orthanc_or_none")


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("peer"):
        for program in mark.args:
            if shutil.which(program) is not None:
                continue
            sentence = f"{program} is not installed: run `make system-packages`, or install it by hand"
            if os.environ.get("CI") == "true":
                pytest.fail(sentence)
            pytest.skip(sentence)


@pytest.hookimpl(tryfirst=True)  # before the groups are read
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the journeys, which wait more than they compute, start first; a module's tests run in one process."""
    items.sort(key=lambda item: "journey" not in item.path.parts)
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item)))


def _group(item: pytest.Item) -> str:
    fixtures = getattr(item, "fixturenames", ())
    return next((shared for shared in _SHARED if shared in fixtures), str(item.path))


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
