"""The frame of every screen on a phone: nothing runs over an edge or into its neighbour, in either language."""

from itertools import pairwise

import pytest
from django.test import Client
from playwright.sync_api import Page, ViewportSize
from pytest_django.live_server_helper import LiveServer

from tests.chromium import chromium, give_session, new_page, settle, violations
from tests.factories import make_user
from webapp.accounts.roles import Role

# a usual phone, and the narrowest screen that WCAG 2.2 (1.4.10) knows
PHONES = (ViewportSize(width=390, height=844), ViewportSize(width=320, height=640))
# between a button and the edge of the screen, in CSS pixels
MARGIN = 8
_EDGES = """() => [...document.querySelectorAll('header a, header button, header label')]
  .map((each) => each.getBoundingClientRect())
  .filter(({ width }) => width > 0)
  .map(({ left, right }) => [left, right])"""
_IS_CUT = "() => { const foot = document.querySelector('footer'); return foot.scrollHeight > foot.clientHeight; }"


def _expect_fit(page: Page) -> None:
    for size in PHONES:
        page.set_viewport_size(size)
        settle(page)
        edges = sorted(page.evaluate(_EDGES))
        assert len(edges) >= 3
        assert edges[0][0] >= MARGIN
        assert edges[-1][1] <= size["width"] - MARGIN
        assert all(one[1] <= other[0] + 1 for one, other in pairwise(edges)), edges
        assert page.evaluate(_IS_CUT) is False, "the line for research use is cut"


@pytest.mark.peer("chromium")
@pytest.mark.parametrize(
    ("locale", "leave", "enter"),
    [("en-GB", "Sign out", "Sign in"), ("fr-FR", "Se déconnecter", "Se connecter")],
)
def test_the_frame_of_a_screen_fits_a_phone(live_server: LiveServer, locale: str, leave: str, enter: str) -> None:
    client = Client()
    client.force_login(make_user("alice", Role.ADMINISTRATOR, Role.RADIOLOGIST))
    with chromium() as browser:
        page = new_page(browser, live_server.url, locale=locale, viewport=PHONES[0])
        page.goto("/chat")
        page.get_by_role("link", name=enter).wait_for()
        _expect_fit(page)
        give_session(page, live_server.url, client.cookies["sessionid"].value)
        page.goto("/worklist")
        page.get_by_role("button", name=leave).wait_for()
        _expect_fit(page)
        page.set_viewport_size(PHONES[0])
        settle(page)
        page.get_by_role("button", name="Menu").click()
        # what has no room in the head stands below the menu
        page.locator("nav").get_by_text("FR", exact=True).wait_for()
        settle(page)
        assert violations(page) == []
