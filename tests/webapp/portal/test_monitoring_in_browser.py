"""The monitoring screen in a real browser: the canary first, numbers behind charts, nothing that the policy refuses."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page, sync_playwright
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from tests.factories import make_study, make_user
from tests.journey.node import REPOSITORY
from tests.journey.programs import path_of
from tests.webapp.monitoring.entries import make_entry
from webapp.accounts.roles import Role
from webapp.monitoring import rules
from webapp.monitoring.models import Alert, AlertRule, CanaryRun, Outcome
from webapp.studies.models import Study

AXE = REPOSITORY / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
PASSWORD = "long enough for Ada"  # pragma: allowlist secret


def _fill(ada: User) -> None:
    """A month of a small node: on day n before today n % 5 + 1 studies, every fourth not analysed."""
    rules.ensure()
    now = timezone.now()
    CanaryRun.objects.create(
        study_instance_uid="2.25.1", state="PASSED", started_at=now, ended_at=now - timedelta(minutes=4), seconds=6.2
    )
    rule = AlertRule.objects.get(kind="queue_growing")
    Alert.objects.create(rule=rule, text="23 studies wait for analysis.", raised_at=now, seen_at=now)
    number = 0
    for day in range(30):
        at = now - timedelta(days=day)
        for _ in range(day % 5 + 1):
            number += 1
            study = make_study(views=())
            Study.objects.filter(pk=study.pk).update(created_at=at, state="SENT")
            if number % 4 == 0:
                make_entry(at=at, result="NOT_ANALYSED", prediction="", malignancy_probability=None)
                continue
            latency = {"receive": 40.0 + number, "wait": 30_000.0, "queue": 800.0, "infer": 300.0 + 9 * number}
            entry = make_entry(at=at, probability=(number * 37 % 100) / 100, latency_ms=latency)
            cancer = number % 3 == 0
            Outcome.objects.create(
                study_instance_uid=entry.study_instance_uid,
                recalled=cancer,
                biopsy="MALIGNANT" if cancer else "BENIGN",
                entered_by=ada,
            )
        make_entry(at=at, source="UPLOAD", level="IMAGE", latency_ms={"total": 900.0 + day})


def _open(page: Page, url: str) -> None:
    page.goto(f"{url}/sign-in")
    page.get_by_label("User name").fill("ada")
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Monitoring").click()


def _violations(page: Page) -> list[str]:
    """Return what axe finds against WCAG 2.2 AA, colours included, once they stand still."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    found = page.evaluate("tags => axe.run({runOnly: tags})", tags)
    return [f"{one['id']}: {node['html']}" for one in found["violations"] for node in one["nodes"]]


def _look(page: Page, name: str) -> None:
    """Leave a picture where NODE_TEST_PICTURES says, to be looked at."""
    if folder := os.environ.get("NODE_TEST_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.peer("chromium")
def test_ada_sees_the_canary_and_the_numbers_and_the_policy_refuses_nothing(
    live_server: LiveServer, settings: Settings, tmp_path: Path
) -> None:
    settings.NODE_ARCHIVE_DIR = tmp_path
    _fill(make_user("ada", Role.ADMINISTRATOR, password=PASSWORD))
    complaints: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path_of("chromium"), args=["--no-sandbox"])
        page = browser.new_page(locale="en-GB", viewport={"width": 1400, "height": 900}, color_scheme="light")
        page.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        _open(page, live_server.url)
        page.get_by_role("heading", name="The last test study passed").wait_for()
        assert page.get_by_role("heading", level=2).first.inner_text() == "The last test study passed"
        # 90 studies within 30 days, every fourth (22) not analysed
        assert page.get_by_text("Studies received: 90 · Uploads: 30").is_visible()
        assert page.get_by_text("Analysed: 68 · Not analysed: 22 · Failed: 0").is_visible()
        chart = page.get_by_role("img", name="Analyses by day")
        chart.locator("path.recharts-rectangle").first.wait_for()
        panel = page.get_by_role("region", name="Analyses by day", exact=True)
        panel.get_by_text("Show the numbers").click()
        rows = panel.get_by_role("table", name="Analyses by day").get_by_role("row")
        assert rows.count() == 31
        assert rows.nth(4).get_by_role("cell").all_inner_texts() == ["3", "1", "0"]
        assert _violations(page) == []
        _look(page, "monitoring-light")
        page.emulate_media(color_scheme="dark")
        assert _violations(page) == []
        _look(page, "monitoring-dark")
        page.get_by_text("7 days", exact=True).click()
        page.get_by_text("Studies received: 18 · Uploads: 7").wait_for()
        page.set_viewport_size({"width": 390, "height": 844})
        _look(page, "monitoring-phone")
        page.get_by_role("button", name="Menu").click()
        page.get_by_text("FR", exact=True).click()
        page.get_by_role("heading", name="Le dernier examen test a réussi").wait_for()
        page.set_viewport_size({"width": 1400, "height": 900})
        _look(page, "monitoring-french")
        browser.close()
    assert complaints == []
