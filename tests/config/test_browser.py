"""A real browser opens the node's pages and complains of nothing."""

import shutil
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

pytestmark = [pytest.mark.peer("chromium"), pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    # the browser's loop runs in this thread, where Django would otherwise refuse the database
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield browser.new_page()
        browser.close()


def test_a_browser_finds_no_breach_of_the_policy(page: Page, live_server: LiveServer, client: Client) -> None:
    client.force_login(User.objects.create_superuser("bob"))
    session = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    page.context.add_cookies([session])  # type: ignore[list-item]
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if "Security Policy" in message.text else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(f"{live_server.url}/api/docs/")
    page.get_by_text("/api/v1/diagnosis/").first.wait_for(timeout=60_000)
    page.goto(live_server.url + reverse("admin:studies_destination_add"))
    answer = page.goto(live_server.url + reverse("admin:monitoring_performance"))
    assert answer is not None
    assert answer.status == 200
    assert said == []
