"""What is asked over HTTP leaves its event: who, what, which object, how it ended; never a word of a patient."""

import hashlib
import json
from http import HTTPStatus
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from pytest_django.fixtures import Settings

from tests.factories import make_token
from tests.webapp.audit.world import NAME, World, events_of, is_without_a_patient, short
from webapp.accounts.models import ApiToken
from webapp.accounts.tokens import Scope
from webapp.diagnosis.models import Diagnosis
from webapp.studies.models import Study

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return World()


INSTANCE = "/dicom-web/studies/{study}/series/{series}/instances/{instance}"
READS = [
    ("administrator", "/api/v1/studies/", "query E study - success"),
    ("radiologist", "/api/v1/studies/?search=DOE", "query E study - success"),
    ("token of service", "/api/studies/", "query E study - success"),
    ("auditor", "/api/v1/studies/", "query E study - refused"),
    ("visitor", "/api/v1/studies/", "query E study - refused"),
    ("radiologist", "/api/v1/studies/{study}/", "accessed R study {study} success"),
    ("radiologist", "/api/v1/studies/{foreign}/", "accessed R study {foreign} refused"),
    ("clinician", "/api/v1/studies/{study}/", "accessed R study {study} refused"),
    ("auditor", "/api/v1/studies/{study}/", "accessed R study {study} refused"),
    ("visitor", "/api/v1/studies/{study}/", "accessed R study {study} refused"),
    ("token of radiologist", "/api/v1/studies/{study}/", "accessed R study {study} success"),
    ("radiologist", "/api/v1/studies/PID-7741/", "accessed R study - refused"),
    ("radiologist", "/api/v1/studies/{study}/images/{instance}/input.png", "accessed R study {study} refused"),
    ("radiologist", "/api/v1/studies/{study}/reports/{instance}/", "record R study {study} refused"),
    ("radiologist", "/api/v1/studies/{study}/reports/{instance}.dcm", "record R study {study} refused"),
    ("administrator", "/api/v1/studies/{study}/shares/", "configuration R study {study} success"),
    ("token of radiologist", "/dicom-web/studies?PatientName=DOE*", "query E study - success"),
    ("radiologist", "/dicom-web/studies/{study}/series", "query E study {study} success"),
    ("radiologist", "/dicom-web/studies/{foreign}", "accessed R study {foreign} refused"),
    ("radiologist", INSTANCE, "accessed R study {study} success"),
    ("token of radiologist", f"{INSTANCE}/metadata", "accessed R study {study} success"),
    ("radiologist", f"{INSTANCE}/frames/1", "accessed R study {study} success"),
    ("radiologist", f"{INSTANCE}/frames/2", "accessed R study {study} refused"),
    ("radiologist", f"{INSTANCE}/rendered", "accessed R study {study} success"),
    ("auditor", f"{INSTANCE}/rendered", "accessed R study {study} refused"),
    ("clinician", "/api/v1/diagnosis/", "query E upload - success"),
    ("clinician", "/api/v1/diagnosis/{upload}/", "record R upload {upload} success"),
    ("radiologist", "/api/v1/diagnosis/{upload}/", "record R upload {upload} refused"),
    ("clinician", "/api/v1/diagnosis/{upload}/report.pdf", "record R upload {upload} success"),
    ("clinician", "/api/v1/diagnosis/{upload}/heatmap.png", "accessed R upload {upload} refused"),
    ("clinician", "/api/v1/accounts/tokens/", "configuration R token - success"),
    ("visitor", "/api/v1/chat/{conversation}/", "record R conversation {conversation} refused"),
    ("administrator", "/api/v1/monitoring/predictions/", "query E prediction - success"),
    ("administrator", "/api/v1/monitoring/predictions/?export=csv", "export E prediction - success"),
]


@pytest.mark.parametrize(("who", "path", "expected"), READS)
def test_a_read_leaves_its_event(world: World, who: str, path: str, expected: str) -> None:
    world.image()
    client, names = world.client(who), world.paths()
    (row,) = events_of(lambda: client.get(path.format(**names)))
    assert short(row) == expected.format(**names)
    kind, name = ("visitor", "127.0.0.1") if who == "visitor" else ("user", who)
    if who.startswith("token of "):
        kind, name = "token", who.removeprefix("token of ")
    assert (row.actor_kind, row.actor, row.address) == (kind, name, "127.0.0.1")
    assert row.actor_id == ("" if who == "visitor" else str(world.people[name].pk))
    assert bool(row.token_id) == (kind == "token")
    is_without_a_patient(row)


def _post(client: Client, path: str, body: dict[str, Any] | None = None) -> HttpResponse:
    return client.post(path, body or {}, content_type="application/json")  # type: ignore[return-value]


WRITES: list[tuple[str, str, dict[str, Any], str]] = [
    ("administrator", "/api/v1/studies/{study}/complete/", {}, "record E study {study} success"),
    ("administrator", "/api/v1/studies/{study}/retry/", {}, "record E study {study} failed"),
    ("radiologist", "/api/v1/studies/{study}/resend/", {}, "record E study {study} refused"),
    ("clinician", "/api/v1/diagnosis/", {}, "import C upload - failed"),
    ("auditor", "/api/v1/diagnosis/", {}, "import C upload - refused"),
    ("token of clinician", "/api/v1/diagnosis/", {}, "import C upload - refused"),
    ("visitor", "/api/v1/chat/{conversation}/messages/", {}, "record U conversation {conversation} refused"),
    ("clinician", "/api/v1/accounts/tokens/", {}, "configuration C token - failed"),
]


@pytest.mark.parametrize(("who", "path", "body", "expected"), WRITES)
def test_a_write_leaves_its_event(world: World, who: str, path: str, body: dict[str, Any], expected: str) -> None:
    client, names = world.client(who), world.paths()
    (row,) = events_of(lambda: _post(client, path.format(**names), body))
    assert short(row) == expected.format(**names)
    assert row.actor == ("127.0.0.1" if who == "visitor" else who.removeprefix("token of "))


def test_what_is_made_is_named(world: World) -> None:
    client = world.client("clinician")
    rows = events_of(lambda: _post(client, "/api/v1/chat/?id=9"))
    conversation = rows[-1]
    assert short(conversation).startswith("record C conversation ")
    assert len(conversation.object_id) == 36
    made = {"name": "a script", "scopes": ["read"], "lasting": True}
    row, request = events_of(lambda: _post(client, "/api/v1/accounts/tokens/", made))
    token = ApiToken.objects.get()
    assert (short(request), row.object_id) == (f"configuration C token {token.pk} success", str(token.pk))
    assert json.loads(row.detail) == {"mark": token.token_id[:16], "scopes": ["read"]}


def test_an_upload_is_named_and_its_file_name_is_not(world: World) -> None:
    client = world.client("clinician")
    row = Diagnosis.objects.create(
        user=world.people["clinician"], image_sha256=_sha(b"the same bytes"), image_format="PNG", label="Benign",
        probability=0.2, confidence=0.8, operating_point="balanced", threshold=0.5, latency_ms=1.0, model_name="m",
        model_version="1", model_sha256="0" * 64,
    )  # fmt: skip
    sent = {"image": SimpleUploadedFile(f"{NAME}.png", b"the same bytes")}
    (event,) = events_of(lambda: client.post("/api/v1/diagnosis/", sent))
    assert short(event) == f"import C upload {row.pk} success"
    is_without_a_patient(event)


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_a_token_is_told_by_a_mark_that_opens_nothing(world: World) -> None:
    text = make_token(world.people["radiologist"], Scope.CHAT)
    headers = {"Authorization": f"Token {text}"}
    path = f"/api/v1/studies/{world.study.study_instance_uid}/"
    (row,) = events_of(lambda: Client().get(path, headers=headers))
    digest = ApiToken.objects.get().token_id
    # it lacks the scope: refused, and told under its account all the same
    assert (row.actor_kind, row.actor, row.outcome) == ("token", "radiologist", "refused")
    assert row.token_id == digest[:16]
    assert len(digest) > 64
    assert text[:8] not in f"{row.token_id}{row.detail}{row.actor}"


def test_news_that_are_none_leave_no_event_and_every_other_answer_does(world: World) -> None:
    client = world.client("radiologist")
    etag = client.get("/api/v1/studies/")["ETag"]
    background = {"If-None-Match": etag, "X-Background": "1"}
    assert events_of(lambda: client.get("/api/v1/studies/", headers=background)) == []
    person = {"If-None-Match": etag}
    assert [short(row) for row in events_of(lambda: client.get("/api/v1/studies/", headers=person))] == [
        "query E study - success"
    ]
    Study.objects.filter(pk=world.study.pk).update(state="FAILED")
    assert len(events_of(lambda: client.get("/api/v1/studies/", headers=background))) == 1


def test_the_address_is_the_proxy_s_word_where_the_proxy_is_trusted(world: World, settings: Settings) -> None:
    client = world.client("radiologist")

    def address(peer: str) -> str:
        (row,) = events_of(lambda: client.get("/api/v1/studies/", HTTP_X_FORWARDED_FOR="192.0.2.7", REMOTE_ADDR=peer))
        return row.address

    assert address("127.0.0.1") == "127.0.0.1"
    settings.NODE_TRUSTED_PROXIES = ("127.0.0.1",)
    assert address("127.0.0.1") == "192.0.2.7"
    assert address("198.51.100.9") == "198.51.100.9"


def test_health_and_pages_for_everybody_leave_nothing(world: World) -> None:
    for path in ("/health/live", "/api/schema/", "/", "/api/v1/monitoring/status/", "/api/nowhere/"):
        assert events_of(lambda path=path: Client().get(path)) == []  # type: ignore[misc]
    client = world.client("radiologist")
    assert events_of(lambda: client.options("/api/v1/studies/")) == []
    assert events_of(lambda: client.put("/api/v1/studies/")) == []


def test_a_refused_session_is_told_under_its_account(world: World, settings: Settings) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.people["administrator"])
    complete = f"/api/v1/studies/{world.study.study_instance_uid}/complete/"
    (row,) = events_of(lambda: _post(client, complete))
    assert (row.actor, row.outcome, json.loads(row.detail)["status"]) == ("administrator", "refused", 403)
    settings.NODE_SECOND_FACTOR = "compulsory"
    (row,) = events_of(lambda: client.get("/api/v1/studies/"))
    assert (row.actor, row.actor_kind, row.outcome) == ("administrator", "user", "refused")


def test_a_conversation_is_told_from_its_beginning_to_its_end(world: World) -> None:
    client = world.client("clinician")
    opened = _post(client, "/api/v1/chat/", {"audience": "clinician"}).json()  # type: ignore[attr-defined]
    path, token = f"/api/v1/chat/{opened['id']}/", {"HTTP_X_CHAT_TOKEN": opened["token"]}

    def all_of_it() -> None:
        said = client.post(f"{path}messages/", {"text": f"I am {NAME}"}, content_type="application/json", **token)
        assert said.status_code == HTTPStatus.OK
        assert client.get(path, **token).status_code == HTTPStatus.OK
        assert client.delete(path, **token).status_code == HTTPStatus.NO_CONTENT

    rows = events_of(all_of_it)
    # the row that goes, and the request that lets it go
    assert [(row.action, row.object_id, row.actor) for row in rows] == [
        (action, opened["id"], "clinician") for action in ("U", "R", "D", "D")
    ]
    for row in rows:
        is_without_a_patient(row)


def test_what_is_shown_to_others_is_told(world: World) -> None:
    client, uid = world.client("administrator"), world.study.study_instance_uid
    rows = events_of(lambda: _post(client, f"/api/v1/studies/{uid}/shares/", {"username": "clinician"}))
    share = world.study.shares.get()
    assert [short(row) for row in rows] == [
        f"configuration C study-share {share.pk} success",
        f"configuration U study {uid} success",
    ]
    assert json.loads(rows[0].detail) == {"study_id": world.study.pk, "person_id": world.people["clinician"].pk}
    rows = events_of(lambda: client.delete(f"/api/v1/studies/{uid}/shares/?username=clinician"))
    assert [short(row) for row in rows] == [
        f"configuration D study-share {share.pk} success",
        f"configuration U study {uid} success",
    ]
