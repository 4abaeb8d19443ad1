"""Text -> plain words: lower case, no accents, contractions written out, numbers as digits, spelling mended."""

import unicodedata
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from rapidfuzz import process
from rapidfuzz.distance import OSA
from text_to_num import text2num

from webapp.chatbot.vocabulary import Vocabulary

if TYPE_CHECKING:
    from spacy.tokens import Token

_CONTRACTIONS = {
    "en": {"n't": "not", "nt": "not", "ca": "can", "wo": "will", "'m": "am", "m": "am", "'ve": "have", "ve": "have",
           "'re": "are", "'d": "would", "'ll": "will", "cannot": "can not", "dont": "do not", "cant": "can not",
           "havent": "have not", "isnt": "is not", "doesnt": "does not", "wont": "will not", "im": "i am",
           "ive": "i have", "didnt": "did not"},
    "fr": {"j": "j'", "d": "d'", "l": "l'", "n": "n'", "c": "c'", "s": "s'", "qu": "qu'", "jai": "j' ai",
           "nai": "n' ai", "cest": "c' est", "peau d'orange": "peau d' orange", "aujourd'hui": "aujourdhui"},
}  # fmt: skip
_APOSTROPHES = "\u2019\u2018\u00b4`\u02bc"
_JOINTS = "-\u2010\u2011/_+"
_SENTENCE_ENDS = frozenset(".!?;\n")
_LONGEST_NUMBER = 5


@dataclass(frozen=True)
class Word:
    """One word as the matcher sees it, and where it stood in the message."""

    norm: str
    start: int
    end: int
    opens_sentence: bool = False


def fold(text: str) -> str:
    """Return the text in lower case without accents."""
    decomposed = unicodedata.normalize("NFKD", text.lower().replace("œ", "oe").replace("æ", "ae"))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def split(text: str, vocabulary: Vocabulary) -> list[Word]:
    """Return the words of a message."""
    even = "".join(_even(text, position) for position in range(len(text)))
    words: list[Word] = []
    opens = True
    for token in vocabulary.nlp.make_doc(even):
        if token.is_space:
            opens = opens or "\n" in token.text
            continue
        for word in _parts(token, vocabulary):
            words.append(Word(word.norm, word.start, word.end, opens))
            opens = word.norm in _SENTENCE_ENDS
    return _join_numbers(words, vocabulary.language)


def _even(text: str, position: int) -> str:
    """Replace a character by a plainer one, so that places stay the same."""
    letter = text[position]
    if letter in _APOSTROPHES:
        return "'"
    inside = 0 < position < len(text) - 1 and text[position - 1].isalnum() and text[position + 1].isalnum()
    if letter in _JOINTS and inside:
        return " "
    return letter


def _parts(token: "Token", vocabulary: Vocabulary) -> list[Word]:
    norm = fold(token.text)
    norm = _CONTRACTIONS[vocabulary.language].get(norm, norm)
    if not norm.strip():
        return []  # accents without a letter
    start, end = token.idx, token.idx + len(token.text)
    if len(norm) > 1 and norm.endswith("."):
        return [Word(_mended(norm[:-1], vocabulary), start, end - 1), Word(".", end - 1, end)]
    if " " in norm:
        return [Word(part, start, end) for part in norm.split()]
    if norm.isalnum() and not norm.isalpha() and not norm.isdigit() and not norm.startswith("brca"):
        return _digits_apart(norm, start, end)
    return [Word(_mended(norm, vocabulary), start, end)]


def _digits_apart(norm: str, start: int, end: int) -> list[Word]:
    """Split "45yo" and "2cm"."""
    return [Word("".join(letters), start, end) for _, letters in groupby(norm, key=lambda letter: letter.isdigit())]


def _mended(norm: str, vocabulary: Vocabulary) -> str:
    """Return the known word that was meant, or the word itself."""
    if norm in vocabulary.spelling:
        return vocabulary.spelling[norm]
    if len(norm) < 5 or len(norm) > 20 or not norm.isalpha() or norm in vocabulary.known_words:
        return norm
    found = process.extractOne(
        norm,
        [word for word in vocabulary.correctable if word[0] == norm[0]],
        scorer=OSA.distance,
        score_cutoff=1 if len(norm) < 9 else 2,
    )
    return str(found[0]) if found else norm


def _join_numbers(words: list[Word], language: str) -> list[Word]:
    joined: list[Word] = []
    position = 0
    while position < len(words):
        length, value = _number_at(words, position, language)
        if value is None:
            joined.append(words[position])
            position += 1
            continue
        first, last = words[position], words[position + length - 1]
        joined.append(Word(str(value), first.start, last.end, first.opens_sentence))
        position += length
    return joined


def _number_at(words: list[Word], position: int, language: str) -> tuple[int, int | None]:
    """Return how many words from here make a number, and which; "one" alone stays a word."""
    if not words[position].norm.isalpha():
        return 0, None
    for length in range(min(_LONGEST_NUMBER, len(words) - position), 0, -1):
        part = words[position : position + length]
        if not all(word.norm.isalpha() for word in part):
            continue
        value = _value(" ".join(word.norm for word in part), language)
        if value is not None and (length > 1 or value != 1):
            return length, value
    return 0, None


def _value(text: str, language: str) -> int | None:
    try:
        return int(text2num(text, language))
    except ValueError:
        return None
