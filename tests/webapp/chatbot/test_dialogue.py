"""Which question comes next, and what an answer to it means."""

import pytest

from webapp.chatbot.assessment import evaluate
from webapp.chatbot.dialogue import DONE, QUESTIONS, TRIES, Reply, State, choose, missing, respond
from webapp.chatbot.understanding import facts_of, read


def _say(state: State, text: str) -> Reply:
    return respond(state, read(text, state.language))


def test_age_and_sex_come_first_then_the_warning_signs() -> None:
    state = State("en")
    assert _say(state, "I have a lump").question == "age"
    assert _say(state, "40").question == "sex"
    assert _say(state, "woman").question == "red_flags"


def test_lump_at_forty_asks_nothing_but_the_warning_signs() -> None:
    state = State("en")
    _say(state, "I'm a 40 year old woman with a breast lump")
    assert _say(state, "no").question == DONE


def test_red_flag_ends_the_questions_at_once() -> None:
    state = State("en")
    assert _say(state, "I can't breathe").question == DONE
    assert evaluate(state).level == "emergency"


def test_no_to_a_list_denies_all_of_it_and_keeps_what_was_told() -> None:
    state = State("en")
    _say(state, "I'm a 25 year old woman with a breast lump")
    _say(state, "no")
    _say(state, "nothing else")
    assert state.facts["lump"]["value"] is True
    assert all(state.facts[name]["value"] is False for name in facts_of("changes") if name != "lump")


def test_yes_to_a_list_asks_which_one() -> None:
    state = State("en")
    _say(state, "I'm a 40 year old woman with a breast lump")
    reply = _say(state, "yes")
    assert reply.notices == ("which_one",)
    assert reply.question == "red_flags"


def test_what_the_person_does_not_know_is_not_asked_again() -> None:
    state = State("en")
    _say(state, "I'm a 40 year old woman with fluid from the nipple")
    while (question := missing(state)[:1]) != ["discharge_bloody"]:
        assert question
        _say(state, "no")
    _say(state, "I don't know")
    assert "discharge_bloody" not in missing(state)


def test_no_after_a_message_about_somebody_else_denies_ones_own() -> None:
    state = State("en")
    assert "someone_else" in _say(state, "my mother has a lump").notices
    assert "lump" not in state.facts


def test_quick_reply_that_was_never_offered_is_refused() -> None:
    for option in ("", "age", "age:lump", "nonsense:yes", "changes:yes", "discharge_bloody:maybe"):
        assert choose(State("en"), option) is None


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("answer", ["skip", "blah blah blah", "42"])
def test_every_conversation_ends_whatever_is_answered(language: str, answer: str) -> None:
    state = State(language)
    reply = _say(state, "lump" if language == "en" else "une boule")
    for _ in range(TRIES * len(QUESTIONS) + 2):
        if reply.question == DONE or reply.notices == ("not_understood_twice",):
            break
        reply = _say(state, answer)
    assert reply.question == DONE or reply.notices == ("not_understood_twice",)


def test_skipping_everything_still_leads_to_a_doctor() -> None:
    state = State("en")
    reply = _say(state, "hello")
    while reply.question != DONE:
        reply = _say(state, "skip")
    assert evaluate(state).level == "routine"


def test_correction_is_acknowledged() -> None:
    state = State("en")
    _say(state, "I'm 25")
    assert "corrected" in _say(state, "no, I'm 52").notices
    assert state.facts["age"]["value"] == 52


def test_what_was_not_understood_is_never_answered_with_reassurance() -> None:
    state = State("en")
    _say(state, "my thingummy has gone all wibbly")
    reply = _say(state, "woman, 45")
    while reply.question != DONE:
        reply = _say(state, "no")
    assert evaluate(state).level == "routine"
