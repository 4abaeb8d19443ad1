"""Sign-in at the hospital's identity provider, played by a real one on a free port."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User

from tests.factories import make_user
from tests.webapp.accounts import identity_provider
from tests.webapp.accounts.browser import PASSWORD, ROOT, Browser
from tests.webapp.accounts.identity_provider import Provider
from webapp.accounts.checks import accounts_are_sound
from webapp.accounts.roles import Role, roles_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider(settings: Any) -> Iterator[Provider]:
    with identity_provider.running() as found:
        app = {
            "provider_id": "oidc",
            "name": "North Hospital",
            "client_id": "mammonode",
            "secret": "of a test",  # pragma: allowlist secret
            "settings": {"server_url": found.address},
        }
        settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}
        settings.NODE_OIDC_ROLES_CLAIM = "groups"
        settings.NODE_OIDC_ROLES = ("breast-imaging=radiologist", "it=administrator")
        found.person = {
            "sub": "4711",
            "preferred_username": "alice",
            "name": "Alice Adams",
            "groups": ["breast-imaging"],
        }
        yield found


def _sign_in(provider: Provider) -> tuple[Browser, str]:
    browser = Browser()
    browser.get("config")
    form = {"provider": "oidc", "callback_url": "/", "process": "login"}
    headers = {"X-CSRFToken": browser.client.cookies["csrftoken"].value}
    leaves = browser.client.post(f"{ROOT}auth/provider/redirect", form, headers=headers)
    assert leaves.status_code == 302
    assert leaves["Location"].startswith(f"{provider.address}/authorize?")
    back = browser.client.get(provider.authorise(leaves["Location"]))
    return browser, str(back["Location"])


def test_whoever_has_a_role_there_gets_an_account_here(provider: Provider) -> None:
    browser, page = _sign_in(provider)
    assert page == "/"
    assert browser.me() == 200
    alice = User.objects.get(username="alice")
    assert roles_of(alice) == {Role.RADIOLOGIST}
    assert not alice.has_usable_password()
    assert provider.asked["code_challenge_method"] == "S256"


def test_roles_follow_the_provider_at_every_sign_in(provider: Provider) -> None:
    _sign_in(provider)
    provider.person["groups"] = ["it", "kitchen"]
    _sign_in(provider)
    assert roles_of(User.objects.get(username="alice")) == {Role.ADMINISTRATOR}
    provider.person["groups"] = []
    _sign_in(provider)
    assert roles_of(User.objects.get(username="alice")) == set()


def test_whoever_has_nothing_to_do_here_does_not_get_in(provider: Provider) -> None:
    provider.person["groups"] = ["kitchen"]
    browser, page = _sign_in(provider)
    assert "error=signup_closed" in page
    assert browser.me() == 401
    assert not User.objects.exists()


def test_an_account_with_a_password_is_not_taken_over_by_its_name(provider: Provider) -> None:
    alice = make_user("alice", Role.ADMINISTRATOR)
    alice.set_password(PASSWORD)
    alice.save()
    browser, page = _sign_in(provider)
    assert "error=signup_closed" in page
    assert browser.me() == 401


def test_an_account_that_waits_for_its_owner_is_connected(provider: Provider, settings: Any) -> None:
    settings.NODE_OIDC_ROLES_CLAIM, settings.NODE_OIDC_ROLES = "", ()
    alice = make_user("alice", Role.CLINICIAN)
    alice.set_unusable_password()
    alice.save()
    browser, _ = _sign_in(provider)
    assert browser.me() == 200
    assert roles_of(User.objects.get()) == {Role.CLINICIAN}


def test_a_provider_that_fails_lets_nobody_in(provider: Provider) -> None:
    provider.is_broken = True
    browser, page = _sign_in(provider)
    assert "error=" in page
    assert browser.me() == 401


def test_an_answer_that_was_not_asked_for_is_refused(provider: Provider) -> None:
    browser = Browser()
    browser.client.get("/accounts/oidc/oidc/login/callback/?code=a-code&state=made-up")
    assert browser.me() == 401


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"NODE_SECOND_FACTOR": "sometimes"}, "accounts.E001"),
        ({"NODE_IDLE_SECONDS": 90_000}, "accounts.W001"),
        ({"NODE_OIDC_ISSUER": "https://login.example.org"}, "accounts.E002"),
        ({"NODE_OIDC_ISSUER": "http://login.example.org", "NODE_HTTPS": True}, "accounts.E003"),
        ({"NODE_OIDC_ROLES": ("it=administrator",)}, "accounts.E004"),
        ({"NODE_OIDC_ROLES": ("it=emperor",), "NODE_OIDC_ROLES_CLAIM": "groups"}, "accounts.E005"),
    ],
)
def test_settings_that_make_no_sense_stop_the_start(settings: Any, changes: dict[str, Any], expected: str) -> None:
    assert accounts_are_sound() == []
    for name, value in changes.items():
        setattr(settings, name, value)
    assert expected in {message.id for message in accounts_are_sound()}
