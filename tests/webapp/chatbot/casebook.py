"""Cases of people with a breast symptom, held against the chatbot: read from a folder, run to the end, and counted.

Hazardous under-triage: a case whose level is an urgent one or emergency, answered with any lower level. Its denominator
is those cases alone. The interval is Wilson's, at 95 %.
"""

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from webapp.chatbot.assessment import evaluate
from webapp.chatbot.dialogue import DONE, State, respond
from webapp.chatbot.rules import rule_set
from webapp.chatbot.understanding import read

HAZARDOUS = {"emergency", "urgent_suspected_cancer", "urgent_other"}
NO = {"en": "no", "fr": "non"}
LONGEST = 12


@dataclass(frozen=True)
class Case:
    """One person: what she says, and what must come out."""

    id: str
    language: str
    says: str
    level: str
    answers: dict[str, str] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    """What came out."""

    case: Case
    level: str
    facts: dict[str, Any]
    turns: int


@dataclass(frozen=True)
class Figures:
    """How a set of cases came out."""

    cases: int
    exact: int
    over: int
    under: int
    urgent: int
    missed: tuple[str, ...]

    @property
    def interval(self) -> tuple[float, float]:
        """Return the 95 % interval of hazardous under-triage."""
        return wilson(len(self.missed), self.urgent)

    def __str__(self) -> str:
        low, high = self.interval
        return (
            f"{self.cases} cases; exact {self.exact}, over-triage {self.over}, under-triage {self.under}\n"
            f"hazardous under-triage: {len(self.missed)} of {self.urgent} urgent cases ({', '.join(self.missed)}); "
            f"Wilson 95 % interval {low:.1%} to {high:.1%}"
        )


def load(folder: Path) -> list[Case]:
    """Return the cases of a folder, one file a language."""
    cases: list[Case] = []
    for language in NO:
        rows = yaml.safe_load((folder / f"{language}.yaml").read_text(encoding="utf-8"))
        cases += [Case(language=language, **{key: row[key] for key in row if key != "why"}) for row in rows]
    return cases


def run(case: Case) -> Result:
    """Hold the conversation; a question without an answer of its own is answered with no."""
    state = State(case.language)
    reply = respond(state, read(case.says, case.language))
    turns = 1
    while reply.question != DONE and turns < LONGEST:
        answer = case.answers.get(reply.question, NO[case.language])
        reply = respond(state, read(answer, state.language))
        turns += 1
    return Result(case, evaluate(state).level, state.values(), turns)


def count(results: list[Result]) -> Figures:
    """Return the figures of what came out."""
    rank = rule_set().levels.index
    lower = [result for result in results if rank(result.level) > rank(result.case.level)]
    return Figures(
        cases=len(results),
        exact=sum(result.level == result.case.level for result in results),
        over=sum(rank(result.level) < rank(result.case.level) for result in results),
        under=len(lower),
        urgent=sum(result.case.level in HAZARDOUS for result in results),
        missed=tuple(result.case.id for result in lower if result.case.level in HAZARDOUS),
    )


def wilson(hits: int, total: int) -> tuple[float, float]:
    """Return the 95 % interval of a share."""
    z = 1.959964
    share = hits / total
    centre = share + z * z / (2 * total)
    width = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    return (max(0.0, (centre - width) / (1 + z * z / total)), (centre + width) / (1 + z * z / total))
