"""The words of one language, compiled for spaCy and negspacy. What people say stands in ``words/<language>.yaml``."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.matcher import Matcher

FOLDER = Path(__file__).with_name("words")
LANGUAGES = ("en", "fr")
NUMBER, GAP, OPTIONAL = "#", "...", "?"
_GAP_TOKENS = 5
# the label of a matched span is "<kind>:<name>", for example "concept:lump"
_KINDS = ("concepts", "denials", "intents", "answers", "sex", "side", "quadrant")
_LISTS = ("age", "not_age", "duration")

Pattern = list[dict[str, Any]]


@dataclass(frozen=True)
class Vocabulary:
    """Everything needed to read one language."""

    language: str
    nlp: "Language"
    matcher: "Matcher"
    function_words: frozenset[str]
    spelling: dict[str, str]
    known_words: frozenset[str]
    correctable: tuple[str, ...]
    duration_units: dict[str, int]
    one_words: frozenset[str]
    qualifiers: tuple[str, ...] = field(default=())


@cache
def source(language: str) -> dict[str, Any]:
    """Return the parsed words of a language."""
    words: dict[str, Any] = yaml.safe_load((FOLDER / f"{language}.yaml").read_text(encoding="utf-8"))
    return words


@cache
def vocabulary(language: str) -> Vocabulary:
    """Return the compiled words of a language; the first call takes some seconds."""
    # spaCy takes seconds to import, and processes that never read a message import this package too
    import spacy
    from negspacy import negation  # noqa: F401 - registers "negex" with spaCy
    from spacy.matcher import Matcher

    words = source(language)
    nlp = spacy.blank(language)
    matcher = Matcher(nlp.vocab)
    stops = [str(word) for word in words["gap_stops"]]
    for label, phrases in _phrases(words):
        matcher.add(label, [pattern(phrase, stops) for phrase in phrases])
    for name, terms in words["qualifiers"].items():
        termset = {
            "pseudo_negations": terms["pseudo"],
            "preceding_negations": terms["preceding"],
            "following_negations": terms["following"],
            "termination": terms["termination"],
        }
        termset = {key: [str(term) for term in values] for key, values in termset.items()}
        config = {"neg_termset": termset, "extension_name": name, "span_keys": ["found"]}
        nlp.add_pipe("negex", name=name, config=config)
    lexicon = set(_lexicon(words))
    correctable = tuple(sorted(word for word in _lexicon(words, concepts_only=True) if len(word) >= 5))
    return Vocabulary(
        language=language,
        nlp=nlp,
        matcher=matcher,
        function_words=frozenset(map(str, words["function_words"])),
        spelling={str(wrong): str(right) for wrong, right in words["spelling"].items()},
        known_words=frozenset(lexicon | set(map(str, words["guard"])) | set(map(str, words["function_words"]))),
        correctable=correctable,
        duration_units=words["duration_units"],
        one_words=frozenset(words["one_words"]),
        qualifiers=tuple(words["qualifiers"]),
    )


def warm_up() -> None:
    """Compile every language, so that the first message need not wait."""
    for language in LANGUAGES:
        vocabulary(language)


def _phrases(words: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    for kind in _KINDS:
        for name, phrases in words[kind].items():
            yield f"{kind}:{name}", [str(phrase) for phrase in phrases]
    for kind in _LISTS:
        yield f"{kind}:", [str(phrase) for phrase in words[kind]]


def _lexicon(words: dict[str, Any], *, concepts_only: bool = False) -> Iterator[str]:
    for label, phrases in _phrases(words):
        if concepts_only and not label.startswith("concepts:"):
            continue
        for phrase in phrases:
            for part in phrase.replace(OPTIONAL, "").split():
                yield from (word for word in part.split("|") if word.isalpha())
    if not concepts_only:
        for terms in words["qualifiers"].values():
            for group in terms.values():
                for term in group:
                    yield from str(term).split()


def pattern(phrase: str, stops: list[str]) -> Pattern:
    """Turn a phrase of the vocabulary into a pattern of spaCy's token matcher."""
    tokens: Pattern = []
    for part in phrase.split():
        if part == GAP:
            tokens.append({"LOWER": {"NOT_IN": stops}, "OP": f"{{0,{_GAP_TOKENS}}}"})
        elif part == NUMBER:
            tokens.append({"IS_DIGIT": True})
        else:
            optional = {"OP": "?"} if part.endswith(OPTIONAL) else {}
            tokens.append({"LOWER": {"IN": part.removesuffix(OPTIONAL).split("|")}, **optional})
    return tokens
