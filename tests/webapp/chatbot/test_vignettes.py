"""Cases written after the guidelines: is each answered with its level, and is what was said understood?

The vocabulary was mended on them: they show that the rules are followed. How it does on words it has not met is in
``test_held_out.py``.
"""

from functools import cache
from pathlib import Path

import pytest

from tests import figures
from tests.webapp.chatbot.casebook import NO, Result, count, load, run
from webapp.chatbot.rules import rule_set

CASES = load(Path(__file__).with_name("vignettes"))
UPPER_BOUND = 0.03


@cache
def _result(index: int) -> Result:
    return run(CASES[index])


@pytest.mark.parametrize("index", range(len(CASES)), ids=[case.id for case in CASES])
def test_case_is_answered_with_its_level_and_its_facts(index: int) -> None:
    result = _result(index)
    assert result.level == result.case.level
    assert {name: result.facts.get(name) for name in result.case.facts} == result.case.facts


def test_hazardous_under_triage_stays_below_its_bar() -> None:
    counted = count([_result(index) for index in range(len(CASES))])
    figures.note(f"vignettes: {counted}")
    assert counted.cases >= 120
    assert counted.interval[1] < UPPER_BOUND


def test_typical_conversation_ends_within_eight_turns() -> None:
    turns = sorted(_result(index).turns for index in range(len(CASES)))
    figures.note(f"vignettes, turns: median {turns[len(turns) // 2]}, longest {turns[-1]}")
    assert turns[-1] <= 8


def test_cases_come_in_both_languages_and_all_levels() -> None:
    assert {case.level for case in CASES} == set(rule_set().levels)
    assert all(sum(case.language == language for case in CASES) >= 60 for language in NO)
    assert len({case.id for case in CASES}) == len(CASES)
