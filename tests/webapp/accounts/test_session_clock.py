"""When a session ends, and what does not keep it alive."""

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.test import Client

from tests.factories import make_user
from webapp.accounts.models import Site
from webapp.accounts.roles import Role

pytestmark = pytest.mark.django_db

ME = "/api/v1/accounts/me/"
NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def site() -> Site:
    return Site.objects.create(name="North")


@pytest.fixture
def alice(client: Client, site: Site) -> Client:
    """Alice, signed in at nine."""
    with time_machine.travel(NINE, tick=False):
        client.force_login(make_user("alice", Role.RADIOLOGIST, sites=(site,)))
    return client


def _ask(client: Client, minute: int, **headers: Any) -> int:
    with time_machine.travel(NINE.timestamp() + 60 * minute, tick=False):
        return client.get(ME, **headers).status_code


def test_one_learns_who_one_is_and_when_the_session_ends(alice: Client, site: Site) -> None:
    with time_machine.travel(NINE, tick=False):
        found = alice.get(ME).json()
    assert found["username"] == "alice"
    assert found["roles"] == ["radiologist"]
    assert found["sites"] == [{"id": site.pk, "name": "North"}]
    assert found["idle_seconds"] == 900
    assert found["idle_expires_at"] == "2026-03-02T09:15:00Z"
    assert found["expires_at"] == "2026-03-02T21:00:00Z"
    assert found["second_factor"] == {"enabled": False, "required": False}
    assert set(found["settings"]) == {"ai_after_first_impression", "second_reading", "sort_by_priority"}


def test_nobody_is_no_account(client: Client) -> None:
    answer = client.get(ME)
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"


def test_a_session_ends_after_a_quarter_of_an_hour_without_a_request(alice: Client) -> None:
    assert [_ask(alice, 10), _ask(alice, 24), _ask(alice, 39), _ask(alice, 40)] == [200, 200, 401, 401]


def test_an_ended_session_stays_ended_on_the_server(alice: Client) -> None:
    cookie = alice.cookies["sessionid"].value
    assert _ask(alice, 16) == 401
    alice.cookies["sessionid"] = cookie
    assert _ask(alice, 1) == 401


def test_a_page_that_looks_for_news_keeps_no_session_alive(alice: Client) -> None:
    background = {"headers": {"X-Background": "1"}}
    assert [_ask(alice, minute, **background) for minute in (5, 10, 14, 15)] == [200, 200, 200, 401]


def test_a_session_ends_after_twelve_hours_however_busy(alice: Client) -> None:
    answers = [_ask(alice, minute) for minute in range(10, 12 * 60 + 1, 10)]
    assert answers == [200] * 71 + [401]


def test_extending_begins_the_idle_time_anew(alice: Client) -> None:
    with time_machine.travel(NINE.timestamp() + 14 * 60, tick=False):
        answer = alice.post("/api/v1/accounts/extend/")
    assert answer.json()["idle_expires_at"] == "2026-03-02T09:29:00Z"
    assert [_ask(alice, 28), _ask(alice, 60)] == [200, 401]


def test_the_idle_time_is_a_setting(alice: Client, settings: Any) -> None:
    settings.NODE_IDLE_SECONDS = 60
    assert [_ask(alice, 0), _ask(alice, 1)] == [200, 401]
