"""API tokens: scoped, expiring, revocable, and what ends them."""

from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from knox.models import AuthToken

from tests.factories import make_token, make_user
from webapp.accounts.roles import Role
from webapp.accounts.tokens import Scope

pytestmark = pytest.mark.django_db

TOKENS = "/api/v1/accounts/tokens/"
STUDIES = "/api/v1/studies/"


@pytest.fixture
def alice() -> User:
    return make_user("alice", Role.RADIOLOGIST)


@pytest.fixture
def session(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def _make(client: Client, **values: Any) -> Any:
    body = {"name": "script", "scopes": ["read"], **values}
    return client.post(TOKENS, body, content_type="application/json")


def _ask(token: str, path: str = STUDIES, method: str = "get") -> int:
    status: int = getattr(Client(), method)(path, headers={"Authorization": f"Token {token}"}).status_code
    return status


def test_a_token_is_shown_once_and_stored_hashed(session: Client) -> None:
    made = _make(session, lasting=True).json()
    assert _ask(made["token"]) == 200
    listed = session.get(TOKENS).json()["results"]
    assert [row["id"] for row in listed] == [made["id"]]
    assert "token" not in listed[0]
    assert made["token"] not in str(AuthToken.objects.values_list())


def test_a_token_opens_what_its_scopes_name(alice: User) -> None:
    assert _ask(make_token(alice, Scope.READ)) == 200
    assert _ask(make_token(alice, Scope.UPLOAD)) == 403
    assert _ask(make_token(alice, Scope.READ), "/api/v1/diagnosis/", "post") == 403
    assert _ask(make_token(alice, Scope.READ), "/dicom-web/studies") == 204


def test_what_a_view_does_not_name_is_closed_to_tokens(alice: User) -> None:
    token = make_token(alice)
    assert _ask(token, TOKENS) == 403
    assert _ask(token, "/api/v1/accounts/extend/", "post") == 403


def test_a_token_that_nothing_was_written_down_for_opens_nothing(alice: User) -> None:
    assert _ask(AuthToken.objects.create(alice)[1]) == 403


@pytest.mark.parametrize("text", ["nothing", "\u00ff\u00fe", ""])
def test_what_is_no_token_is_refused(text: str) -> None:
    assert _ask(text) == 401


def test_a_token_is_revoked_by_its_owner_alone(session: Client) -> None:
    made = _make(session, lasting=True).json()
    other = Client()
    other.force_login(make_user("charlie", Role.RADIOLOGIST))
    assert other.delete(f"{TOKENS}{made['id']}/").status_code == 404
    assert session.delete(f"{TOKENS}{made['id']}/").status_code == 204
    assert _ask(made["token"]) == 401


def test_signing_out_ends_the_tokens_of_the_session_and_no_lasting_one(session: Client) -> None:
    bound, lasting = _make(session).json()["token"], _make(session, lasting=True).json()["token"]
    session.delete("/_allauth/browser/v1/auth/session")
    assert (_ask(bound), _ask(lasting)) == (401, 200)


def test_a_changed_password_ends_the_tokens_of_sessions(session: Client, alice: User) -> None:
    bound = _make(session).json()["token"]
    alice.set_password("another long phrase")
    alice.save()
    assert _ask(bound) == 401


def test_a_token_ends_by_its_date_and_a_years_is_the_longest(alice: User, client: Client) -> None:
    with time_machine.travel("2026-03-02T09:00:00Z", tick=False):
        client.force_login(alice)
        token = _make(client, lasting=True, days=2).json()["token"]
        assert _make(client, lasting=True, days=366).status_code == 400
        assert _make(client, scopes=["everything"]).status_code == 400
    with time_machine.travel("2026-03-04T08:59:00Z", tick=False):
        assert _ask(token) == 200
    with time_machine.travel("2026-03-04T09:01:00Z", tick=False):
        assert _ask(token) == 401
