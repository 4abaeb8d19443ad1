"""The machine's Chromium, for every test and command that looks at the portal as a person does."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.journey.programs import path_of

TIMEOUT_MS = 60_000
AXE = Path(__file__).parents[1] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
# WCAG 2.2, level A and AA
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
READING_ROOM = {"width": 1700, "height": 1000}

_RUN_AXE = """async (tags) => {
  const found = await axe.run(document, { runOnly: { type: 'tag', values: tags } });
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.target.join(' ')}: ${node.failureSummary} ${node.html.slice(0, 160)}`));
}"""
_TWO_FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
# a colour on its way to another is neither; what turns for ever is not waited for
_TRANSITIONS = """() => Promise.allSettled(document.getAnimations()
  .filter((each) => Number.isFinite(each.effect.getComputedTiming().endTime)).map((each) => each.finished))"""


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Run the browser for the time of the block."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path_of("chromium"), args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


def new_page(browser: Browser, url: str, **options: Any) -> Page:
    """Open an empty page with cookies of its own; addresses are below `url`, waiting is patient."""
    options = {"locale": "en-GB", "viewport": READING_ROOM, "color_scheme": "dark", **options}
    page = browser.new_context(base_url=url, **options).new_page()
    page.set_default_timeout(TIMEOUT_MS)
    return page


def give_session(page: Page, url: str, key: str) -> None:
    """Sign in with a session that is there already."""
    page.context.add_cookies([{"name": "sessionid", "value": key, "url": url}])


def settle(page: Page) -> None:
    """Wait until what was asked for is on the screen, in its last colours."""
    page.evaluate(_TWO_FRAMES)
    page.evaluate(_TRANSITIONS)


def violations(page: Page) -> list[str]:
    """Return what axe finds against WCAG 2.2 AA on the page as it is now."""
    if not page.evaluate("() => 'axe' in globalThis"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[str] = page.evaluate(_RUN_AXE, list(TAGS))
    return found
