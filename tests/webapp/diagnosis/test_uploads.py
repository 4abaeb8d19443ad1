"""What an upload leaves behind and what can be asked of it later: lists, heat maps, reports, repetitions, studies."""

import io
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import time_machine
from django.contrib.auth.models import AnonymousUser, User
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from PIL import Image
from pytest_django.fixtures import Settings

from dicom_node.part10 import same_data_set
from tests import synthetic
from tests.factories import make_study, make_user
from tests.webapp.diagnosis import uploads
from tests.webapp.diagnosis.uploads import encoded, post
from webapp.accounts.roles import Role
from webapp.chatbot import conversations
from webapp.chatbot.models import Assessment, Conversation
from webapp.diagnosis import heatmaps
from webapp.diagnosis.errors import Overload
from webapp.diagnosis.lane import Lane, lane
from webapp.diagnosis.models import Diagnosis, UploadKey
from webapp.studies.models import Instance, Study

pytestmark = [pytest.mark.django_db, pytest.mark.model]

KEYS = {
    "prediction", "confidence", "malignancy_probability", "id", "operating_point", "model", "latency_ms", "heatmap",
    "report", "warnings", "research_use_only", "image_format", "laterality", "view", "study_instance_uid",
    "assessment", "created_at",
}  # fmt: skip


@pytest.fixture(autouse=True)
def fresh(settings: Settings, tmp_path: Path) -> None:
    settings.NODE_ARCHIVE_DIR = tmp_path / "archive"
    settings.NODE_DERIVED_DIR = tmp_path / "derived"


def _signed_in(name: str, *, is_administrator: bool = False) -> Client:
    client = Client()
    client.force_login(make_user(name, Role.ADMINISTRATOR if is_administrator else Role.CLINICIAN))
    return client


@pytest.fixture
def alice() -> Client:
    return _signed_in("alice")


def _row(user: User | None = None, **values: Any) -> Diagnosis:
    facts: dict[str, Any] = {
        "image_sha256": "0" * 64, "image_format": "PNG", "label": "Benign", "probability": 0.2, "confidence": 0.8,
        "operating_point": "balanced", "threshold": 0.5, "model_name": "m", "model_version": "1",
        "model_sha256": "1" * 64, "latency_ms": 1.0,
    }  # fmt: skip
    return Diagnosis.objects.create(user=user, **(facts | values))


def test_the_answer_has_every_promised_key_and_leads_to_heat_map_and_report(alice: Client) -> None:
    body = post(alice, encoded("PNG"), laterality="L", view="MLO").json()
    assert body.keys() == KEYS
    assert list(body)[:2] == ["prediction", "confidence"]
    assert (body["laterality"], body["view"], body["image_format"]) == ("L", "MLO", "PNG")
    assert alice.get(f"/api/diagnosis/{body['id']}/").json() == body
    picture = alice.get(body["heatmap"], headers={"Accept": "image/png"})
    assert picture["Content-Type"] == "image/png"
    with Image.open(io.BytesIO(picture.content)) as drawn:
        assert drawn.size == (500, 700)
    page = alice.get(body["report"], headers={"Accept": "application/pdf"})
    assert page["Content-Type"] == "application/pdf"
    assert page.content.startswith(b"%PDF-")


def test_a_deep_tiff_scores_as_the_same_picture_in_png(alice: Client) -> None:
    deep = uploads.phantom().astype(np.uint16) * np.uint16(257)
    one, two = post(alice, encoded("TIFF", deep)).json(), post(alice, encoded("PNG", deep)).json()
    assert one["image_format"] == "TIFF"
    assert one["malignancy_probability"] == two["malignancy_probability"]


def test_a_heat_map_goes_with_its_row(
    alice: Client, settings: Settings, django_capture_on_commit_callbacks: Any
) -> None:
    row = Diagnosis.objects.get(pk=post(alice, encoded("PNG")).json()["id"])
    assert heatmaps.read(row.heatmap)
    with django_capture_on_commit_callbacks(execute=True):
        row.delete()
    assert [path for path in settings.NODE_DERIVED_DIR.rglob("*") if path.is_file()] == []


def test_the_same_bytes_within_a_day_are_the_same_record(alice: Client) -> None:
    first, second = (post(alice, encoded("PNG")).json() for _ in range(2))
    assert second["id"] == first["id"]
    assert any("uploaded before" in text for text in second["warnings"])
    assert post(_signed_in("dora"), encoded("PNG")).json()["id"] != first["id"]
    with time_machine.travel(timezone.now() + timedelta(days=1, seconds=5)):
        alice.force_login(User.objects.get(username="alice"))
        cache.clear()
        assert post(alice, encoded("PNG")).json()["id"] != first["id"]


def test_a_key_stands_for_one_image(alice: Client) -> None:
    key = {"HTTP_IDEMPOTENCY_KEY": "8e03978e-40d5-43dd-bc93-6894a57f9324"}
    first = post(alice, encoded("PNG"), **key)
    assert post(alice, encoded("PNG"), **key).json()["id"] == first.json()["id"]
    other = post(alice, encoded("PNG", uploads.phantom(seed=2)), **key)
    assert other.status_code == 422
    assert "Idempotency-Key" in other.json()["detail"]
    assert UploadKey.objects.count() == 1
    dora = post(_signed_in("dora"), encoded("PNG", uploads.phantom(seed=2)), **key)
    assert dora.status_code == 200, "a key belongs to its user"


def test_the_list_shows_ones_own_uploads_and_can_be_narrowed_down(alice: Client) -> None:
    mine = User.objects.get(username="alice")
    rows = [_row(mine), _row(mine, label="Malignant", image_format="DICOM"), _row(User.objects.create_user("dora"))]
    Diagnosis.objects.filter(pk=rows[0].pk).update(created_at=timezone.now() - timedelta(days=3))

    def ids(query: str) -> list[int]:
        answer = alice.get(f"/api/v1/diagnosis/?{query}")
        assert answer.status_code == 200, answer.content
        return [row["id"] for row in answer.json()["results"]]

    since = (timezone.now() - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert ids("") == [rows[1].pk, rows[0].pk]
    assert ids("prediction=Malignant") == ids("image_format=DICOM") == ids(f"created_after={since}") == [rows[1].pk]
    assert ids(f"created_before={since}") == ids("limit=1&offset=1") == [rows[0].pk]
    assert alice.get("/api/v1/diagnosis/?prediction=perhaps").status_code == 400


@pytest.mark.parametrize("path", ["", "heatmap.png", "report.pdf"])
def test_an_upload_of_somebody_else_is_not_there(alice: Client, path: str) -> None:
    row = _row(User.objects.create_user("dora"))
    assert alice.get(f"/api/diagnosis/{row.pk}/{path}").status_code == 404
    assert Client().get(f"/api/diagnosis/{row.pk}/{path}").status_code == 401


def test_a_stored_upload_enters_the_study_pipeline_as_it_came(
    alice: Client, tmp_path: Path, settings: Settings
) -> None:
    ds = synthetic.make_mg(seed=9, laterality="R", view="CC")
    content = uploads.part10(ds, tmp_path)
    first = post(alice, content).json()
    assert first["study_instance_uid"] is None
    second = post(alice, content, store="true").json()
    assert (second["id"], second["study_instance_uid"]) == (first["id"], ds.StudyInstanceUID)
    instance = Instance.objects.get(sop_instance_uid=ds.SOPInstanceUID)
    assert (instance.received_from, instance.laterality, instance.view) == ("HTTP-UPLOAD", "R", "CC")
    assert same_data_set(settings.NODE_ARCHIVE_DIR / instance.path, tmp_path / "view.dcm")
    assert post(alice, content, store="true").json()["id"] == first["id"]
    assert Study.objects.count() == 1


def test_nothing_is_stored_in_a_study_that_is_hidden_from_the_uploader(
    alice: Client, tmp_path: Path, settings: Settings
) -> None:
    ds = synthetic.make_mg(seed=9, laterality="R", view="CC")
    Study.objects.filter(pk=make_study(views=()).pk).update(study_instance_uid=str(ds.StudyInstanceUID))
    answer = post(alice, uploads.part10(ds, tmp_path), store="true")
    assert answer.status_code == 422
    assert "not the sender's to see" in answer.json()["detail"]
    assert not Instance.objects.exists()
    assert not Diagnosis.objects.exclude(study_instance_uid="").exists()
    assert list(settings.NODE_ARCHIVE_DIR.glob("objects/*/*/*.dcm")) == []


def test_a_plain_picture_cannot_be_stored(alice: Client) -> None:
    answer = post(alice, encoded("PNG"), store="true")
    assert answer.status_code == 422
    assert "DICOM" in answer.json()["detail"]
    assert not Diagnosis.objects.exists()


def test_a_side_that_contradicts_the_header_is_refused(alice: Client, tmp_path: Path) -> None:
    answer = post(alice, uploads.dicom(tmp_path, laterality="L"), laterality="R")
    assert answer.status_code == 422
    assert "laterality" in answer.json()["detail"]


@pytest.fixture
def finished() -> tuple[Conversation, str]:
    conversation, token, _ = conversations.open_conversation("en", "patient", AnonymousUser())
    conversation.assessments.create(audience="patient", language="en", rule_set_version="1", level="self_care")
    return conversation, token


def test_an_assessment_is_attached_by_who_holds_its_token(alice: Client, finished: tuple[Conversation, str]) -> None:
    conversation, token = finished
    refused = post(alice, encoded("PNG"), assessment=str(conversation.pk), HTTP_X_CHAT_TOKEN="guessed")
    assert refused.status_code == 422
    assert not Diagnosis.objects.exists()
    body = post(alice, encoded("PNG"), assessment=str(conversation.pk), HTTP_X_CHAT_TOKEN=token).json()
    row = Assessment.objects.get()
    assert (body["assessment"], row.diagnosis) == (row.pk, body["id"])
    assert row.attached_by is not None
    assert row.attached_by.username == "alice"


def test_an_assessment_is_attached_by_its_number_for_staff_alone(
    alice: Client, finished: tuple[Conversation, str]
) -> None:
    number = str(finished[0].assessments.get().pk)
    assert post(alice, encoded("PNG"), assessment=number).status_code == 422
    bob = _signed_in("bob", is_administrator=True)
    assert str(post(bob, encoded("PNG"), assessment=number).json()["assessment"]) == number


@pytest.fixture
def open_node(settings: Settings) -> Settings:
    settings.NODE_OPEN_UPLOADS = True
    settings.CORS_ALLOWED_ORIGINS = ["https://demo.example.org"]
    return settings


def test_open_uploads_are_let_in_from_the_configured_pages_alone(client: Client, open_node: Settings) -> None:
    page = {"HTTP_ORIGIN": "https://demo.example.org"}
    body = post(client, encoded("PNG"), **page).json()
    assert body["prediction"] in {"Benign", "Malignant"}
    assert Diagnosis.objects.get().user is None
    assert client.get(body["heatmap"]).status_code == 200
    assert client.get(body["heatmap"].split("?")[0]).status_code == 401
    assert client.get(body["heatmap"] + "x").status_code == 404
    for elsewhere in ({}, {"HTTP_ORIGIN": "https://evil.example.org"}):
        assert post(client, encoded("PNG"), **elsewhere).status_code == 401
    assert post(client, encoded("PNG"), store="true", **page).status_code == 403
    open_node.NODE_OPEN_UPLOADS = False
    assert post(client, encoded("PNG"), **page).status_code == 401


def test_open_uploads_are_throttled(client: Client, open_node: Settings) -> None:
    page = {"HTTP_ORIGIN": "https://demo.example.org"}
    statuses = [post(client, b"nothing", **page).status_code for _ in range(11)]
    assert statuses == [415] * 10 + [429]


def test_beyond_the_bound_an_upload_is_told_to_come_later(alice: Client) -> None:
    places = [lane().admitted() for _ in range(16)]
    for place in places:
        place.__enter__()
    try:
        answer = post(alice, encoded("PNG"))
    finally:
        for place in places:
            place.__exit__(None, None, None)
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert post(alice, encoded("PNG")).status_code == 200


def test_the_lane_runs_one_thing_after_the_other_off_the_callers_thread() -> None:
    one = Lane(4)
    running, most = [0], [0]

    def work() -> str:
        running[0] += 1
        most[0] = max(most[0], running[0])
        running[0] -= 1
        return threading.current_thread().name

    with ThreadPoolExecutor(8) as callers:
        names = set(callers.map(lambda _: one.run(work, 60), range(200)))
    assert most == [1]
    assert len(names) == 1
    assert threading.current_thread().name not in names


def test_what_waits_too_long_never_begins() -> None:
    one, gate, begun = Lane(4), threading.Event(), []
    with ThreadPoolExecutor(1) as caller:
        first = caller.submit(one.run, gate.wait, 60)
        with pytest.raises(Overload):
            one.run(lambda: begun.append(1), 0.05)
        gate.set()
        assert first.result(60)
    one.run(lambda: None, 60)
    assert begun == []
