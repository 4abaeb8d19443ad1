"""Accounts made on the command line: nothing has a default password."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client

from webapp.accounts import first_run
from webapp.accounts.models import Site
from webapp.accounts.roles import Role, roles_of

pytestmark = pytest.mark.django_db


def _run(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def test_an_account_gets_roles_sites_and_a_password_of_its_own() -> None:
    site = Site.objects.create(name="North")
    first = _run("create_account", "rita", "--role", "radiologist", "--site", "North").split()[-1]
    second = _run("create_account", "clara", "--role", "clinician").split()[-1]
    rita = User.objects.get(username="rita")
    assert rita.check_password(first)
    assert first != second
    assert roles_of(rita) == {Role.RADIOLOGIST}
    assert list(rita.sites.all()) == [site]


def test_a_service_gets_a_token_and_no_password(client: Client) -> None:
    token = _run("create_account", "robot", "--role", "service", "--token", "read").split()[-1]
    assert not User.objects.get(username="robot").has_usable_password()
    assert client.get("/api/v1/studies/", headers={"Authorization": f"Token {token}"}).status_code == 200


def test_an_account_for_the_identity_provider_has_no_password() -> None:
    _run("create_account", "alice", "--role", "clinician", "--single-sign-on")
    assert not User.objects.get(username="alice").has_usable_password()


@pytest.mark.parametrize("words", [["--site", "Nowhere"], ["--token", "read", "--days", "366"]])
def test_what_makes_no_sense_makes_no_account(words: list[str]) -> None:
    with pytest.raises(CommandError):
        _run("create_account", "eve", "--role", "clinician", *words)
    assert not User.objects.exists()


def test_the_first_administrator_is_made_once(settings: Any, tmp_path: Path) -> None:
    settings.NODE_DATA_DIR = tmp_path
    assert "password" in _run("create_first_administrator")
    assert roles_of(User.objects.get()) == {Role.ADMINISTRATOR}
    with pytest.raises(CommandError, match="accounts already"):
        _run("create_first_administrator")


def test_a_password_that_was_typed_is_written_nowhere(tmp_path: Path) -> None:
    path = tmp_path / "first-run.json"
    first_run.ensure(path, password="typed by somebody")  # pragma: allowlist secret
    assert set(json.loads(path.read_text())) == {"username", "api_token"}
    assert User.objects.get().check_password("typed by somebody")
