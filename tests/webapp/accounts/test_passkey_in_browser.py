"""A passkey in a real browser, with an authenticator that the browser plays: made, used, and missing."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import CDPSession, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from tests.factories import make_user
from tests.journey.programs import path_of
from webapp.accounts.roles import Role

pytestmark = pytest.mark.peer("chromium")

PASSWORD = "long enough for Alice"  # pragma: allowlist secret
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def page(live_server: LiveServer) -> Iterator[Page]:
    make_user("alice", Role.RADIOLOGIST, password=PASSWORD)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path_of("chromium"), args=["--no-sandbox"])
        page = browser.new_page(locale="en-GB")
        page.set_default_timeout(30_000)  # of a busy machine
        yield page
        browser.close()


def _device(page: Page) -> tuple[CDPSession, str]:
    line = page.context.new_cdp_session(page)
    line.send("WebAuthn.enable")
    return line, line.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})["authenticatorId"]


def _sign_in(page: Page) -> None:
    page.get_by_label("User name").fill("alice")
    page.locator("input[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")


def _add_passkey(page: Page) -> None:
    page.get_by_label("Name of a new passkey").fill("reading room")
    page.get_by_role("button", name="Add a passkey").click()
    page.locator("input[name=proof]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_text("1 passkey is set up.").wait_for()


def _me(page: Page, live_server: LiveServer) -> int:
    return page.request.get(f"{live_server.url}/api/v1/accounts/me/").status


def _credentials(line: CDPSession, device: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = line.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]
    return found


def test_a_passkey_is_made_on_the_account_page_and_is_the_second_factor(page: Page, live_server: LiveServer) -> None:
    line, device = _device(page)
    page.goto(f"{live_server.url}/account")
    _sign_in(page)
    _add_passkey(page)
    page.get_by_text("reading room").wait_for()
    (made,) = _credentials(line, device)
    assert made["rpId"] == "localhost"

    page.get_by_role("button", name="Sign out").click()
    _sign_in(page)
    use = page.get_by_role("button", name="Use a passkey")
    use.wait_for()
    assert _me(page, live_server) == 401, "the password alone opens nothing"
    before = _credentials(line, device)[0]["signCount"]
    use.click()
    page.get_by_role("heading", name="Account", exact=True).wait_for()
    assert _me(page, live_server) == 200
    assert _credentials(line, device)[0]["signCount"] > before

    # another device, which has no passkey of this account
    page.get_by_role("button", name="Sign out").click()
    line.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": device})
    line.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    _sign_in(page)
    use.click()
    page.get_by_role("alert").get_by_text("The browser used no passkey.").wait_for()
    assert page.get_by_label("Code").is_visible(), "a recovery code still helps"
    assert _me(page, live_server) == 401


def test_what_a_passkey_signed_once_opens_nothing_again(page: Page, live_server: LiveServer) -> None:
    _device(page)
    page.goto(f"{live_server.url}/account")
    _sign_in(page)
    _add_passkey(page)
    page.get_by_role("button", name="Sign out").click()
    _sign_in(page)
    with page.expect_request(lambda asked: asked.method == "POST" and "webauthn/authenticate" in asked.url) as signed:
        page.get_by_role("button", name="Use a passkey").click()
    page.get_by_role("heading", name="Account", exact=True).wait_for()

    assert page.context.browser is not None
    thief = page.context.browser.new_context().request
    root = f"{live_server.url}/_allauth/browser/v1"
    thief.get(f"{root}/config")
    token = next(one["value"] for one in thief.storage_state()["cookies"] if one["name"] == "csrftoken")
    headers = {"X-CSRFToken": token}
    known = {"username": "alice", "password": PASSWORD}
    assert thief.post(f"{root}/auth/login", data=known, headers=headers).status == 401
    assert thief.get(f"{root}/auth/webauthn/authenticate").status == 200
    again = thief.post(f"{root}/auth/webauthn/authenticate", data=signed.value.post_data_json, headers=headers)
    assert again.status == 400, again.text()
    assert thief.get(f"{live_server.url}/api/v1/accounts/me/").status == 401
