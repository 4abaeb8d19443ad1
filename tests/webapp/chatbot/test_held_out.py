"""Cases that the vocabulary was not made on: how does the chatbot do on words it has not met?

``held_out`` was written after the guidelines by a hand that had not seen the vocabulary; ``held_out_unusual``, in words
unusual on purpose, by the hand that had just mended the vocabulary on the first. What each gave on its first run stands
in its ``figures.yaml`` and in ``docs/chatbot.md``. No bar was passed here: it is where it stands.
"""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import figures
from tests.webapp.chatbot.casebook import NO, Case, count, load, run, wilson
from webapp.chatbot import documentation

SETS = ("held_out", "held_out_unusual")


def _cases(name: str) -> list[Case]:
    return load(Path(__file__).with_name(name))


def _figures(name: str) -> dict[str, Any]:
    recorded: dict[str, Any] = yaml.safe_load((Path(__file__).with_name(name) / "figures.yaml").read_text("utf-8"))
    return recorded


@pytest.mark.parametrize("name", SETS)
def test_hazardous_under_triage_does_not_rise_above_what_is_recorded(name: str) -> None:
    counted = count([run(case) for case in _cases(name)])
    first, now = _figures(name)["first_run"], _figures(name)["now"]
    missed = f"{len(first['missed'])} of {first['urgent']} urgent answered lower"
    figures.note(f"{name}, first run: {first['exact']} of {first['cases']} exact, {missed}")
    figures.note(f"{name}, now, mended on these cases: {counted}")
    assert set(counted.missed) <= set(now["missed"])
    assert (counted.cases, counted.urgent) == (now["cases"], now["urgent"])
    assert counted.exact >= now["exact"]


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("which", ["first_run", "now"])
def test_page_gives_the_figures_with_their_interval(name: str, which: str) -> None:
    recorded = _figures(name)[which]
    low, high = wilson(len(recorded["missed"]), recorded["urgent"])
    page = documentation.page()
    assert f"| {recorded['exact']} of {recorded['cases']} | {recorded['over']} | {recorded['under']} |" in page
    interval = f"{100 * low:.1f} % to {100 * high:.1f} %"
    assert f"| {len(recorded['missed'])} of {recorded['urgent']} | {interval} |" in page


def test_cases_are_many_mostly_urgent_and_in_both_languages() -> None:
    cases = _cases("held_out")
    assert len({case.id for case in cases}) == len(cases) >= 80
    assert _figures("held_out")["first_run"]["urgent"] >= 50
    assert all(sum(case.language == language for case in cases) >= 40 for language in NO)
