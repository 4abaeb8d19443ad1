"""Guessing is stopped, whatever process answers, and whichever door is tried."""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core.cache import cache, caches
from django.core.management import call_command
from django.urls import reverse

from config import settings as production
from tests.factories import make_user
from tests.webapp.accounts.browser import PASSWORD, Browser
from webapp.accounts.roles import Role

pytestmark = pytest.mark.django_db

NINE = "2026-03-02T09:00:00Z"
LATER = "2026-03-02T09:05:01Z"


@pytest.fixture(autouse=True)
def counted_in_rows(settings: Any) -> Iterator[None]:
    """Count as production does: in a table that all processes share."""
    settings.CACHES = production.CACHES
    call_command("createcachetable", verbosity=0)
    make_user("bob", Role.ADMINISTRATOR, password=PASSWORD)
    yield
    cache.clear()


def _guess(times: int) -> list[int]:
    # every guess by another process: nothing is remembered between them but rows
    found = []
    for _ in range(times):
        found.append(Browser().sign_in("bob", "wrong").status_code)
        caches.close_all()
    return found


def test_the_right_password_does_not_help_after_five_wrong_ones() -> None:
    with time_machine.travel(NINE, tick=False):
        assert _guess(5) == [400] * 5
        locked = Browser().sign_in("bob")
    assert locked.status_code == 400
    assert locked.json()["errors"][0]["code"] == "too_many_login_attempts"
    with time_machine.travel(LATER, tick=False):
        assert Browser().sign_in("bob").status_code == 200


def test_signing_in_properly_does_not_use_up_attempts() -> None:
    assert {Browser().sign_in("bob").status_code for _ in range(7)} == {200}


def test_another_spelling_or_host_gives_no_further_attempts(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    with time_machine.travel(NINE, tick=False):
        _guess(4)
        other = Browser()
        other.client.defaults["HTTP_HOST"] = "other.example.org"
        other.sign_in("BOB", "wrong")
        assert Browser().sign_in("bob").json()["errors"][0]["code"] == "too_many_login_attempts"


def test_the_lock_holds_at_the_admins_door_too() -> None:
    with time_machine.travel(NINE, tick=False):
        _guess(5)
        browser = Browser()
        browser.client.handler.enforce_csrf_checks = False
        door = browser.client.get(reverse("admin:index"), follow=True).redirect_chain[-1][0]
        assert door == f"{reverse('account_login')}?next=/admin/"
        page = browser.client.post(door, {"login": "bob", "password": PASSWORD})
        assert "Too many failed login attempts" in page.content.decode()
        assert browser.me() == 401


def test_the_admin_knows_no_other_way_in() -> None:
    browser = Browser()
    browser.client.handler.enforce_csrf_checks = False
    browser.client.post(reverse("admin:login"), {"username": "bob", "password": PASSWORD})
    assert browser.me() == 401


def test_one_address_may_not_try_name_after_name() -> None:
    with time_machine.travel(NINE, tick=False):
        answers = [Browser().sign_in(f"name{number}", "wrong").json() for number in range(21)]
    assert "too_many_login_attempts" not in str(answers[:20])
    assert answers[20]["errors"][0]["code"] == "too_many_login_attempts"
