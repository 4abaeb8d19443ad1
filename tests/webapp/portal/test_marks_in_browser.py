"""The AI's marks on the images: where the network put them, and only while they are wanted."""

from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import expect
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from tests import canvases
from tests.chromium import chromium, give_session, new_page
from tests.webapp.portal.screens import MARK, rows_behind


@pytest.mark.peer("chromium")
def test_marks_are_drawn_where_they_are_and_taken_away_by_the_same_key(
    live_server: LiveServer, settings: Settings, tmp_path: Path
) -> None:
    settings.NODE_ARCHIVE_DIR = settings.NODE_DERIVED_DIR = tmp_path
    study = rows_behind()
    client = Client()
    client.force_login(study.site.members.get())
    with chromium() as browser:
        page = new_page(browser, live_server.url, viewport={"width": 1280, "height": 800})
        give_session(page, live_server.url, client.cookies["sessionid"].value)
        page.goto(f"/studies/{study.study_instance_uid}")
        canvases.wait_until_painted(page)
        marks = page.get_by_test_id("mark")
        expect(marks).to_have_count(0)
        page.keyboard.press("m")
        expect(marks).to_have_count(4)
        drawn = (marks.first.get_attribute("points") or "").replace(",", " ").split()
        assert [float(number) for number in drawn] == [value for corner in MARK["outline"] for value in corner]  # type: ignore[attr-defined]
        page.keyboard.press("m")
        expect(marks).to_have_count(0)
