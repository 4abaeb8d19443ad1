"""Every screen against WCAG 2.2 AA by axe, colours included, in a real browser: both themes, both languages."""

from pathlib import Path
from typing import Literal

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from tests.chromium import chromium, give_session, new_page, settle, violations
from tests.webapp.portal.screens import Screen, rows_behind, screens_of

# colours follow the theme and words the language: two looks at a screen see both of each
DRESSES: tuple[tuple[str, Literal["light", "dark"]], ...] = (("en", "light"), ("fr", "dark"))


def _look(browser: Browser, url: str, screen: Screen, session: str) -> list[str]:
    """Return what axe finds, each with the screen, the language and the theme."""
    page = new_page(browser, url, reduced_motion="reduce", viewport={"width": 1280, "height": 800})
    if not screen.is_open:
        give_session(page, url, session)
    page.goto(screen.path)
    screen.prepare(page)
    found = []
    for language, scheme in DRESSES:
        _speak(page, language)
        page.emulate_media(color_scheme=scheme)
        page.locator(f"html[data-mantine-color-scheme={scheme}]").wait_for()
        settle(page)
        found += [f"{screen.name}, {language}, {scheme}: {one}" for one in violations(page)]
    page.context.close()
    return found


def _speak(page: Page, language: str) -> None:
    """Change the language of the page, by its menu or, where a dialog covers that, as the menu does."""
    page.get_by_text(language.upper(), exact=True).dispatch_event("click")
    page.locator(f"html[lang={language}]").wait_for()


@pytest.mark.peer("chromium")
def test_no_screen_breaks_wcag_in_any_theme_or_language(
    live_server: LiveServer, settings: Settings, tmp_path: Path
) -> None:
    settings.NODE_ARCHIVE_DIR = settings.NODE_DERIVED_DIR = tmp_path
    study = rows_behind()
    client = Client()
    client.force_login(study.site.members.get())
    session = client.cookies["sessionid"].value
    found: list[str] = []
    with chromium() as browser:
        for screen in screens_of(study):
            found += _look(browser, live_server.url, screen, session)
    assert not found, "\n".join(found)
