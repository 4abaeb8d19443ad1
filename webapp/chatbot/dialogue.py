"""The conversation: which question comes next, and what an answer to it means.

Age and sex first, then the warning signs, then only what can still change the level. A question is asked twice at most.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from webapp.chatbot import catalogue
from webapp.chatbot.rules import rule_set
from webapp.chatbot.understanding import OLDEST_AGE, Fact, Understanding, facts_of

QUESTIONS = (
    "age",
    "sex",
    "red_flags",
    "changes",
    "discharge_bloody",
    "eczema_over_two_weeks",
    "antibiotics_not_helped",
    "pain_cyclic",
    "body",
    "history",
    "both_nipples",
)
OPENING, DONE = "opening", ""
TRIES = 2
# the options of the question of age stand for a whole range; the level is the same all through it
AGE_OPTIONS = {"under_30": 29, "from_30": 35, "from_40": 45, "from_50": 60, "from_75": 80}
_SEVERAL = {"red_flags", "changes", "body", "history"}


@dataclass
class State:
    """What is known, what was asked, and what is waited for. Kept with the conversation."""

    language: str
    audience: str = "patient"
    facts: dict[str, dict[str, Any]] = field(default_factory=dict)
    unanswerable: list[str] = field(default_factory=list)
    tries: dict[str, int] = field(default_factory=dict)
    pending: str = OPENING
    misunderstood: int = 0
    # something was said that was not understood: then nothing may reassure
    is_unclear: bool = False
    # part of a message may tell of a symptom in words that are not known, and no change was named since
    is_partly_unread: bool = False

    def values(self) -> dict[str, bool | int | str]:
        """Return the facts as the rules read them."""
        return {name: entry["value"] for name, entry in self.facts.items()}


@dataclass(frozen=True)
class Reply:
    """What the chatbot says next, as keys of the catalogue."""

    notices: tuple[str, ...] = ()
    intents: tuple[str, ...] = ()
    question: str = DONE
    wording: str = "ask"
    restarted: bool = False


def respond(state: State, said: Understanding) -> Reply:
    """Take in a message, and return what to say to it."""
    state.language = said.language
    if said.answer == "restart":
        return restart(state)
    corrected = _take_in(state, said)
    _conclude_groups(state, said)
    answered = _take_answer(state, said) or _take_number(state, said)
    _note_unread(state, said)
    if not answered and said.is_empty and not said.notices and not said.is_partly_unread:
        return _not_understood(state)
    told_which = said.answer == "yes" and state.pending in _SEVERAL and not answered and not said.facts
    state.misunderstood = 0
    notices: list[str] = [name for name in ("someone_else", "resolved") if name in said.notices]
    notices += ["corrected"] if corrected else []
    notices += ["which_one"] if told_which else []
    notices += ["partly_understood"] if said.is_partly_unread else []
    if said.intents == {"greeting"} and not said.facts and state.pending == DONE:
        notices.append("welcome")
    intents = tuple(sorted(name for name in said.intents if name != "greeting"))
    if told_which:
        return Reply(tuple(notices), intents, state.pending, "again")
    return _next(state, tuple(notices), intents)


def choose(state: State, option: str) -> Reply | None:
    """Take in a quick reply; None where it was never offered."""
    question, _, name = option.partition(":")
    if question not in QUESTIONS or name not in catalogue.options(state.language, question):
        return None
    words = str(catalogue.options(state.language, question)[name])
    state.misunderstood, state.pending = 0, question
    if name in AGE_OPTIONS and question == "age":
        _learn(state, [Fact("age", AGE_OPTIONS[name], words)])
    elif question == "sex" and name in {"female", "male"}:
        _learn(state, [Fact("sex", name, words)])
    elif name in {"none", "no", "unknown", "skip"}:
        _settle(state, question, "no" if name == "none" else name, words)
    else:
        _learn(state, [Fact(question if name == "yes" else name, True, words)])
        state.is_partly_unread = state.is_partly_unread and question != "changes"
    return _next(state, (), ())


def restart(state: State) -> Reply:
    """Forget every fact and begin again."""
    state.facts, state.unanswerable, state.tries = {}, [], {}
    state.pending, state.misunderstood = OPENING, 0
    state.is_unclear = state.is_partly_unread = False
    return Reply(notices=("begin_again",), question=OPENING, restarted=True)


def missing(state: State) -> list[str]:
    """Return the questions whose answer can still change the level."""
    values = state.values()
    if rule_set().evaluate(values).level == "emergency":
        return []
    wanted = rule_set().open_facts(values, frozenset(state.unanswerable))
    basics = [name for name in ("age", "sex") if name not in values and name not in state.unanswerable]
    others = [name for name in QUESTIONS if name not in {"age", "sex"} and not wanted.isdisjoint(facts_of(name))]
    return [name for name in (*basics, *others) if state.tries.get(name, 0) < TRIES]


def _next(state: State, notices: tuple[str, ...], intents: tuple[str, ...]) -> Reply:
    waiting = missing(state)
    if not waiting:
        state.pending = DONE
        return Reply(notices, intents)
    question = waiting[0]
    asked = state.tries.get(question, 0)
    state.tries[question], state.pending = asked + 1, question
    wording = "ask" if not asked else "more" if question in _SEVERAL else "again"
    return Reply(notices, intents, question, wording)


def _not_understood(state: State) -> Reply:
    state.misunderstood += 1
    state.is_unclear = True
    notice = "not_understood" if state.misunderstood == 1 else "not_understood_twice"
    if state.pending == OPENING and state.misunderstood > 1:
        return _next(state, (notice,), ())
    return Reply((notice,), (), state.pending, "again")


def _take_in(state: State, said: Understanding) -> bool:
    """Learn the facts of a message; tell whether one of them changes an earlier answer."""
    return _learn(state, said.facts)


def _learn(state: State, facts: Iterable[Fact]) -> bool:
    corrected = False
    for fact in facts:
        known = state.facts.get(fact.name)
        corrected = corrected or (known is not None and known["value"] != fact.value)
        state.facts[fact.name] = {"value": fact.value, "words": fact.words, "uncertain": fact.uncertain}
        if fact.name in state.unanswerable:
            state.unanswerable.remove(fact.name)
    return corrected


def _note_unread(state: State, said: Understanding) -> None:
    """Remember that something was left unread; a change named on the list of changes puts it right."""
    if said.is_partly_unread:
        state.is_partly_unread = True
    elif state.pending == "changes" and any(
        fact.value is True and fact.name in facts_of("changes") for fact in said.facts
    ):
        state.is_partly_unread = False


def _conclude_groups(state: State, said: Understanding) -> None:
    """Read "no symptoms" and "no other changes" as a no to everything not yet told."""
    if "no_symptoms" in said.notices:
        for name in facts_of("changes"):
            if name not in state.facts:
                _learn(state, [Fact(name, False, "")])


def _take_answer(state: State, said: Understanding) -> bool:
    """Apply yes, no, I do not know, or skip to the question that was asked."""
    question = state.pending
    if not said.answer or question in {OPENING, DONE}:
        return False
    if said.answer == "yes":
        if question in _SEVERAL or question in {"age", "sex"}:
            return False
        if question not in {fact.name for fact in said.facts}:
            _learn(state, [Fact(question, True, said.answer)])
        return True
    _settle(state, question, said.answer, said.answer)
    return True


def _settle(state: State, question: str, answer: str, words: str) -> None:
    """Close a question: denied, or not to be known."""
    for name in facts_of(question):
        if name in state.facts:
            continue
        if answer == "no" and name not in {"age", "sex"}:
            _learn(state, [Fact(name, False, words)])
        elif name not in state.unanswerable:
            state.unanswerable.append(name)


def _take_number(state: State, said: Understanding) -> bool:
    """Read a bare number as the age where the age was asked for (the opening asks for it too).

    Of several numbers in an answer about the age the greatest counts: most rules are stricter with age.
    """
    if "age" in state.facts or state.pending not in {OPENING, "age"} or "someone_else" in said.notices:
        return False
    if state.pending == "age":
        fitting = [number for number in said.numbers if 1 <= number <= OLDEST_AGE]
    else:
        fitting = [number for number in (said.number,) if number is not None and 12 <= number <= OLDEST_AGE]
    if not fitting:
        return False
    _learn(state, [Fact("age", max(fitting), str(max(fitting)))])
    return True
