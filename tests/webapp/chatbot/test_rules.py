"""Every path of the rule set: each point of the cross product gets one level, and every rule is reached.

The product is too large to walk point by point in Python. A second, independent reading of ``rules.yaml`` evaluates it
exactly with bit arithmetic; the production code is held against that reading on all products of each rule's own
conditions and on many random points.
"""

import itertools
import random
from functools import cache
from typing import Any

import numpy as np
import pytest
import yaml
from numpy.typing import NDArray

from tests import figures
from webapp.chatbot import rules
from webapp.chatbot.catalogue import catalogue
from webapp.chatbot.dialogue import QUESTIONS
from webapp.chatbot.errors import RuleSetError
from webapp.chatbot.rules import rule_set
from webapp.chatbot.understanding import fact_table
from webapp.chatbot.vocabulary import LANGUAGES

AGES = (None, 12, 17, 18, 24, 25, 29, 30, 34, 35, 39, 40, 49, 50, 69, 70, 74, 75, 85, 120)
SEXES = (None, "female", "male")
SOURCE: dict[str, Any] = yaml.safe_load(rules.FILE.read_text(encoding="utf-8"))
DENIED = "(all changes denied)"
Bits = NDArray[np.uint8]


def _variables() -> list[str]:
    """Return what a rule may name: facts, and groups as one fact each."""
    names: dict[str, None] = {}
    for rule in SOURCE["rules"]:
        for key in ("all", "any", "none"):
            for name in rule["when"].get(key, ()):
                parts = SOURCE["groups"]["changes"] if name == "changes" else [name]
                names.update(dict.fromkeys(parts))
    return [*names, DENIED]


VARIABLES = _variables()


@cache
def _bits(variable: str) -> Bits:
    """Return one bit for each combination: whether the variable is present there."""
    index = VARIABLES.index(variable)
    if index < 3:
        pattern = sum(1 << bit for bit in range(8) if (7 - bit) >> index & 1)
        return np.full(1 << (len(VARIABLES) - 3), pattern, dtype=np.uint8)
    period = np.repeat(np.array([0, 255], dtype=np.uint8), 1 << (index - 3))
    return np.tile(period, 1 << (len(VARIABLES) - index - 1))


def _any_of(name: str) -> Bits:
    if name != "changes":
        return _bits(name)
    return _union([_bits(part) for part in SOURCE["groups"]["changes"]])


def _union(parts: list[Bits]) -> Bits:
    found = np.zeros(1 << (len(VARIABLES) - 3), dtype=np.uint8)
    for part in parts:
        found |= part
    return found


@cache
def _fired(index: int) -> Bits:
    """Return where the conditions on facts of a rule hold."""
    when = SOURCE["rules"][index]["when"]
    found = np.full(1 << (len(VARIABLES) - 3), 255, dtype=np.uint8)
    for name in when.get("all", ()):
        found &= _any_of(name)
    if "any" in when:
        found &= _union([_any_of(name) for name in when["any"]])
    for name in when.get("none", ()):
        found &= ~_any_of(name)
    if "denied" in when:
        found &= _bits(DENIED)
    return found


def _applies(when: dict[str, Any], age: int | None, sex: str | None) -> bool:
    bounds = when.get("age", {})
    in_range = age is None or bounds.get("min", 0) <= age <= bounds.get("max", 999)
    return in_range and (sex is None or when.get("sex", sex) == sex)


def _applicable(age: int | None, sex: str | None, audience: str) -> tuple[int, ...]:
    return tuple(
        index
        for index, rule in enumerate(SOURCE["rules"])
        if audience in rule["for"] and _applies(rule["when"], age, sex)
    )


@cache
def _count_levels(applicable: tuple[int, ...]) -> tuple[dict[str, int], frozenset[int]]:
    """Return how many combinations get each level, and which rules are reached."""
    counts: dict[str, int] = {}
    reached_rules: set[int] = set()
    open_ = np.full(1 << (len(VARIABLES) - 3), 255, dtype=np.uint8)
    for level in SOURCE["levels"]:
        of_level = [index for index in applicable if SOURCE["rules"][index]["level"] == level]
        reached = np.zeros_like(open_)
        for index in of_level:
            # imaging advice stands beside a decision and never makes one: for it, firing is being reached
            here = _fired(index) & (open_ if "patient" in SOURCE["rules"][index]["for"] else 255)
            if here.any():
                reached_rules.add(index)
            reached |= here & open_
        counts[level] = int(np.bitwise_count(reached).sum())
        open_ &= ~reached
    counts["fallback"] = int(np.bitwise_count(open_).sum())
    return counts, frozenset(reached_rules)


def test_every_path_gets_one_level_and_every_rule_decides_somewhere() -> None:
    total: dict[str, int] = {}
    reached: set[int] = set()
    points = 0
    for age, sex, audience in itertools.product(AGES, SEXES, rules.AUDIENCES):
        counts, here = _count_levels(_applicable(age, sex, audience))
        reached |= here
        points += sum(counts.values())
        for level, count in counts.items():
            total[level] = total.get(level, 0) + count
    _fired.cache_clear()
    _bits.cache_clear()
    expected = len(AGES) * len(SEXES) * len(rules.AUDIENCES) << len(VARIABLES)
    figures.note(f"paths: {points:,} over {len(VARIABLES)} facts, {len(AGES)} ages, {len(SEXES)} sexes, two audiences")
    figures.note(f"levels: {', '.join(f'{level} {count:,}' for level, count in total.items())}")
    assert points == expected
    assert [SOURCE["rules"][index]["id"] for index in range(len(SOURCE["rules"])) if index not in reached] == []
    assert all(total[level] for level in [*SOURCE["levels"], "fallback"])


def _as_facts(point: dict[str, bool], age: int | None, sex: str | None) -> dict[str, bool | int | str]:
    facts: dict[str, bool | int | str] = {}
    if age is not None:
        facts["age"] = age
    if sex is not None:
        facts["sex"] = sex
    for name in rule_set().groups["changes"] if point.get(DENIED) else ():
        facts[name] = False
    for name, value in point.items():
        if value and name != DENIED:
            facts[SOURCE["groups"].get(name, [name])[0]] = True
    return facts


def _level_of(point: dict[str, bool], age: int | None, sex: str | None, audience: str) -> str:
    """Return the level by the second reading."""

    def present(name: str) -> bool:
        if name == "changes":
            return any(point.get(part, False) for part in SOURCE["groups"]["changes"])
        return point.get(name, False)

    is_denied = point.get(DENIED, False) and not present("changes")
    for level in SOURCE["levels"]:
        for index in _applicable(age, sex, audience):
            when = SOURCE["rules"][index]["when"]
            if (
                SOURCE["rules"][index]["level"] == level
                and all(map(present, when.get("all", ())))
                and (not when.get("any") or any(map(present, when["any"])))
                and not any(map(present, when.get("none", ())))
                and ("denied" not in when or is_denied)
            ):
                return str(level)
    return str(SOURCE["fallback"]["level"])


def test_production_agrees_with_the_second_reading_on_each_rules_own_product() -> None:
    checked = 0
    for rule in SOURCE["rules"]:
        when = rule["when"]
        names = [name for key in ("all", "any", "none") for name in when.get(key, ())]
        parts = [part for name in names for part in (SOURCE["groups"]["changes"] if name == "changes" else [name])]
        own = [*dict.fromkeys(parts), DENIED]
        for values in itertools.product((False, True), repeat=len(own)):
            point = dict(zip(own, values, strict=True))
            for age, sex in itertools.product(AGES if len(own) < 10 else AGES[::3], SEXES):
                assert rule_set().evaluate(_as_facts(point, age, sex)).level == _level_of(point, age, sex, "patient")
                checked += 1
    figures.note(f"production and second reading agree on {checked:,} points")


def test_production_agrees_with_the_second_reading_on_random_points() -> None:
    chance = random.Random(7)
    for _ in range(20_000):
        share = chance.choice((0.05, 0.2, 0.5))
        point = {name: chance.random() < share for name in VARIABLES}
        age, sex, audience = chance.choice(AGES), chance.choice(SEXES), chance.choice(rules.AUDIENCES)
        outcome = rule_set().evaluate(_as_facts(point, age, sex), audience)
        assert outcome.level == _level_of(point, age, sex, audience)
        assert outcome.rules


def test_no_fact_at_all_never_reassures() -> None:
    outcome = rule_set().evaluate({})
    assert outcome.level == "routine"
    assert [rule.id for rule in outcome.rules] == ["FALLBACK"]


def test_every_rule_that_fired_is_in_the_answer() -> None:
    outcome = rule_set().evaluate({"age": 31, "sex": "female", "lump": True, "fever": True, "skin_redness": True})
    assert [rule.id for rule in outcome.rules] == ["SC1", "UO1", "UO2"]


@pytest.mark.parametrize(("known", "settles"), [({"age": 42, "sex": "female", "lump": True}, "nipple_discharge")])
def test_what_cannot_change_the_level_is_not_asked(known: dict[str, bool | int | str], settles: str) -> None:
    assert settles not in rule_set().open_facts(known)


def test_open_facts_close_only_when_no_answer_can_raise_the_level() -> None:
    """Whatever is answered to questions that are not asked, the level stays."""
    chance = random.Random(11)
    names = [name for name in VARIABLES if name not in SOURCE["groups"] and name != DENIED]
    for _ in range(300):
        facts: dict[str, bool | int | str] = {"age": chance.randint(15, 90), "sex": chance.choice(("female", "male"))}
        while open_ := sorted(rule_set().open_facts(facts)):
            facts[open_[0]] = chance.random() < 0.15
        level = rule_set().evaluate(facts).level
        for _ in range(10):
            more = {name: chance.random() < 0.5 for name in names if name not in facts}
            found = rule_set().evaluate({**more, **facts}).level
            assert rule_set().levels.index(found) >= rule_set().levels.index(level)


def test_every_fact_of_a_rule_can_be_understood_or_asked() -> None:
    named = {fact for rule in rule_set().rules for fact in rule.when.facts()}
    assert named <= set(fact_table())
    assert all(fact_table()[fact].get("question") in QUESTIONS for fact in named - {"self_harm"})


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_action_level_and_question_has_its_text(language: str) -> None:
    texts = catalogue(language)
    assert {rule.action for rule in (*rule_set().rules, rule_set().fallback)} == set(texts["actions"])
    assert set(texts["levels"]) == set(rule_set().levels)
    assert set(texts["questions"]) == set(QUESTIONS)
    assert set(texts["facts"]) == set(fact_table())


def test_both_catalogues_have_the_same_keys() -> None:
    def keys(tree: object, above: str = "") -> set[str]:
        if not isinstance(tree, dict):
            return {above}
        return {key for name, branch in tree.items() for key in keys(branch, f"{above}/{name}")}

    assert keys(catalogue("en")) == keys(catalogue("fr"))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"level": "panic"}, "no level panic"),
        ({"guideline": "hearsay"}, "no guideline hearsay"),
        ({"for": ["everybody"]}, "no audience"),
        ({"when": {"maybe": ["lump"]}}, "no condition"),
        ({"id": "EM2"}, "comes twice"),
    ],
)
def test_unsound_rule_is_refused_with_a_reason(change: dict[str, Any], sentence: str) -> None:
    broken = {**SOURCE, "rules": [{**SOURCE["rules"][0], **change}, *SOURCE["rules"][1:]]}
    with pytest.raises(RuleSetError, match=sentence):
        rules.parse(broken, "test")
