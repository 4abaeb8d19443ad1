"""What was not read is asked about, and never answered with reassurance."""

import pytest

from webapp.chatbot import rules
from webapp.chatbot.assessment import assessment_body, evaluate
from webapp.chatbot.dialogue import DONE, State, choose, respond
from webapp.chatbot.understanding import read


def _denied_everything(says: str, language: str = "en") -> State:
    state = State(language)
    reply = respond(state, read(says, language))
    while reply.question != DONE:
        reply = respond(state, read("no" if language == "en" else "non", language))
    return state


@pytest.mark.parametrize(
    ("says", "language"),
    [
        ("I'm a woman of 55 and my left breast zings queerly", "en"),
        ("Found something. Right breast. Woman, 47.", "en"),
        ("woman 52, there is a flibbet near my armpit", "en"),
        ("femme 55 ans, mon sein gauche gargouille bizarrement", "fr"),
        ("femme, 52 ans, j'ai trouvé un machin sous l'aisselle", "fr"),
    ],
)
def test_part_that_was_not_understood_is_said_and_not_reassured(says: str, language: str) -> None:
    assert "partly_understood" in respond(State(language), read(says, language)).notices
    state = _denied_everything(says, language)
    outcome = evaluate(state)
    body = assessment_body(state, outcome)
    assert outcome.level == "routine"
    assert body["within_hours"] <= 336
    assert "un médecin dans les deux semaines" in body["actions"][0] or "within two weeks" in body["actions"][0]


def test_strange_words_about_a_nipple_are_a_change_of_it_from_50() -> None:
    state = _denied_everything("woman, 58, my right nipple looks wonky")
    assert state.facts["nipple_eczema"]["uncertain"] is True
    assert evaluate(state).level == "urgent_suspected_cancer"


@pytest.mark.parametrize(
    "says",
    [
        "I'm a woman of 55 without any symptoms and want to know about a mammogram",
        "no lump, no discharge, woman 55, I am worried about breast cancer",
        "woman, 55. Should I check my breasts?",
    ],
)
def test_plain_words_leave_nothing_unread(says: str) -> None:
    assert not read(says, "en").is_partly_unread


def test_change_named_on_the_list_settles_what_was_unread() -> None:
    state = State("en")
    respond(state, read("woman 35, my breast zings queerly", "en"))
    assert state.is_partly_unread
    choose(state, "changes:pain")
    assert not state.is_partly_unread


def test_source_that_was_not_read_has_no_date() -> None:
    ways = {rule.guideline.source_read: bool(rule.guideline.read_on) for rule in rules.rule_set().rules}
    assert ways == {"summary": True, "extract": True, "not_read": False}
