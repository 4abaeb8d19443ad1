"""Any Unicode text, as any sequence of messages, is answered: never a server error."""

import json

import pytest
from django.core.cache import cache
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from webapp.chatbot.vocabulary import source

pytestmark = pytest.mark.django_db

_WORDS = sorted(
    {
        word
        for language in ("en", "fr")
        for phrases in (*source(language)["concepts"].values(), *source(language)["answers"].values())
        for phrase in phrases
        for word in str(phrase).replace("?", "").replace("...", "").replace("|", " ").split()
    }
)
_ANY = st.text(st.characters(codec=None), max_size=300)
_LIKELY = st.lists(st.sampled_from(_WORDS), max_size=30).map(" ".join)
_OPTIONS = st.sampled_from(["changes:lump", "age:from_30", "sex:male", "red_flags:none", "history:unknown", "x:y", ""])


def _post(client: Client, url: str, token: str, body: object) -> int:
    cache.clear()
    answer = client.post(url, json.dumps(body), content_type="application/json", headers={"X-Chat-Token": token})
    if answer.status_code >= 400:
        assert answer["Content-Type"] == "application/problem+json"
    return answer.status_code


@given(texts=st.lists(st.one_of(_ANY, _LIKELY), min_size=1, max_size=6), language=st.sampled_from(["en", "fr"]))
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_text_gives_an_answer_and_never_a_server_error(client: Client, texts: list[str], language: str) -> None:
    cache.clear()
    opened = client.post("/api/chat/", {"language": language}, content_type="application/json").json()
    url = f"/api/chat/{opened['id']}/"
    for text in texts:
        assert _post(client, f"{url}messages/", opened["token"], {"text": text}) in {200, 400, 413}
    for path in ("", "questionnaire-response/"):
        assert client.get(url + path, headers={"X-Chat-Token": opened["token"]}).status_code == 200


@given(options=st.lists(_OPTIONS, min_size=1, max_size=6))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_quick_reply_gives_an_answer_and_never_a_server_error(client: Client, options: list[str]) -> None:
    cache.clear()
    opened = client.post("/api/chat/", {}, content_type="application/json").json()
    for option in options:
        status = _post(client, f"/api/chat/{opened['id']}/messages/", opened["token"], {"quick_reply": option})
        assert status in {200, 400}
