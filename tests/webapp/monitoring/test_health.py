"""Health answers."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from tests.journey.pacs import PlayingPacs
from webapp.monitoring.models import CanaryRun, Heartbeat
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
    # the model twice: it cannot be loaded, and the file is not the manifest's
    assert len(answer.json()["reasons"]) == 3


@pytest.mark.model
def test_not_ready_after_a_canary_that_failed(client: Client, settings: Settings, tmp_path: Path) -> None:
    settings.NODE_ARCHIVE_DIR = tmp_path
    CanaryRun.objects.create(study_instance_uid="1.2", state="FAILED", stage="score", started_at=timezone.now())
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["reasons"]) == (503, ["The last canary failed at stage score."])
    CanaryRun.objects.create(study_instance_uid="1.3", state="PASSED", started_at=timezone.now())
    assert client.get("/health/ready").status_code == 200


def test_workers_are_healthy_while_they_show_life(client: Client) -> None:
    now = timezone.now()
    row = Heartbeat.objects.create(name="analysis", machine="m", pid=1, started_at=now, beat_at=now)
    assert client.get("/health/workers").status_code == 200
    Heartbeat.objects.filter(pk=row.pk).update(beat_at=now - timedelta(minutes=3))
    answer = client.get("/health/workers")
    assert (answer.status_code, answer.json()["reasons"]) == (503, ["The process analysis shows no sign of life."])


@pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning")
def test_the_scp_is_healthy_while_it_answers_c_echo(client: Client, settings: Settings) -> None:
    with PlayingPacs("MAMMONODE") as scp:
        settings.NODE_AE_TITLE, settings.NODE_BIND, settings.NODE_DICOM_PORT = "MAMMONODE", "127.0.0.1", scp.port
        assert client.get("/health/scp").status_code == 200
    answer = client.get("/health/scp")
    assert answer.status_code == 503
    assert "C-ECHO" in answer.json()["reasons"][0]
