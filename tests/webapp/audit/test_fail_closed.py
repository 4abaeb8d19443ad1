"""Where the trail cannot be written, nothing is given out."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection
from django.test import Client

from tests.webapp.audit.world import World
from webapp.audit.models import AuditEvent

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def a_trail_that_takes_nothing() -> Iterator[None]:
    """Let the database refuse every new event."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TRIGGER full BEFORE INSERT ON audit_auditevent BEGIN SELECT RAISE(ABORT, 'no room'); END"
        )
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER full")


def test_no_image_and_no_list_without_its_event(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    image = world.image()
    client, study = world.client("radiologist"), world.study.study_instance_uid
    instance = f"/dicom-web/studies/{study}/series/{image.series_instance_uid}/instances/{image.sop_instance_uid}"
    paths = (f"{instance}/rendered", f"{instance}/frames/1", instance, f"/api/v1/studies/{study}/", "/api/v1/studies/")
    before = [client.get(path) for path in paths]
    assert {answer.status_code for answer in before} == {200}
    count = AuditEvent.objects.count()
    with a_trail_that_takes_nothing():
        for path in paths:
            answer = client.get(path)
            assert (answer.status_code, answer["Content-Type"]) == (503, "application/problem+json")
            assert answer.json()["detail"].startswith("The audit trail cannot be written now")
            assert answer["Retry-After"] == "30"
            assert "ETag" not in answer
        assert client.get("/api/v1/studies/2.25.1/").status_code == 404
        assert Client().get("/api/v1/studies/").status_code == 401
        assert Client().get("/health/live").status_code == 200
    assert AuditEvent.objects.count() == count
    assert f"accessed R study {study} success" in caplog.text
    assert client.get(paths[0]).status_code == 200


def test_a_watched_row_is_not_changed_without_its_event() -> None:
    world = World()
    client = world.client("administrator")
    path = f"/api/v1/studies/{world.study.study_instance_uid}/shares/"
    client.raise_request_exception = False
    with a_trail_that_takes_nothing():
        answer = client.post(path, {"username": "clinician"}, content_type="application/json")
        assert answer.status_code in {500, 503}
    assert not world.study.shares.exists()
    assert client.post(path, {"username": "clinician"}, content_type="application/json").status_code == 201


def test_what_streams_is_told_before_its_first_byte() -> None:
    world = World()
    image = world.image()
    client, study = world.client("radiologist"), world.study.study_instance_uid
    answer = client.get(f"/dicom-web/studies/{study}/series/{image.series_instance_uid}")
    assert answer.streaming
    assert AuditEvent.objects.latest("id").object_id == study
    assert b"DICM" in b"".join(answer.streaming_content)  # type: ignore[attr-defined]
