"""The defences of the web side: what a deployment check says, what headers allow, which pages obey, other origins."""

import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from tests.architecture.test_house import ROOT
from tests.factories import make_round, make_study

SAID_WHEN_ALL_IS_WELL = "System check identified no issues (0 silenced).\n"


def _production(folder: Path) -> dict[str, str]:
    """Return the environment of a node in a hospital."""
    secret = folder / "django-secret"
    secret.write_text("of-a-test-" + "0123456789abcdefghijklmnopqrstuvwxyz" * 2, encoding="ascii")
    return {
        "NODE_DATA_DIR": str(folder / "data"),
        "NODE_BIND": "0.0.0.0",
        "NODE_ALLOWED_HOSTS": "node.example.org",
        "NODE_ALLOWED_PEERS": "MODALITY@10.0.0.5",
        "NODE_BEHIND_PROXY": "true",
        "DJANGO_SECRET_KEY_FILE": str(secret),
    }


def test_the_deployment_check_of_a_production_node_finds_nothing(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "manage.py"), "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(command, env=_production(tmp_path), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, SAID_WHEN_ALL_IS_WELL, "")


class _Inline(HTMLParser):
    """Collects what a page brings that the policy forbids: inline scripts and styles, and files of others."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.files: list[str] = []
        self._open: str | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        data = tag == "script" and given.get("type") in {"application/json", "text/plain"}
        self._open = tag if tag in {"script", "style"} and not data else None
        self.found += [f"<{tag} {name}>" for name in given if name == "style" or name.startswith("on")]
        for name in ("src", "href"):
            url = given.get(name) or ""
            self.found += [f"<{tag} {name}={url}>"] if url.startswith(("http:", "https:", "//", "javascript:")) else []
            self.files += [url] if tag in {"script", "link"} and url else []

    def handle_data(self, data: str) -> None:
        if self._open and data.strip():
            self.found.append(f"<{self._open}>{data.strip()[:80]}")

    def handle_endtag(self, tag: str) -> None:
        self._open = None


def _policy(client: Client, path: str) -> dict[str, list[str]]:
    text = client.get(path)["Content-Security-Policy"]
    return {words[0]: words[1:] for words in (part.split() for part in text.split(";"))}


@pytest.mark.django_db
def test_the_policy_of_a_page_allows_no_inline_code(client: Client) -> None:
    policy = _policy(client, "/admin/login/")
    assert policy == {
        "default-src": ["'self'"],
        "script-src": ["'self'", "'wasm-unsafe-eval'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:"],
        "worker-src": ["'self'", "blob:"],
        "connect-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }


@pytest.mark.django_db
def test_a_page_tells_the_browser_what_it_never_needs(client: Client) -> None:
    answer = client.get("/admin/login/")
    features = answer["Permissions-Policy"].split(", ")
    assert {"camera=()", "microphone=()", "geolocation=()", "usb=()", "fullscreen=(self)"} <= set(features)
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"


def _admin_pages() -> list[str]:
    study = make_study()
    make_round(study)
    return [
        reverse("admin:index"),
        reverse("admin:studies_study_changelist"),
        reverse("admin:studies_destination_changelist"),
        reverse("admin:studies_destination_add"),
        reverse("admin:studies_allowedpeer_add"),
        reverse("admin:auth_user_changelist"),
        reverse("admin:auth_user_add"),
        reverse("admin:monitoring_performance"),
        reverse("admin:monitoring_studytimeline_change", args=[study.pk]),
        reverse("admin:monitoring_outcome_changelist"),
        reverse("admin:password_change"),
    ]


@pytest.mark.django_db
def test_the_staffs_pages_bring_nothing_inline(client: Client) -> None:
    client.force_login(User.objects.create_superuser("bob"))
    for path in _admin_pages():
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert (path, _Inline(answer.content.decode()).found) == (path, [])


@pytest.mark.django_db
def test_swagger_ui_comes_from_files_of_our_own(client: Client) -> None:
    page = _Inline(client.get("/api/docs/").content.decode())
    assert page.found == []
    assert len([url for url in page.files if url.endswith(".js") or "script" in url]) >= 3
    script = client.get("/api/docs/?script")
    assert "javascript" in script["Content-Type"]
    assert b'"validatorUrl": null' in script.content


@pytest.mark.django_db
def test_a_stranger_origin_gets_no_permission(client: Client) -> None:
    asked = {"HTTP_ORIGIN": "https://evil.example.org", "HTTP_ACCESS_CONTROL_REQUEST_METHOD": "POST"}
    answer = client.options("/api/v1/diagnosis/", **asked)  # type: ignore[arg-type]
    assert [name for name in answer.headers if name.lower().startswith("access-control")] == []


@pytest.mark.django_db
def test_a_configured_origin_may_ask_beforehand_and_no_other(client: Client, settings: Settings) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["https://demo.example.org"]
    asked = {
        "HTTP_ACCESS_CONTROL_REQUEST_METHOD": "POST",
        "HTTP_ACCESS_CONTROL_REQUEST_HEADERS": "idempotency-key",
    }
    ours = client.options("/api/v1/diagnosis/", HTTP_ORIGIN="https://demo.example.org", **asked)  # type: ignore[arg-type]
    assert ours["Access-Control-Allow-Origin"] == "https://demo.example.org"
    assert "idempotency-key" in ours["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in ours
    other = client.options("/api/v1/diagnosis/", HTTP_ORIGIN="https://demo.example.org.evil.net", **asked)  # type: ignore[arg-type]
    assert "Access-Control-Allow-Origin" not in other
