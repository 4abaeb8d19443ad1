"""Conversations over HTTP."""

import json
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from fhir.resources.R4B.questionnaireresponse import QuestionnaireResponse

from config.celery import app as celery_app
from tests.factories import make_study, make_user
from webapp.accounts.roles import Role
from webapp.chatbot import tasks
from webapp.chatbot.models import Assessment, Conversation, Message
from webapp.studies.processes import node_processes

pytestmark = pytest.mark.django_db


class Talk:
    """One conversation, as a person at a keyboard has it."""

    def __init__(self, client: Client, language: str = "en", audience: str = "patient") -> None:
        self.client = client
        opened = client.post(
            "/api/chat/", {"language": language, "audience": audience}, content_type="application/json"
        )
        assert opened.status_code == 201
        self.opening = opened.json()
        self.url = f"/api/chat/{self.opening['id']}/"
        self.headers = {"X-Chat-Token": self.opening["token"]}

    def post(self, body: object, path: str = "messages/") -> Any:
        """Return the raw answer to a message."""
        return self.client.post(
            self.url + path, json.dumps(body), content_type="application/json", headers=self.headers
        )

    def say(self, text: str) -> dict[str, Any]:
        """Write a message."""
        answer = self.post({"text": text})
        assert answer.status_code == 200, answer.content
        return dict(answer.json())

    def choose(self, option: str) -> dict[str, Any]:
        """Choose a quick reply."""
        answer = self.post({"quick_reply": option})
        assert answer.status_code == 200, answer.content
        return dict(answer.json())

    def get(self, path: str = "") -> Any:
        """Return the raw answer to a read."""
        return self.client.get(self.url + path, headers=self.headers)


@pytest.fixture(autouse=True)
def whole_allowance() -> None:
    """Each test begins with every request still allowed."""
    cache.clear()


@pytest.fixture
def talk(client: Client) -> Talk:
    """A conversation in English."""
    return Talk(client)


@pytest.fixture
def bob(db: None) -> Client:
    """Bob is staff."""
    client = Client()
    client.force_login(make_user("bob", Role.ADMINISTRATOR, is_staff=True))
    return client


def _words(body: dict[str, Any]) -> str:
    return json.dumps(body["reply"]["blocks"], ensure_ascii=False)


def test_conversation_leads_to_a_cited_assessment(talk: Talk) -> None:
    talk.say("I'm a 45 year old woman and found a lump in my left breast")
    body = talk.say("no")
    assessment = body["assessment"]
    assert assessment["level"] == "urgent_suspected_cancer"
    assert assessment["rules"][0]["guideline"].startswith("NICE NG12")
    assert assessment["rules"][0]["paragraph"] == "1.4.1"
    assert assessment["safety_netting"]["items"]
    assert any("not a diagnosis" in line for line in assessment["disclaimers"])
    assert {"lump", "age", "sex"} <= {fact["name"] for fact in body["facts"]}
    assert next(fact for fact in body["facts"] if fact["name"] == "lump")["words"] == "lump"
    assert next(fact for fact in body["facts"] if fact["name"] == "lump")["code"]["code"] == "89164003"


def test_assessment_is_stored_with_rule_set_facts_rules_and_level(talk: Talk) -> None:
    talk.say("woman, 45, lump in my breast")
    talk.say("no")
    row = Assessment.objects.get()
    assert row.level == "urgent_suspected_cancer"
    assert row.rule_set_version.startswith("1.")
    assert [rule["id"] for rule in row.rules_fired] == ["SC1"]
    assert "lump" in {fact["name"] for fact in row.facts}


def test_reply_says_what_is_missing_and_offers_answers(talk: Talk) -> None:
    body = talk.say("I have a lump")
    assert body["assessment"] is None
    assert body["missing"][:2] == ["age", "sex"]
    assert {"id": "age:under_30", "label": "Under 30"} in body["reply"]["quick_replies"]


def test_whole_conversation_can_be_held_with_quick_replies(talk: Talk) -> None:
    talk.say("hello")
    talk.choose("age:from_40")
    talk.choose("sex:female")
    talk.choose("red_flags:none")
    body = talk.choose("changes:nipple_discharge")
    while body["assessment"] is None:
        options = [option["id"] for option in body["reply"]["quick_replies"]]
        body = talk.choose(next(each for each in options if each.endswith((":none", ":no"))))
    assert body["assessment"]["level"] == "routine"


def test_earlier_answer_can_be_corrected_and_the_assessment_follows(talk: Talk) -> None:
    talk.say("I'm 25, a woman, and there is a lump in my breast")
    for answer in ("no", "nothing else", "none", "no"):
        body = talk.say(answer)
    assert body["assessment"]["level"] == "routine"
    body = talk.say("sorry, I am 52")
    assert body["assessment"]["level"] == "urgent_suspected_cancer"
    assert Assessment.objects.count() == 2


def test_french_message_is_answered_in_french(talk: Talk) -> None:
    body = talk.say("Bonjour, j'ai une boule dans le sein")
    assert body["language"] == "fr"
    assert "Quel âge" in _words(body)


@pytest.mark.parametrize(
    ("text", "number"), [("I want to kill myself", "116 123"), ("je veux mourir, je n'en peux plus", "3114")]
)
def test_distress_gets_an_emergency_text_in_the_persons_language(talk: Talk, text: str, number: str) -> None:
    body = talk.say(text)
    assert body["assessment"]["level"] == "emergency"
    assert number in _words(body)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("do I have cancer?", "cannot diagnose"),
        ("what does my mammogram report mean", "cannot read a mammogram"),
        ("should I take tamoxifen", "cannot advise on medicines"),
        ("what are the odds", "probability"),
        ("what is my risk", "Gail"),
    ],
)
def test_what_it_must_not_do_is_refused_and_it_says_where_to_turn(talk: Talk, text: str, says: str) -> None:
    assert says in _words(talk.say(text))


def test_what_is_not_understood_is_asked_in_other_words_then_with_choices_only(talk: Talk) -> None:
    talk.say("I have a lump")
    first = talk.say("xyzzy plugh")
    second = talk.say("qwerty uiop")
    assert "did not understand" in _words(first)
    assert "choose one of the answers" in _words(second)
    assert second["reply"]["quick_replies"]


@pytest.mark.parametrize(
    "text",
    [
        "no",
        "yes",
        "I don't know",
        "skip",
        "start again",
        "",
        "   ",
        "🙂",
        "me duele el pecho",
        "胸にしこり",
        "x" * 2000,
    ],
)
def test_short_and_strange_messages_get_an_answer(talk: Talk, text: str) -> None:
    assert talk.say(text)["reply"]["blocks"]
    talk.say("I have a lump, I am 40")
    assert talk.say(text)["reply"]["blocks"]


def test_start_again_forgets_everything(talk: Talk) -> None:
    talk.say("I have a lump, I am 40")
    assert talk.say("start again")["facts"] == []


def test_messages_are_blocks_and_never_html(talk: Talk) -> None:
    talk.say("<b>lump</b> <script>alert(1)</script> 45 woman")
    body = talk.say("no")
    kinds = {block["type"] for block in body["reply"]["blocks"]}
    assert kinds <= {"heading", "paragraph", "list", "note", "question"}
    assert "<" not in _words(body)


def test_transcript_is_given_back(talk: Talk) -> None:
    talk.say("I have a lump")
    senders = [message["sender"] for message in talk.get().json()["messages"]]
    assert senders == ["chatbot", "person", "chatbot"]


def test_transcript_brings_the_newest_assessment_with_its_citations_until_it_is_void(talk: Talk) -> None:
    assert talk.get().json()["assessment"] is None
    talk.say("woman, 45, lump in my breast")
    said = talk.say("no")["assessment"]
    assert talk.get().json()["assessment"] == said
    assert [rule["url"] for rule in said["rules"]]
    newer = talk.say("sorry, I am 25")
    assert talk.get().json()["assessment"] == newer["assessment"]
    talk.say("start again")
    assert talk.get().json()["assessment"] is None


def test_questionnaire_response_is_valid_fhir(talk: Talk) -> None:
    for message in ("", "I'm 45, woman, lump in my left breast", "no"):
        if message:
            talk.say(message)
        answer = talk.get("questionnaire-response/")
        assert answer["Content-Type"] == "application/fhir+json"
        resource = QuestionnaireResponse.model_validate(answer.json())
    assert resource.status == "completed"
    links = {item["linkId"]: item["answer"][0] for item in answer.json()["item"]}
    assert links["lump"] == {"valueBoolean": True}
    assert links["age"] == {"valueInteger": 45}
    assert links["sex"]["valueCoding"]["code"] == "248152002"
    assert links["level"]["valueCoding"]["code"] == "urgent_suspected_cancer"


def test_deleting_erases_everything(talk: Talk) -> None:
    talk.say("45, woman, lump in my breast")
    talk.say("no")
    assert talk.client.delete(talk.url, headers=talk.headers).status_code == 204
    assert talk.get().status_code == 404
    assert not Conversation.objects.exists()
    assert not Message.objects.exists()
    assert not Assessment.objects.exists()


def test_without_the_token_the_conversation_is_not_there(talk: Talk) -> None:
    for headers in ({}, {"X-Chat-Token": "guess"}, {"X-Chat-Token": "\u00e9"}):
        answer = talk.client.get(talk.url, headers=headers)
        assert answer.status_code == 404
        assert answer["Content-Type"] == "application/problem+json"


def test_unknown_conversation_is_404(client: Client) -> None:
    answer = client.get("/api/chat/00000000-0000-4000-8000-000000000000/", headers={"X-Chat-Token": "x"})
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"


def test_expired_conversation_is_410_and_its_words_are_erased(talk: Talk, client: Client) -> None:
    talk.say("45 year old woman with a breast lump")
    talk.say("no")
    with time_machine.travel(timezone.now() + timedelta(hours=25), tick=False):
        answer = talk.get()
        assert answer.status_code == 410
        assert answer["Content-Type"] == "application/problem+json"
        Talk(client)
    assert not Message.objects.filter(conversation=talk.opening["id"]).exists()
    assert {fact["words"] for fact in Assessment.objects.get().facts} == {""}
    assert Conversation.objects.get(pk=talk.opening["id"]).state == {}


@pytest.mark.parametrize("erase", [tasks.erase_expired, lambda: call_command("erase_expired_conversations")])
def test_words_of_an_expired_conversation_are_erased_without_another_one(talk: Talk, erase: Callable[[], None]) -> None:
    talk.say("45 year old woman with a breast lump")
    talk.say("no")
    erase()
    assert Message.objects.exists()
    with time_machine.travel(timezone.now() + timedelta(hours=25), tick=False):
        erase()
    assert not Message.objects.exists()
    assert {fact["words"] for fact in Assessment.objects.get().facts} == {""}
    assert Conversation.objects.get().state == {}


def test_clock_erases_and_a_worker_loads_the_task() -> None:
    entry = celery_app.conf.beat_schedule["erase"]
    assert entry["task"] == tasks.erase_expired.name
    assert entry["schedule"] <= 600
    workers = [process.command for process in node_processes() if "worker" in process.command]
    assert all(tasks.__name__ in " ".join(command) for command in workers)


def test_too_long_message_is_413(talk: Talk) -> None:
    for length in (2001, 10_000, 100_000):
        answer = talk.post({"text": "a" * length})
        assert answer.status_code == 413
        assert answer["Content-Type"] == "application/problem+json"


def test_too_many_conversations_are_429_with_the_time_to_wait(client: Client) -> None:
    codes = []
    for _ in range(31):
        answer = client.post("/api/chat/", {}, content_type="application/json")
        codes.append(answer.status_code)
    assert codes[-1] == 429
    assert int(answer["Retry-After"]) > 0
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "body",
    [{}, {"text": "a", "quick_reply": "b"}, {"quick_reply": "age:nonsense"}, {"text": 5.5, "x": []}, [], "a", None],
)
def test_malformed_message_is_a_problem_of_the_sender(talk: Talk, body: object) -> None:
    answer = talk.post(body)
    assert answer.status_code in {200, 400}
    if answer.status_code == 400:
        assert answer["Content-Type"] == "application/problem+json"


def test_clinician_sees_imaging_advice(client: Client) -> None:
    talk = Talk(client, audience="clinician")
    talk.say("45 year old female with a breast lump")
    body = talk.say("no")
    assert any("tomosynthesis" in action for action in body["assessment"]["actions"])
    assert body["risk_offered"] is True


def test_bob_attaches_an_assessment_to_a_study_and_its_reader_sees_it(bob: Client) -> None:
    study = make_study()
    talk = Talk(bob, audience="clinician")
    talk.say("45 year old female with a breast lump")
    assert talk.post({"study_instance_uid": study.study_instance_uid}, "attachment/").status_code == 409
    talk.say("no")
    answer = talk.post({"study_instance_uid": study.study_instance_uid}, "attachment/")
    assert answer.status_code == 201
    seen = bob.get("/api/chat/assessments/", {"study_instance_uid": study.study_instance_uid}).json()["results"]
    assert [row["level"] for row in seen] == ["urgent_suspected_cancer"]
    assert seen[0]["attached_by"] == "bob"


def test_attached_assessment_outlives_the_conversation_without_the_words(bob: Client) -> None:
    study = make_study()
    talk = Talk(bob)
    talk.say("45 year old female with a breast lump")
    talk.say("no")
    talk.post({"study_instance_uid": study.study_instance_uid}, "attachment/")
    bob.delete(talk.url, headers=talk.headers)
    row = Assessment.objects.get()
    assert row.conversation is None
    assert {fact["words"] for fact in row.facts} == {""}


def test_nothing_is_attached_to_a_study_that_is_not_there(bob: Client) -> None:
    talk = Talk(bob)
    talk.say("45 year old female with a breast lump")
    talk.say("no")
    for target in ({"study_instance_uid": "1.2.3"}, {"diagnosis": 4711}):
        assert talk.post(target, "attachment/").status_code == 422


def test_patient_attaches_nothing(talk: Talk) -> None:
    assert talk.post({"study_instance_uid": "1.2.3"}, "attachment/").status_code == 401


def test_no_text_of_a_conversation_reaches_a_log(talk: Talk, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        talk.say("My name is Tess Person and I have a lump")
        talk.post({"text": "Tess" * 2000})
    assert "Tess" not in caplog.text
    assert "lump" not in caplog.text
