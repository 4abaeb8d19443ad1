"""Signing in and out as the portal does, and what is closed."""

from typing import Any

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from tests.factories import make_user
from tests.webapp.accounts.browser import PASSWORD, ROOT, Browser
from webapp.accounts.headless_urls import CLOSED
from webapp.accounts.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> User:
    return make_user("alice", Role.RADIOLOGIST, password=PASSWORD)


@pytest.fixture
def browser() -> Browser:
    return Browser()


def test_one_signs_in_by_name_and_password_and_out_again(alice: User, browser: Browser) -> None:
    assert browser.get("auth/session").status_code == 401
    answer = browser.sign_in("alice")
    assert answer.status_code == 200
    assert answer.json()["data"]["user"]["username"] == "alice"
    assert browser.me() == 200
    assert browser.post("auth/session", method="delete").status_code == 401
    assert browser.me() == 401


def test_signing_in_needs_the_csrf_token(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    body = {"username": "alice", "password": PASSWORD}
    answer = client.post(f"{ROOT}auth/login", body, content_type="application/json")
    assert answer.status_code == 403


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(alice: User, browser: Browser) -> None:
    wrong, unknown = browser.sign_in("alice", "wrong"), browser.sign_in("nobody", "wrong")
    assert wrong.status_code == unknown.status_code == 400
    assert wrong.json() == unknown.json()


def test_a_closed_account_does_not_get_in(alice: User, browser: Browser) -> None:
    alice.is_active = False
    alice.save()
    browser.sign_in("alice")
    assert browser.me() == 401


def test_signing_in_makes_a_new_session(alice: User, browser: Browser) -> None:
    browser.client.get(reverse("account_login"))
    browser.client.session.save()
    before = browser.client.session.session_key
    browser.sign_in("alice")
    assert browser.client.session.session_key != before


@pytest.mark.parametrize("name", CLOSED)
def test_nobody_signs_up_or_gets_in_by_mail(alice: User, browser: Browser, name: str) -> None:
    answer = browser.post(name, {"username": "eve", "email": "eve@example.org", "password": PASSWORD})
    assert answer.status_code == 403
    assert User.objects.count() == 1


def test_an_old_hash_becomes_argon2_at_sign_in(alice: User, browser: Browser, settings: Any) -> None:
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.Argon2PasswordHasher",
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    ]
    alice.password = PBKDF2PasswordHasher().encode(PASSWORD, "salt", iterations=1000)
    alice.save()
    assert browser.sign_in("alice").status_code == 200
    alice.refresh_from_db()
    assert alice.password.startswith("argon2$argon2id$")
    assert alice.check_password(PASSWORD)


def test_argon2_is_the_first_hash() -> None:
    from config import settings as production

    assert production.PASSWORD_HASHERS[0] == "django.contrib.auth.hashers.Argon2PasswordHasher"


def test_changing_the_password_ends_the_other_sessions(alice: User, browser: Browser) -> None:
    other = Browser()
    browser.sign_in("alice")
    other.sign_in("alice")
    changed = {"current_password": PASSWORD, "new_password": f"{PASSWORD} again"}
    assert browser.post("account/password/change", changed).status_code == 200
    assert (browser.me(), other.me()) == (200, 401)


def test_the_plain_page_signs_in_too(alice: User, client: Client) -> None:
    page = client.get(reverse("account_login"))
    assert "Sign in" in page.content.decode()
    assert "sign up" not in page.content.decode().lower()
    client.post(reverse("account_login"), {"login": "alice", "password": PASSWORD})
    assert client.get("/api/v1/accounts/me/").status_code == 200


@pytest.mark.parametrize("name", ["account_logout", "account_reauthenticate", "account_change_password", "mfa_index"])
def test_the_plain_pages_open(alice: User, client: Client, name: str) -> None:
    client.force_login(alice)
    assert client.get(reverse(name)).status_code == 200
