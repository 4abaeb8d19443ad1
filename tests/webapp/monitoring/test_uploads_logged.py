"""Uploads meet the prediction log and the kill switch, whoever sends them."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks
from pytest_django.fixtures import Settings

from tests.factories import make_user
from tests.webapp.diagnosis.uploads import encoded
from webapp.accounts.roles import Role
from webapp.monitoring import switch
from webapp.monitoring.models import PredictionEntry

pytestmark = [pytest.mark.django_db, pytest.mark.model]
_PAGE = "https://demo.example.org"


@pytest.fixture(autouse=True)
def fresh(settings: Settings, tmp_path: Path) -> None:
    settings.NODE_DERIVED_DIR = tmp_path / "derived"
    settings.NODE_OPEN_UPLOADS = True
    settings.CORS_ALLOWED_ORIGINS = [_PAGE]


def _post(client: Client) -> int:
    upload = SimpleUploadedFile("film.png", encoded("PNG"))
    return int(client.post("/api/v1/diagnosis/", {"image": upload}, HTTP_ORIGIN=_PAGE).status_code)


@pytest.mark.parametrize("name", ["alice", ""])
def test_an_upload_is_logged_once_with_its_file_name_and_who_sent_it(
    name: str, client: Client, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    if name:
        client.force_login(make_user(name, Role.CLINICIAN))
    with django_capture_on_commit_callbacks(execute=True):
        assert _post(client) == 200
        if name:
            assert _post(client) == 200, "the same bytes again are answered from the row"
    row = PredictionEntry.objects.get()
    assert (row.file_name, row.asked_by, row.source, row.result) == ("film.png", name, "UPLOAD", "ANALYSED")


def test_while_the_ai_is_paused_an_upload_is_told_so(client: Client) -> None:
    switch.pause("test")
    answer = client.post(
        "/api/v1/diagnosis/", {"image": SimpleUploadedFile("film.png", encoded("PNG"))}, HTTP_ORIGIN=_PAGE
    )
    assert (answer.status_code, answer["Content-Type"]) == (503, "application/problem+json")
    assert answer.json()["detail"] == switch.BANNER
    assert int(answer["Retry-After"]) > 0
    assert not PredictionEntry.objects.exists()
