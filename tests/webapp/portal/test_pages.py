"""The portal's page."""

import json
import re
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings


@pytest.fixture
def built(settings: Settings, tmp_path: Path) -> Path:
    """A build with one script, what it imports, and a style."""
    manifest = tmp_path / ".vite" / "manifest.json"
    manifest.parent.mkdir()
    parts = {
        "src/app/main.tsx": {"file": "assets/main-12345678.js", "imports": ["_a.js"], "css": ["assets/main-1.css"]},
        "_a.js": {"file": "assets/a-12345678.js", "imports": ["_b.js"]},
        "_b.js": {"file": "assets/b-12345678.js", "imports": ["_a.js"]},
    }
    manifest.write_text(json.dumps(parts), encoding="utf-8")
    settings.NODE_PORTAL_DIR = tmp_path
    return tmp_path


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("address", ["/", "/worklist", "/studies/1.2.3", "/sign-in", "/no/such/screen"])
def test_any_screen_may_be_the_first(client: Client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    assert "csrftoken" in answer.cookies
    page = answer.content.decode()
    assert '<script type="module" src="/static/portal/assets/main-12345678.js"></script>' in page
    assert page.count("modulepreload") == 2
    assert '<link rel="stylesheet" href="/static/portal/assets/main-1.css">' in page


@pytest.mark.usefixtures("built")
def test_the_nonce_of_the_page_is_that_of_its_policy(client: Client) -> None:
    answer = client.get("/")
    nonce = re.search(r'name="csp-nonce" content="([^"]+)"', answer.content.decode())
    assert nonce is not None
    assert f"'nonce-{nonce[1]}'" in answer["Content-Security-Policy"]


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("address", ["/api/nothing", "/static/nothing.js", "/health/nothing", "/_allauth/nothing"])
def test_what_belongs_to_others_is_no_screen(client: Client, address: str) -> None:
    assert client.get(address).status_code == 404


def test_without_a_build_the_page_says_what_to_do(client: Client, settings: Settings, tmp_path: Path) -> None:
    settings.NODE_PORTAL_DIR = tmp_path
    answer = client.get("/")
    assert answer.status_code == 503
    assert "make frontend" in answer.content.decode()
