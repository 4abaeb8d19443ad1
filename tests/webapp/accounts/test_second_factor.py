"""The second factor: off, optional, compulsory; in the API, DICOMweb and the admin."""

from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.urls import reverse

from tests.factories import make_token, make_user
from tests.webapp.accounts.browser import PASSWORD, Browser, totp
from webapp.accounts import second_factor
from webapp.accounts.roles import Role

pytestmark = pytest.mark.django_db

STUDIES = "/api/v1/studies/"
DICOMWEB = "/dicom-web/studies"


@pytest.fixture
def bob() -> User:
    return make_user("bob", Role.ADMINISTRATOR, password=PASSWORD)


@pytest.fixture
def browser(bob: User) -> Browser:
    browser = Browser()
    assert browser.sign_in("bob").status_code == 200
    return browser


def _pages(browser: Browser) -> list[int]:
    return [browser.client.get(page).status_code for page in (STUDIES, DICOMWEB, reverse("admin:index"))]


def test_whoever_has_an_authenticator_needs_its_code(browser: Browser) -> None:
    secret = browser.set_up_totp()
    other = Browser()
    with time_machine.travel("2026-03-02T09:00:00Z", tick=False):
        assert other.sign_in("bob").status_code == 401
        assert other.me() == 401
        assert other.post("auth/2fa/authenticate", {"code": "000000"}).status_code == 400
        assert other.post("auth/2fa/authenticate", {"code": totp(secret)}).status_code == 200
        assert other.me() == 200


def test_a_recovery_code_opens_once(browser: Browser) -> None:
    browser.set_up_totp()
    code = browser.get("account/authenticators/recovery-codes").json()["data"]["unused_codes"][0]
    answers = []
    for _ in range(2):
        other = Browser()
        other.sign_in("bob")
        answers.append(other.post("auth/2fa/authenticate", {"code": code}).status_code)
    assert answers == [200, 400]


def test_the_secret_is_not_stored_in_clear(browser: Browser, bob: User) -> None:
    secret = browser.set_up_totp()
    row = Authenticator.objects.get(user=bob, type=Authenticator.Type.TOTP)
    assert secret not in str(row.data)


def test_a_compulsory_factor_is_asked_of_every_session(browser: Browser, settings: Any) -> None:
    assert _pages(browser) == [200, 204, 200]
    settings.NODE_SECOND_FACTOR = "compulsory"
    assert _pages(browser) == [403, 403, 302]
    assert second_factor.SENTENCE in browser.client.get(STUDIES).json()["detail"]
    assert browser.client.get("/api/v1/accounts/me/").json()["second_factor"] == {"enabled": False, "required": True}
    browser.set_up_totp()
    assert browser.client.get("/api/v1/accounts/me/").json()["second_factor"] == {"enabled": True, "required": True}
    assert _pages(browser) == [200, 204, 200]


def test_the_admin_leads_to_where_one_is_set_up(browser: Browser, settings: Any) -> None:
    settings.NODE_SECOND_FACTOR = "compulsory"
    found = browser.client.get(reverse("admin:index"), follow=True)
    assert found.redirect_chain[-1][0] == reverse("mfa_index")


def test_recovery_codes_alone_are_no_second_factor(bob: User, settings: Any) -> None:
    settings.NODE_SECOND_FACTOR = "compulsory"
    Authenticator.objects.create(user=bob, type=Authenticator.Type.RECOVERY_CODES, data={})
    assert second_factor.is_missing(bob)


def test_a_token_needs_no_second_factor(bob: User, settings: Any) -> None:
    settings.NODE_SECOND_FACTOR = "compulsory"
    token = make_token(bob)
    browser = Browser()
    assert browser.client.get(STUDIES, headers={"Authorization": f"Token {token}"}).status_code == 200


def test_switched_off_it_is_asked_of_nobody(browser: Browser, settings: Any) -> None:
    browser.set_up_totp()
    settings.NODE_SECOND_FACTOR = "off"
    other = Browser()
    assert other.sign_in("bob").status_code == 200
    assert other.me() == 200


def test_an_administrator_removes_a_lost_one(browser: Browser, bob: User) -> None:
    alice = make_user("alice")
    Authenticator.objects.create(user=alice, type=Authenticator.Type.TOTP, data={"secret": "lost"})
    browser.client.handler.enforce_csrf_checks = False
    form = {"action": "remove_second_factor", "_selected_action": [alice.pk]}
    page = browser.client.post(reverse("admin:auth_user_changelist"), form, follow=True)
    assert "1 accounts have no second factor now." in page.content.decode()
    assert not second_factor.is_enabled(alice)


def test_a_passkey_may_be_added_and_used_to_sign_in(browser: Browser) -> None:
    browser.post("auth/reauthenticate", {"password": PASSWORD})
    wanted = browser.get("account/authenticators/webauthn").json()["data"]["creation_options"]["publicKey"]
    assert wanted["rp"]["id"] == "testserver"
    assert Browser().get("auth/webauthn/login").json()["data"]["request_options"]["publicKey"]["challenge"]
