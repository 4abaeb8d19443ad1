"""What of a message was not read: parts that name a breast, a nipple or an armpit, with nothing understood in them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from webapp.chatbot.vocabulary import source

if TYPE_CHECKING:
    from spacy.tokens import Doc, Span

_BOUNDARIES = frozenset((".", "!", "?", ";", ",", "and", "but", "et", "mais"))
_SAYS_SOMETHING = ("concepts:", "denials:", "intents:")
# what only tells where or whether before does not tell what
_SAYS_WHERE = frozenset(("denials:both_nipples", "concepts:both_nipples", "concepts:previous_imaging"))


@dataclass(frozen=True)
class Part:
    """A run of words, as places in the document."""

    start: int
    end: int
    is_of_the_nipple: bool


@dataclass(frozen=True)
class _Words:
    nipple: frozenset[str]
    places: frozenset[str]
    plain: frozenset[str]
    others: frozenset[str]
    perceives: frozenset[str]


@cache
def _words(language: str) -> _Words:
    words = source(language)
    nipple, other = (frozenset(map(str, words["places"][name])) for name in ("nipple", "other"))
    others = {str(term).split()[-1] for term in words["qualifiers"]["someone_else"]["preceding"]}
    plain, perceives = (frozenset(map(str, words[name])) for name in ("plain", "perceives"))
    return _Words(nipple, nipple | other, plain | nipple | other, frozenset(others), perceives)


def unread(doc: "Doc", spans: list["Span"], language: str) -> Iterator[Part]:
    """Yield the parts of a message that may tell of a symptom in words that are not known."""
    words = _words(language)
    telling = [span for span in spans if span.label_.startswith(_SAYS_SOMETHING) and span.label_ not in _SAYS_WHERE]
    read = {token.i for span in telling for token in span}
    marked = {token.i for span in spans for token in span}
    ends = [-1, *(token.i for token in doc if token.text in _BOUNDARIES), len(doc)]
    for before, end in pairwise(ends):
        texts = {token.text for token in doc[before + 1 : end]}
        strange = [
            token
            for token in doc[before + 1 : end]
            if token.text.isalpha() and token.i not in marked and token.text not in words.plain
        ]
        if strange and texts & words.places and not read.intersection(range(before + 1, end)):
            is_hers = texts.isdisjoint(words.others)
            yield Part(before + 1, end, is_hers and not texts.isdisjoint(words.nipple))
    if not telling and any(token.text in words.perceives for token in doc):
        yield Part(0, len(doc), is_of_the_nipple=False)


def is_of_own_body(doc: "Doc", language: str) -> bool:
    """Tell whether the message names the person's own breast, nipple or armpit."""
    words, own = _words(language), frozenset(map(str, source(language)["own"]))
    return any(
        token.text in own and any(near.text in words.places for near in doc[token.i + 1 : token.i + 3]) for token in doc
    )
