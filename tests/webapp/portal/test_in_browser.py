"""The built portal in a real browser, under the policy it is served with."""

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import sync_playwright
from pytest_django.live_server_helper import LiveServer

from tests.journey.programs import path_of

PASSWORD = "long enough for Alice"  # pragma: allowlist secret


@pytest.mark.peer("chromium")
def test_alice_signs_in_by_keyboard_and_the_policy_refuses_nothing(live_server: LiveServer) -> None:
    User.objects.create_superuser("alice", password=PASSWORD)
    complaints: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path_of("chromium"), args=["--no-sandbox"])
        page = browser.new_page(locale="en-GB")
        page.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
        page.goto(f"{live_server.url}/worklist")
        page.get_by_label("User name").focus()
        page.keyboard.type("alice")
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Worklist").wait_for()
        assert page.get_by_text("Research use only. Not for diagnosis.").is_visible()
        page.get_by_role("button", name="Sign out").click()
        page.get_by_label("User name").wait_for()
        browser.close()
    assert complaints == []
