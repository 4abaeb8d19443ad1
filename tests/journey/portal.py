"""The portal as its users find it: by labels, roles and keys."""

import contextlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page

from tests import canvases
from tests.chromium import new_page
from tests.journey.node import Node

# more than there is to press on any screen
TABS = 120
_HARMLESS = re.compile(r"^(No|None)\b")
_MAKE = """
import json, secrets
from django.contrib.auth.models import User
from webapp.accounts.models import Site
from webapp.accounts.roles import Role, give_role
made = {}
for name, roles in json.loads(%r).items():
    password = secrets.token_urlsafe(18)
    user, _ = User.objects.get_or_create(username=name, defaults={"first_name": name.partition("-")[0].capitalize()})
    user.set_password(password)
    user.save()
    give_role(user, *(Role(role) for role in roles))
    user.sites.set(Site.objects.all() if roles else [])
    made[name] = password
print("MADE" + json.dumps(made))
"""
_AGE = """
import time
from importlib import import_module
from django.conf import settings
session = import_module(settings.SESSION_ENGINE).SessionStore(session_key=%r)
session["seen_at"] = time.time() - settings.NODE_IDLE_SECONDS + %d
session.save()
"""


@dataclass(frozen=True)
class Account:
    """Who signs in."""

    name: str
    password: str


def make_accounts(node: Node, **roles: tuple[str, ...]) -> dict[str, Account]:
    """Make accounts with these roles, members of every site there is, each with a password of its own."""
    said = node.manage("shell", "-c", _MAKE % json.dumps(roles))
    made: dict[str, str] = json.loads(said.partition("MADE")[2])
    return {name: Account(name, password) for name, password in made.items()}


def leave_seconds(node: Node, page: Page, seconds: int) -> None:
    """Put the clock of the page's session forward: so many seconds are left where nobody does anything."""
    key = next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "sessionid")
    node.manage("shell", "-c", _AGE % (key, seconds))


def sign_in(page: Page, account: Account) -> None:
    """Sign in on the page that asks for it."""
    page.get_by_label("User name").fill(account.name)
    page.locator("input[name=password]").fill(account.password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Sign out").wait_for()


class Signed:
    """Accounts that signed in once; their further pages come in with the same session."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.browser, self._url = browser, url
        self._kept: dict[str, Any] = {}

    @contextlib.contextmanager
    def page(self, account: Account, path: str, **options: Any) -> Iterator[Page]:
        """Open a page in a context of its own, and see at its end that nothing broke in it."""
        kept = self._kept.get(account.name)
        page = new_page(self.browser, self._url, **({"storage_state": kept} if kept else {}), **options)
        broken = watch(page)
        page.goto(path)
        if kept is None:
            sign_in(page, account)
            self._kept[account.name] = page.context.storage_state()
        yield page
        page.context.close()
        assert broken == []


def watch(page: Page) -> list[str]:
    """Return a list that fills with what breaks in the page, or is refused by its policy."""
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.on("console", lambda said: broken.append(said.text) if "Content Security" in said.text else None)
    return broken


def tab_to(page: Page, wanted: Locator) -> None:
    """Press the tab key until the focus is there."""
    wanted.wait_for()
    for _ in range(TABS):
        page.keyboard.press("Tab")
        if wanted.evaluate("(element) => element === document.activeElement"):
            return
    raise AssertionError(f"The tab key does not lead to {wanted}")


def view(page: Page, name: str) -> Locator:
    """Return one of the four views, such as "R CC"."""
    return page.get_by_role("group", name=f"View {name}", exact=True)


def open_study(page: Page, uid: str) -> None:
    """Go to a study and wait for the full data of its four views."""
    page.goto(f"/studies/{uid}")
    canvases.wait_until_painted(page)


def section(page: Page, title: str) -> Locator:
    """Open a part of the panel beside the images, and return it."""
    button = page.get_by_role("button", name=title, exact=True)
    if button.get_attribute("aria-expanded") == "false":
        button.click()
    region = page.get_by_role("region", name=title, exact=True)
    region.wait_for()
    return region


def drop(page: Page, target: Locator, name: str, content: bytes) -> None:
    """Drop a file there, as from the desktop."""
    data = page.evaluate_handle(
        "([name, bytes]) => { const data = new DataTransfer();"
        " data.items.add(new File([new Uint8Array(bytes)], name)); return data; }",
        [name, list(content)],
    )
    for event in ("dragover", "drop"):
        target.dispatch_event(event, {"dataTransfer": data})


def choose(page: Page, path: Path) -> None:
    """Choose a file on the upload screen."""
    page.locator("input[type=file]").set_input_files(path)


def talk_until_assessed(page: Page, words: str) -> None:
    """Say these words to the chatbot, then answer its questions by quick replies, each with the harmless one."""
    page.get_by_role("button", name="Start").click()
    page.get_by_label("Your message").fill(words)
    page.get_by_role("button", name="Send").click()
    assessment, replies = page.locator("#assessment"), page.get_by_role("group", name="Answers to choose from")
    for _ in range(12):
        offered = replies.get_by_role("button")
        assessment.or_(offered.first).first.wait_for()
        if assessment.count():
            return
        count = page.get_by_role("log").locator("> *").count()
        harmless = offered.filter(has_text=_HARMLESS)
        (harmless if harmless.count() else offered).last.click()
        # two messages more: the answer, and what the chatbot says to it
        page.get_by_role("log").locator("> *").nth(count + 1).wait_for(state="attached")
    raise AssertionError("No assessment after twelve answers")
