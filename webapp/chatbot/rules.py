"""The decision: facts in, level out. What is decided stands in ``rules.yaml``; this file only reads it."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from webapp.chatbot.errors import RuleSetError

FILE = Path(__file__).with_name("rules.yaml")
AUDIENCES = ("patient", "clinician")
SOURCE_READ = ("summary", "extract", "not_read")

# age: int; sex: "female" or "male"; everything else: True or False. What is missing is not known.
Facts = Mapping[str, bool | int | str]


@dataclass(frozen=True)
class Guideline:
    """Where a rule comes from."""

    title: str
    version: str
    url: str
    # summary, extract or not_read; the date only where something was read
    source_read: str
    read_on: str = ""


@dataclass(frozen=True)
class Conditions:
    """When a rule fires; groups are resolved to tuples of facts."""

    youngest: int | None = None
    oldest: int | None = None
    sex: str | None = None
    all_of: tuple[tuple[str, ...], ...] = ()
    any_of: tuple[tuple[str, ...], ...] = ()
    none_of: tuple[tuple[str, ...], ...] = ()
    denied: tuple[tuple[str, ...], ...] = ()

    def facts(self) -> Iterator[str]:
        """Yield every fact this looks at."""
        if self.youngest is not None or self.oldest is not None:
            yield "age"
        if self.sex is not None:
            yield "sex"
        for parts in (self.all_of, self.any_of, self.none_of, self.denied):
            for part in parts:
                yield from part


@dataclass(frozen=True)
class Rule:
    """One line of a guideline, in the form that decides."""

    id: str
    level: str
    guideline: Guideline
    paragraph: str
    within_hours: int
    when: Conditions
    action: str
    audience: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True)
class Outcome:
    """The level, and every rule that fired, the most urgent first."""

    level: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class RuleSet:
    """All rules of one version."""

    version: str
    levels: tuple[str, ...]
    groups: Mapping[str, tuple[str, ...]]
    rules: tuple[Rule, ...]
    fallback: Rule

    def evaluate(self, facts: Facts, audience: str = "patient") -> Outcome:
        """Return the level and the rules behind it; what is not known is read the safer way."""
        fired = [rule for rule in self.rules if audience in rule.audience and fires(rule.when, facts)]
        fired.sort(key=lambda rule: (self.levels.index(rule.level), rule.within_hours))
        rules = tuple(fired) or (self.fallback,)
        return Outcome(level=rules[0].level, rules=rules)

    def open_facts(self, facts: Facts, unanswerable: frozenset[str] = frozenset()) -> set[str]:
        """Return the facts whose answer can still change the level.

        Those are the unknown facts of undecided rules that are more urgent than every rule that is certain by now.
        ``unanswerable`` facts were asked about without success: they stay unknown for good.
        """
        certainty = [(self.levels.index(rule.level), rule.when) for rule in self.rules]
        certain = [rank for rank, when in certainty if holds(when, facts) is True]
        best = min(certain, default=len(self.levels))
        undecided = [when for rank, when in certainty if rank < best and holds(when, facts) is None]
        wanted = {fact for when in undecided for fact in when.facts()}
        return {fact for fact in wanted if fact not in facts and fact not in unanswerable}


def fires(when: Conditions, facts: Facts) -> bool:
    """Tell whether a rule fires on what is known."""
    age, sex = facts.get("age"), facts.get("sex")
    return (
        (not isinstance(age, int) or _in_range(when, age))
        and (sex is None or when.sex in {None, sex})
        and all(_present(part, facts) is True for part in when.all_of)
        and (not when.any_of or any(_present(part, facts) is True for part in when.any_of))
        and all(_present(part, facts) is not True for part in when.none_of)
        and all(_present(part, facts) is False for part in when.denied)
    )


def holds(when: Conditions, facts: Facts) -> bool | None:
    """Tell whether a rule fires whatever else may come out (True), cannot fire any more (False), or neither (None)."""
    parts: list[bool | None] = []
    if when.youngest is not None or when.oldest is not None:
        age = facts.get("age")
        parts.append(_in_range(when, age) if isinstance(age, int) else None)
    if when.sex is not None:
        parts.append(facts["sex"] == when.sex if "sex" in facts else None)
    parts += [_present(part, facts) for part in when.all_of]
    if when.any_of:
        parts.append(_either([_present(part, facts) for part in when.any_of]))
    parts += [_not(_present(part, facts)) for part in (*when.none_of, *when.denied)]
    if False in parts:
        return False
    return None if None in parts else True


def _in_range(when: Conditions, age: int) -> bool:
    return (when.youngest is None or age >= when.youngest) and (when.oldest is None or age <= when.oldest)


def _present(part: tuple[str, ...], facts: Facts) -> bool | None:
    return _either([bool(facts[fact]) if fact in facts else None for fact in part])


def _either(parts: list[bool | None]) -> bool | None:
    if True in parts:
        return True
    return None if None in parts else False


def _not(value: bool | None) -> bool | None:
    return None if value is None else not value


@cache
def rule_set() -> RuleSet:
    """Return the rules in force."""
    content = FILE.read_bytes()
    return parse(yaml.safe_load(content), hashlib.sha256(content).hexdigest()[:12])


def parse(source: dict[str, Any], digest: str) -> RuleSet:
    """Return the rule set of a parsed file.

    Raises
    ------
    RuleSetError
        If a rule names a level, guideline or audience that does not exist, or a rule's id comes twice.
    """
    groups = {name: _flatten(name, source["groups"]) for name in source["groups"]}
    rules = tuple(_rule(entry, source, groups) for entry in source["rules"])
    fallback = _rule({**source["fallback"], "when": {}}, source, groups)
    ids = [rule.id for rule in rules]
    if len(set(ids)) != len(ids):
        raise RuleSetError(f"a rule's id comes twice: {sorted(ids)}")
    return RuleSet(f"{source['version']}+{digest}", tuple(source["levels"]), groups, rules, fallback)


def _flatten(name: str, groups: dict[str, list[str]]) -> tuple[str, ...]:
    return tuple(fact for part in groups[name] for fact in (_flatten(part, groups) if part in groups else (part,)))


def _rule(entry: dict[str, Any], source: dict[str, Any], groups: Mapping[str, tuple[str, ...]]) -> Rule:
    if entry["level"] not in source["levels"]:
        raise RuleSetError(f"rule {entry['id']}: there is no level {entry['level']}")
    if entry["guideline"] not in source["guidelines"]:
        raise RuleSetError(f"rule {entry['id']}: there is no guideline {entry['guideline']}")
    if not entry["for"] or not set(entry["for"]) <= set(AUDIENCES):
        raise RuleSetError(f"rule {entry['id']}: {entry['for']} is no audience")
    unknown = set(entry["when"]) - {"age", "sex", "all", "any", "none", "denied"}
    if unknown:
        raise RuleSetError(f"rule {entry['id']}: {sorted(unknown)} is no condition")
    return Rule(
        id=entry["id"],
        level=entry["level"],
        guideline=_guideline(entry["guideline"], source),
        paragraph=str(entry["paragraph"]),
        within_hours=entry["within_hours"],
        when=_conditions(entry["when"], groups),
        action=entry["action"],
        audience=tuple(entry["for"]),
        note=entry.get("note", ""),
    )


def _guideline(name: str, source: dict[str, Any]) -> Guideline:
    entry = {key: str(value) for key, value in source["guidelines"][name].items()}
    guideline = Guideline(**entry)
    if guideline.source_read not in SOURCE_READ:
        raise RuleSetError(f"guideline {name}: {guideline.source_read} is no way to read a source")
    if bool(guideline.read_on) == (guideline.source_read == "not_read"):
        raise RuleSetError(f"guideline {name}: a date stands where something was read, and only there")
    return guideline


def _conditions(when: dict[str, Any], groups: Mapping[str, tuple[str, ...]]) -> Conditions:
    def parts(key: str) -> tuple[tuple[str, ...], ...]:
        return tuple(groups.get(name, (name,)) for name in when.get(key, ()))

    age = when.get("age", {})
    return Conditions(
        youngest=age.get("min"),
        oldest=age.get("max"),
        sex=when.get("sex"),
        all_of=parts("all"),
        any_of=parts("any"),
        none_of=parts("none"),
        denied=parts("denied"),
    )
