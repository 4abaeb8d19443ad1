"""The first account."""

import json
import stat
from pathlib import Path

import pytest
from django.contrib.auth import authenticate
from django.test import Client

from webapp.accounts import first_run

pytestmark = pytest.mark.django_db


def test_first_start_makes_an_administrator_whose_file_only_the_owner_can_read(tmp_path: Path) -> None:
    path = tmp_path / "data" / "first-run.json"
    made = first_run.ensure(path)
    assert made is not None
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text()) == {
        "username": made.username,
        "password": made.password,
        "api_token": made.api_token,
    }
    user = authenticate(username=made.username, password=made.password)
    assert user is not None
    assert user.is_superuser


def test_token_of_the_first_start_opens_the_api(tmp_path: Path, client: Client) -> None:
    made = first_run.ensure(tmp_path / "first-run.json")
    assert made is not None
    answer = client.get("/api/studies/", headers={"Authorization": f"Token {made.api_token}"})
    assert answer.status_code == 200
    assert answer.json() == {"count": 0, "next": None, "previous": None, "results": []}


def test_second_start_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "first-run.json"
    first_run.ensure(path)
    before = path.read_text()
    assert first_run.ensure(path) is None
    assert path.read_text() == before


def test_two_first_starts_have_nothing_in_common(tmp_path: Path, django_user_model: type) -> None:
    one = first_run.ensure(tmp_path / "a.json")
    django_user_model.objects.all().delete()  # type: ignore[attr-defined]
    two = first_run.ensure(tmp_path / "b.json")
    assert one is not None
    assert two is not None
    assert one.password != two.password
    assert one.api_token != two.api_token
