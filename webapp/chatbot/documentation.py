"""``docs/chatbot.md``, written from the rules so that it cannot fall behind them."""

from pathlib import Path

from webapp.chatbot import catalogue
from webapp.chatbot.rules import Conditions, Rule, rule_set

PAGE = Path(__file__).resolve().parents[2] / "docs" / "chatbot.md"
_LANGUAGE = "en"

_HEAD = """# The symptom chatbot

A person describes a change in her or his breast in ordinary words, English or French. The chatbot says how soon to have
it looked at, by whom, and which guideline says so. Written rules decide (`webapp/chatbot/rules.yaml`); nothing is learnt,
nothing is guessed. Research use only.

This page is written by `python manage.py write_chatbot_docs`; a test fails when it is not current.

## Conversation

| request | what it does |
|---|---|
| `POST /api/chat/` | opens a conversation (`language`: en, fr; `audience`: patient, clinician); answers with its `token`, shown once |
| `POST /api/chat/{id}/messages/` | `text` or `quick_reply`; answers with the reply, the facts understood and their words, what is missing, the assessment |
| `GET /api/chat/{id}/` | the transcript |
| `GET /api/chat/{id}/questionnaire-response/` | the same as a FHIR R4 QuestionnaireResponse; the linkIds are the names of the facts |
| `DELETE /api/chat/{id}/` | erases it |
| `POST /api/chat/{id}/attachment/` | staff: puts the newest assessment beside a study (`study_instance_uid`) or an upload (`diagnosis`) |
| `GET /api/chat/assessments/` | staff: what is attached to a study or an upload |
| `POST /api/risk/gail/` | the Gail model, or the reason why it does not apply |

The token goes in the header `X-Chat-Token`. Without it a conversation is not there (404). A conversation ends 24 hours
after its last message (410); its words are erased within five minutes, by the clock (`chatbot.erase_expired`), by
`python manage.py erase_expired_conversations`, or when the next one is opened. Messages have at most `NODE_CHAT_CHARACTERS_LIMIT` characters (413).
`NODE_CHAT_OPEN_RATE`, `NODE_CHAT_MESSAGE_RATE` and `NODE_RISK_RATE` limit requests by address (429, `Retry-After`).

A message is a list of blocks (`heading`, `paragraph`, `list`, `question`, `note`), never HTML.

## Levels
"""

_READING = """
## How the rules are read

- Age and sex come first, then the warning signs, then only the questions whose answer can still change the level. A
  question is asked twice at most. Every earlier answer can be corrected; the assessment follows.
- The most urgent rule that fires decides the level. Every rule that fired is in the answer.
- An age or a sex that is not known counts as every age and either sex: the safer reading.
- Reassurance needs a denial: the levels `screening_advice` and `self_care` are given only when every change was asked about
  and denied. When no rule fires, the answer is `routine`, with safety-netting; so it is when a message was not understood.
- Where part of a message names a breast, a nipple or an armpit in words that are not known, or tells that something was
  found and not what, the chatbot says so and asks; unless a change is then named, the answer never reassures, and says to
  show it to a doctor within two weeks. Such words about a nipple count as a change of the nipple, until corrected.
- "I think I have a lump" counts as a lump. What another person has, what is over and what is only imagined does not count,
  and the person is told so.

## Rules
"""

_TAIL = """
## How well it understands

The figure that counts is the **first run** of cases it had never met. 100 cases (`tests/webapp/chatbot/held_out/`, 60
English, 40 French) were written after the guidelines by another hand than the vocabulary's, before that hand had seen the
vocabulary, the texts or the other cases, and were run once. Every question that a case does not answer itself is answered
with "no", so that what the first message says must be understood from its words.

Its failures were then mended, in kinds of words rather than word by word. To see what that was worth, the same hand wrote
30 urgent cases in words that are unusual on purpose (`held_out_unusual/`), knowing the vocabulary, and ran them once before
mending again. The rows "after mending" are on cases that the vocabulary was mended on, and say nothing about new people.

| cases, run | right level | higher | lower | urgent or emergency, answered lower | Wilson 95 % interval |
|---|---|---|---|---|---|
| **held out, first run** | 75 of 100 | 5 | 20 | 20 of 83 | 16.2 % to 34.3 % |
| held out, after mending | 96 of 100 | 4 | 0 | 0 of 83 | 0.0 % to 4.4 % |
| **unusual words, first run** | 14 of 30 | 0 | 16 | 16 of 30 | 36.1 % to 69.8 % |
| unusual words, after mending | 27 of 30 | 0 | 3 | 3 of 30 | 3.5 % to 25.6 % |

Each disagreement was held against the guidelines, and no expectation had to be changed. All of 2026-11-23. A quarter to a
half of urgent cases in words it has not met were answered too low, some with reassurance: it must not be relied on. Where
it stays too low on known cases: a sentence that never names the change ("found something"), and a finding that another
person reports. Too high: what is over ("had a lump, it has gone") counts as present where "but" parts the two.

## What it cannot do

- It does not diagnose, gives no probability of cancer from symptoms, reads no mammogram or report, advises on no medicine.
  It says where to turn instead.
- It understands the words in `webapp/chatbot/words/` and their misspellings, in English and French. What it does not
  understand it says so, asks in other words, and then offers answers to choose from.
- Its own cases (`tests/webapp/chatbot/vignettes/`) were written by the authors of its vocabulary, and the vocabulary was
  mended on them: that all of them come out right shows that the rules are followed, and nothing more.
- No patient has used it. No clinician has reviewed it: one must, before any use.
- Telephone numbers are those of the UK, Ireland, the US and France.
- The guidelines are British, Scottish and American. Local pathways differ.
- The Gail model holds for women from 35 to 85 without breast cancer, LCIS, DCIS, radiotherapy of the chest or a BRCA
  variant, and for the populations whose rates are published.

## What is kept

Each assessment stores the version of the rules, the facts, the rules that fired and the level. Erasing a conversation
erases its words and its assessments; an assessment that a clinician attached stays, without the person's words. No text of
a conversation reaches a log.
"""

_HOW_READ = {"summary": "summary", "extract": "extract", "not_read": "**not read**"}
_SOURCES = """**No source was read in full, and a clinician must review every rule against its source before any use.**
"Source read" says how its content came here: *summary*, from a secondary summary of it; *extract*, from extracts that a
search gave; *not read*, from general knowledge, the source itself was not opened. The date is that of the reading."""


def page() -> str:
    """Return the whole page."""
    rules = rule_set()
    lines = [_HEAD, "| level | title | how soon |", "|---|---|---|"]
    for level in rules.levels:
        title, soon = (catalogue.text(_LANGUAGE, "levels", level, key) for key in ("title", "soon"))
        lines.append(f"| `{level}` | {title} | {soon} |")
    lines += [_READING, f"Version `{rules.version.partition('+')[0]}`.", "", _SOURCES, ""]
    lines += ["| rule | level | fires when | source | source read | for | note |", "|---|---|---|---|---|---|---|"]
    lines += [_row(rule) for rule in (*rules.rules, rules.fallback)]
    return "\n".join(lines) + "\n" + _TAIL


def _row(rule: Rule) -> str:
    source = f"[{rule.guideline.title}]({rule.guideline.url}), {rule.guideline.version}, {rule.paragraph}"
    how = f"{_HOW_READ[rule.guideline.source_read]} {rule.guideline.read_on}".strip()
    cells = [rule.id, f"`{rule.level}`", _conditions(rule.when), source, how, ", ".join(rule.audience), rule.note]
    return f"| {' | '.join(cells)} |"


def _conditions(when: Conditions) -> str:
    parts: list[str] = []
    if when.youngest is not None and when.oldest is not None:
        parts.append(f"age {when.youngest} to {when.oldest}")
    elif when.youngest is not None:
        parts.append(f"age {when.youngest} and over")
    elif when.oldest is not None:
        parts.append(f"age up to {when.oldest}")
    if when.sex is not None:
        parts.append(when.sex)
    parts += [_one_of(part) for part in when.all_of]
    if when.any_of:
        parts.append(_one_of(tuple(fact for part in when.any_of for fact in part)))
    if when.none_of:
        parts.append("not: " + ", ".join(_label(fact) for part in when.none_of for fact in part))
    if when.denied:
        parts.append("every change denied")
    return "; ".join(parts) or "no other rule fires"


def _one_of(facts: tuple[str, ...]) -> str:
    return " or ".join(_label(fact) for fact in facts)


def _label(fact: str) -> str:
    return catalogue.text(_LANGUAGE, "facts", fact).lower()
