"""Health answers."""

from pathlib import Path

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from webapp.studies import pipeline

pytestmark = pytest.mark.django_db


def test_live_needs_nothing(client: Client) -> None:
    assert client.get("/health/live").json() == {"status": "live"}


@pytest.mark.model
def test_ready_with_database_archive_and_model(client: Client, settings: Settings, tmp_path: Path) -> None:
    settings.NODE_ARCHIVE_DIR = tmp_path
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "reasons": []})


@pytest.mark.model
def test_not_ready_without_archive_or_model_and_says_both(
    client: Client, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.NODE_ARCHIVE_DIR, settings.NODE_MODELS_DIR = tmp_path / "absent", tmp_path / "none"
    monkeypatch.setattr(pipeline, "_load", pipeline._load.__wrapped__)
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert len(answer.json()["reasons"]) == 2
