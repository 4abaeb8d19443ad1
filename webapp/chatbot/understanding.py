"""A message -> what it says: coded facts with the words they came from, an answer to the last question, and wishes.

The words are found with spaCy's token matcher; negation, uncertainty, somebody else's history, what is over and what is
only imagined with NegEx (negspacy), each with a term list of its own, as ConText does.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from webapp.chatbot import remainder, tokens
from webapp.chatbot.vocabulary import LANGUAGES, Vocabulary, source, vocabulary

if TYPE_CHECKING:
    from spacy.tokens import Doc, Span

FACTS_FILE = Path(__file__).with_name("facts.yaml")
OLDEST_AGE = 120
_FAMILY, _GROUP_DENIAL, _SKIN = "family_breast_cancer", "no_symptoms", "skin_changes"
# where two readings overlap, the first is the right one
_BEATS = {
    "concepts:axillary_lump": {"concepts:lump", "concepts:swelling"},
    "concepts:breathless_or_chest_pain": {"concepts:pain"},
    "concepts:sepsis_signs": {"concepts:fever"},
    "concepts:family_breast_cancer": {"concepts:own_breast_cancer"},
    "concepts:peau_d_orange": {"concepts:skin_dimpling"},
    "concepts:nipple_eczema": {"concepts:skin_ulcer", "concepts:skin_redness", "concepts:pain"},
    "concepts:pain_cyclic": {"concepts:sepsis_signs"},
    "concepts:self_harm": {"answers:no"},
    "not_age:": {"age:"},
}


@dataclass(frozen=True)
class Fact:
    """One thing that the person said."""

    name: str
    value: bool | int | str
    words: str
    uncertain: bool = False


@dataclass(frozen=True)
class Understanding:
    """Everything a message says."""

    language: str
    facts: tuple[Fact, ...] = ()
    answer: str = ""
    intents: frozenset[str] = frozenset()
    notices: frozenset[str] = frozenset()
    number: int | None = None
    numbers: tuple[int, ...] = ()
    # a part of the message names a place where symptoms are, and nothing in it was understood
    is_partly_unread: bool = False

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing at all was understood."""
        return not (self.facts or self.answer or self.intents or self.number is not None)


@cache
def fact_table() -> dict[str, dict[str, Any]]:
    """Return every fact there is, with its SNOMED CT code and the question that asks for it."""
    table: dict[str, dict[str, Any]] = yaml.safe_load(FACTS_FILE.read_text(encoding="utf-8"))
    return table


def facts_of(question: str) -> tuple[str, ...]:
    """Return the facts that a question asks for."""
    return tuple(name for name, entry in fact_table().items() if entry.get("question") == question)


def read(text: str, language: str) -> Understanding:
    """Return what a message says; the language follows the message where it is clear."""
    language = language_of(text, language)
    words = vocabulary(language)
    doc = _document(text, words)
    if not len(doc):
        return Understanding(language=language)
    spans = _found(doc, words)
    facts, notices = _facts(doc, spans, words, text)
    unread = list(remainder.unread(doc, spans, words.language))
    facts += _implied(facts) + _of_the_nipple(doc, unread, facts, text)
    labels = [span.label_ for span in spans]
    numbers = list(_free_numbers(doc, spans))
    return Understanding(
        language=language,
        facts=tuple(facts),
        answer=_answer(doc, spans, words),
        intents=frozenset(label.partition(":")[2] for label in labels if label.startswith("intents:")),
        notices=frozenset(notices),
        number=numbers[0] if len(numbers) == 1 else None,
        numbers=tuple(numbers),
        # "my wife says there is a knot in my chest": a finding that was left out may be her own
        is_partly_unread=bool(unread) or ("someone_else" in notices and remainder.is_of_own_body(doc, language)),
    )


def _implied(facts: list[Fact]) -> list[Fact]:
    """Blood in the fluid is fluid."""
    known = {fact.name: fact for fact in facts}
    blood = known.get("discharge_bloody")
    if blood is None or blood.value is not True or "nipple_discharge" in known:
        return []
    return [Fact("nipple_discharge", True, blood.words, uncertain=True)]


def _of_the_nipple(doc: "Doc", unread: list[remainder.Part], facts: list[Fact], text: str) -> list[Fact]:
    """Take what is said of a nipple in words that are not known for a change of it, until she says otherwise."""
    if any(fact.name.startswith("nipple_") for fact in facts):
        return []
    part = next((part for part in unread if part.is_of_the_nipple), None)
    if part is None:
        return []
    places = doc.user_data["places"][part.start : part.end]
    return [Fact("nipple_eczema", True, text[places[0][0] : places[-1][1]], uncertain=True)]


def _free_numbers(doc: "Doc", spans: list["Span"]) -> Iterator[int]:
    """Yield the numbers that belong to no length of time, size or other finding."""
    taken = {token.i for span in spans if not span.label_.startswith(("age:", "sex:")) for token in span}
    for token in doc:
        if token.text.isdecimal() and len(token.text) < 6 and token.i not in taken:
            yield int(token.text)


def language_of(text: str, language: str) -> str:
    """Return the language of a message: another than the present one only where its small words say so."""
    plain = tokens.fold(text.replace("\u2019", "'")).replace("'", "' ")
    words = ["".join(letter for letter in word if letter.isalpha() or letter == "'") for word in plain.split()]
    counts = {name: sum(word in _small_words(name) for word in words) for name in LANGUAGES}
    best = max(LANGUAGES, key=lambda name: counts[name])
    clear = counts[best] > counts[language] and (counts[best] >= 2 or counts[language] == 0)
    return best if clear else language


@cache
def _small_words(language: str) -> frozenset[str]:
    return frozenset(map(str, source(language)["function_words"]))


def _document(text: str, words: Vocabulary) -> "Doc":
    from spacy.tokens import Doc  # spaCy takes seconds to import

    parts = tokens.split(text, words)
    return Doc(
        words.nlp.vocab,
        words=[part.norm for part in parts],
        sent_starts=[part.opens_sentence for part in parts],
        user_data={"places": [(part.start, part.end) for part in parts]},
    )


def _found(doc: "Doc", words: Vocabulary) -> list["Span"]:
    """Return the matches with their qualifiers, without those that a better reading covers."""
    spans = _longest(words.matcher(doc, as_spans=True))
    strong = [span for span in spans if span.label_ in _BEATS or span.label_.startswith("denials:")]
    kept = [span for span in spans if not any(_covers(other, span) for other in strong)]
    doc.spans["found"] = kept
    for name in words.qualifiers:
        words.nlp.get_pipe(name)(doc)
    return kept


def _longest(spans: Iterable["Span"]) -> list["Span"]:
    """Keep, of overlapping matches with the same label, the longest."""
    kept: list[Span] = []
    taken: dict[str, set[int]] = {}
    for span in sorted(spans, key=lambda span: (-(span.end - span.start), span.start)):
        places = set(range(span.start, span.end))
        if taken.setdefault(span.label_, set()).isdisjoint(places):
            taken[span.label_] |= places
            kept.append(span)
    return sorted(kept, key=lambda span: (span.start, span.end))


def _covers(other: "Span", span: "Span") -> bool:
    overlap = other.start < span.end and span.start < other.end
    if not overlap:
        return False
    if other.label_.startswith("denials:"):
        return span.label_ == other.label_.replace("denials:", "concepts:") and not _is_longer(span, other)
    return span.label_ in _BEATS.get(other.label_, ())


def _is_longer(span: "Span", other: "Span") -> bool:
    return (span.end - span.start) > (other.end - other.start)


def _facts(doc: "Doc", spans: list["Span"], words: Vocabulary, text: str) -> tuple[list[Fact], set[str]]:
    notices: set[str] = set()
    found: dict[str, Fact] = {}
    for span in spans:
        for fact in _read_span(doc, span, words, text, notices):
            known = found.get(fact.name)
            # said and denied in one message: the safer one
            if known is None or (fact.value is True and known.value is False):
                found[fact.name] = fact
    if any(span.label_ == f"concepts:{_GROUP_DENIAL}" for span in spans):
        notices.add(_GROUP_DENIAL)
    return list(found.values()), notices


def _read_span(doc: "Doc", span: "Span", words: Vocabulary, text: str, notices: set[str]) -> Iterator[Fact]:
    kind, _, name = span.label_.partition(":")
    places = doc.user_data["places"][span.start : span.end]
    quote = text[min(start for start, _ in places) : max(end for _, end in places)]
    if kind in {"concepts", "denials"} and name not in {_GROUP_DENIAL, "proxy"}:
        yield from _finding(span, kind, name, quote, notices)
    elif span._.someone_else:
        if kind in {"age", "sex"}:
            notices.add("someone_else")
    elif kind in {"sex", "side", "quadrant"} and not span._.not_this:
        yield Fact(kind, name, quote)
    elif kind == "age":
        number = next(int(token.text) for token in span if token.text.isdecimal())
        if 0 < number <= OLDEST_AGE:
            yield Fact("age", number, quote)
    elif kind == "duration":
        yield from _duration(span, words, quote)


def _finding(span: "Span", kind: str, name: str, quote: str, notices: set[str]) -> Iterator[Fact]:
    flags = span._
    negated = flags.negated or flags.not_this
    if name != _FAMILY and flags.someone_else:
        notices.add("someone_else")
        return
    if flags.hypothetical or (negated and flags.uncertain):
        return
    if flags.resolved and fact_table().get(name, {}).get("question") in {"changes", "red_flags"}:
        notices.add("resolved")
        return
    present = kind == "concepts" and not negated
    if name == _SKIN:
        group = ("skin_dimpling", "peau_d_orange", "skin_ulcer")
        yield from (Fact(part, False, quote) for part in group if not present)
        if present:
            yield Fact("skin_dimpling", True, quote, uncertain=True)
        return
    yield Fact(name, present, quote, uncertain=bool(flags.uncertain))


def _duration(span: "Span", words: Vocabulary, quote: str) -> Iterator[Fact]:
    numbers = [int(token.text) for token in span if token.text.isdecimal()]
    count = numbers[0] if numbers else 1 if any(token.text in words.one_words for token in span) else None
    unit = next((words.duration_units[token.text] for token in span if token.text in words.duration_units), None)
    if unit is not None and count is not None and 0 < count < 10_000:
        yield Fact("duration_days", count * unit, quote)


def _answer(doc: "Doc", spans: list["Span"], words: Vocabulary) -> str:
    """Return yes, no, unknown, skip or restart where the message opens with it (or says nothing else)."""
    first = next((token.i for token in doc if token.text.isalnum() or "'" in token.text), 0)
    opening = [span for span in spans if span.label_.startswith("answers:") and span.start == first]
    if not opening:
        return ""
    span = max(opening, key=lambda span: span.end)
    answer = span.label_.partition(":")[2]
    rest = doc[span.end : span.end + 1].text
    if answer in {"yes", "no"} and rest.isalnum() and rest not in source(words.language)["after_answer"]:
        return ""  # "no lump" denies the lump, not the question
    return answer
