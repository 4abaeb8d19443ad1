"""A reader's word in a real browser: said, saved, and there again after a reload."""

import pytest
from django.test import Client
from playwright.sync_api import Page, expect, sync_playwright
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from tests.factories import make_user
from tests.journey.programs import path_of
from webapp.accounts.models import Site, main_site_pk
from webapp.accounts.roles import Role
from webapp.studies.models import Review, Study


def _say_first_impression(page: Page) -> None:
    page.locator("[data-painted=true]").wait_for(timeout=120_000)
    expect(page.get_by_text("Then the AI's results are shown.")).to_be_visible()
    page.locator("[data-viewport] svg").first.click()
    page.keyboard.press("c")
    page.get_by_role("group", name="Right breast").get_by_label("BI-RADS category").select_option("4A")
    page.get_by_label("Comment").fill("Spiculated.")
    page.get_by_role("button", name="Save first impression").click()


def _enter_outcome(page: Page) -> None:
    page.get_by_role("button", name="Outcome").click()
    form = page.get_by_role("form", name="Outcome")
    form.get_by_label("Outcome", exact=True).select_option("biopsy-malignant")
    form.get_by_label("Breast").select_option("R")
    form.get_by_role("button", name="Add outcome").click()
    expect(page.get_by_test_id("outcome")).to_contain_text("Biopsy: malignant · Right breast")


@pytest.mark.peer("chromium")
def test_a_first_impression_unveils_the_ai_and_is_there_after_a_reload(
    live_server: LiveServer, settings: Settings, study: Study
) -> None:
    settings.NODE_AI_AFTER_FIRST_IMPRESSION = settings.NODE_SECOND_READING = True
    client = Client()
    client.force_login(make_user("rita", Role.RADIOLOGIST, sites=(Site.objects.get(pk=main_site_pk()),)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path_of("chromium"), args=["--no-sandbox"])
        page = browser.new_page(locale="en-GB", viewport={"width": 1700, "height": 1000})
        page.context.add_cookies(
            [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
        )
        page.goto(f"{live_server.url}/studies/{study.study_instance_uid}")
        _say_first_impression(page)
        expect(page.get_by_test_id("study-probability")).to_contain_text("80")
        _enter_outcome(page)
        page.reload()
        entry = page.get_by_test_id("review")
        expect(entry).to_contain_text("First impression · rita")
        for words in ("Right breast · BI-RADS 4A", "Own mark, R CC", "The AI's results were hidden.", "Spiculated."):
            expect(entry).to_contain_text(words)
        page.locator("[data-painted=true]").wait_for(timeout=120_000)
        expect(page.get_by_test_id("drawn")).to_have_count(1)
        expect(page.get_by_test_id("reading-state")).to_contain_text("Nobody has read")
        page.get_by_label("Comment").fill("As I said.")
        page.get_by_role("button", name="Save review").click()
        expect(page.get_by_test_id("reading-state")).to_contain_text("A second reader has to read it. Read by rita.")
        page.goto(f"{live_server.url}/worklist")
        expect(page.get_by_role("row").filter(has_text="second reader awaited")).to_contain_text("rita")
        browser.close()
    kinds = list(Review.objects.values_list("kind", "ai_was_hidden"))
    assert kinds == [("first-impression", True), ("reading", False)]
