"""What is asked over HTTP leaves its event: who, what, which object, how it ended; never a word of a patient."""

import hashlib
import json
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as node
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from tests import synthetic
from tests.factories import make_diagnosis, make_instance, make_round, make_study, make_token, make_user
from webapp.accounts.models import ApiToken, Site
from webapp.accounts.roles import Role
from webapp.accounts.tokens import Scope
from webapp.audit.models import AuditEvent
from webapp.diagnosis.models import Diagnosis
from webapp.monitoring.models import AiPause, AlertRule, PredictionEntry
from webapp.monitoring.rules import ensure
from webapp.studies.models import AllowedPeer, Instance, Study

pytestmark = pytest.mark.django_db

NAME, PATIENT, ACCESSION = "DOE^JANE", "PID-7741", "ACC-5599"
CONVERSATION = "7b1c5a0e-0000-4000-8000-000000000000"


class World:
    """A study with one image in the archive, an upload, one account of each role at the study's site."""

    def __init__(self) -> None:
        site, elsewhere = Site.objects.create(name="North"), Site.objects.create(name="South")
        self.study, self.foreign = self._study(site), self._study(elsewhere)
        self.people = {role.value: make_user(role.value, role, sites=(site,)) for role in Role}
        self.upload = make_diagnosis(self.people["clinician"])

    @staticmethod
    def _study(site: Site) -> Study:
        study = make_study(views=())
        study.site = site
        study.patient_name, study.patient_id, study.accession_number = NAME, PATIENT, ACCESSION
        study.save()
        make_instance(study)
        return study

    def image(self) -> Instance:
        """Return the study's image, whose file is in the archive."""
        row = self.study.instances.get()
        folder: Path = node.NODE_ARCHIVE_DIR
        path = folder / row.path
        path.parent.mkdir(parents=True, exist_ok=True)
        synthetic.write(synthetic.make_study(rows=64, columns=48)[0], path, row.transfer_syntax_uid)
        return row

    def client(self, who: str) -> Client:
        client = Client()
        if who.startswith("token of "):
            token = make_token(self.people[who[9:]], Scope.READ)
            client.defaults["HTTP_AUTHORIZATION"] = f"Token {token}"
        elif who != "visitor":
            client.force_login(self.people[who])
        return client

    def paths(self) -> dict[str, str]:
        """Return what the addresses of the tables below are filled with."""
        image = self.study.instances.get()
        return {
            "study": self.study.study_instance_uid,
            "foreign": self.foreign.study_instance_uid,
            "series": image.series_instance_uid,
            "instance": image.sop_instance_uid,
            "upload": str(self.upload.pk),
            "conversation": CONVERSATION,
        }


@pytest.fixture
def world() -> World:
    return World()


def _events_of(ask: Callable[[], Any]) -> list[AuditEvent]:
    before = set(AuditEvent.objects.values_list("pk", flat=True))
    ask()
    return list(AuditEvent.objects.exclude(pk__in=before).order_by("pk"))


def _short(row: AuditEvent) -> str:
    return f"{row.event} {row.action} {row.object_type} {row.object_id or '-'} {row.outcome}"


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
    (row,) = _events_of(lambda: client.get(path.format(**names)))
    assert _short(row) == expected.format(**names)
    kind, name = ("visitor", "127.0.0.1") if who == "visitor" else ("user", who)
    if who.startswith("token of "):
        kind, name = "token", who.removeprefix("token of ")
    assert (row.actor_kind, row.actor, row.address) == (kind, name, "127.0.0.1")
    assert row.actor_id == ("" if who == "visitor" else str(world.people[name].pk))
    assert bool(row.token_id) == (kind == "token")
    _is_without_a_patient(row)


def _is_without_a_patient(row: AuditEvent) -> None:
    said = json.dumps({name: str(getattr(row, name)) for name in ("actor", "object_id", "detail", "object_type")})
    for word in (NAME, "DOE", "JANE", PATIENT, "7741", ACCESSION):
        assert word not in said


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
    (row,) = _events_of(lambda: _post(client, path.format(**names), body))
    assert _short(row) == expected.format(**names)
    assert row.actor == ("127.0.0.1" if who == "visitor" else who.removeprefix("token of "))


def test_what_is_made_is_named(world: World) -> None:
    client = world.client("clinician")
    rows = _events_of(lambda: _post(client, "/api/v1/chat/?id=9"))
    conversation = rows[-1]
    assert _short(conversation).startswith("record C conversation ")
    assert len(conversation.object_id) == 36
    made = {"name": "a script", "scopes": ["read"], "lasting": True}
    row, request = _events_of(lambda: _post(client, "/api/v1/accounts/tokens/", made))
    token = ApiToken.objects.get()
    assert (_short(request), row.object_id) == (f"configuration C token {token.pk} success", str(token.pk))
    assert json.loads(row.detail) == {"mark": token.token_id[:16], "scopes": ["read"]}


def test_an_upload_is_named_and_its_file_name_is_not(world: World) -> None:
    client = world.client("clinician")
    row = Diagnosis.objects.create(
        user=world.people["clinician"], image_sha256=_sha(b"the same bytes"), image_format="PNG", label="Benign",
        probability=0.2, confidence=0.8, operating_point="balanced", threshold=0.5, latency_ms=1.0, model_name="m",
        model_version="1", model_sha256="0" * 64,
    )  # fmt: skip
    sent = {"image": SimpleUploadedFile(f"{NAME}.png", b"the same bytes")}
    (event,) = _events_of(lambda: client.post("/api/v1/diagnosis/", sent))
    assert _short(event) == f"import C upload {row.pk} success"
    _is_without_a_patient(event)


_MODEL = {"model_version": "1", "model_sha256": "0" * 64}


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_a_token_is_told_by_a_mark_that_opens_nothing(world: World) -> None:
    text = make_token(world.people["radiologist"], Scope.CHAT)
    headers = {"Authorization": f"Token {text}"}
    path = f"/api/v1/studies/{world.study.study_instance_uid}/"
    (row,) = _events_of(lambda: Client().get(path, headers=headers))
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
    assert _events_of(lambda: client.get("/api/v1/studies/", headers=background)) == []
    person = {"If-None-Match": etag}
    assert [_short(row) for row in _events_of(lambda: client.get("/api/v1/studies/", headers=person))] == [
        "query E study - success"
    ]
    Study.objects.filter(pk=world.study.pk).update(state="FAILED")
    assert len(_events_of(lambda: client.get("/api/v1/studies/", headers=background))) == 1


def test_the_address_is_the_proxy_s_word_where_the_proxy_is_trusted(world: World, settings: Settings) -> None:
    client = world.client("radiologist")

    def address(peer: str) -> str:
        (row,) = _events_of(lambda: client.get("/api/v1/studies/", HTTP_X_FORWARDED_FOR="192.0.2.7", REMOTE_ADDR=peer))
        return row.address

    assert address("127.0.0.1") == "127.0.0.1"
    settings.NODE_TRUSTED_PROXIES = ("127.0.0.1",)
    assert address("127.0.0.1") == "192.0.2.7"
    assert address("198.51.100.9") == "198.51.100.9"


def test_health_and_pages_for_everybody_leave_nothing(world: World) -> None:
    for path in ("/health/live", "/api/schema/", "/", "/api/v1/monitoring/status/", "/api/nowhere/"):
        assert _events_of(lambda path=path: Client().get(path)) == []  # type: ignore[misc]
    client = world.client("radiologist")
    assert _events_of(lambda: client.options("/api/v1/studies/")) == []
    assert _events_of(lambda: client.put("/api/v1/studies/")) == []


# --- the admin


def test_a_change_in_the_admin_is_the_person_s(world: World) -> None:
    client = world.client("administrator")
    add = reverse("admin:studies_allowedpeer_add")
    site = str(world.study.site_id)
    rows = _events_of(lambda: client.post(add, {"ae_title": "PACS", "address": "10.0.0.5", "site": site}))
    peer = AllowedPeer.objects.get()
    assert [(row.actor, row.actor_kind, _short(row)) for row in rows] == [
        ("administrator", "user", f"configuration C allowed-peer {peer.pk} success"),
        ("administrator", "user", "configuration C allowed-peer - success"),
    ]
    (wrong,) = _events_of(lambda: client.post(add, {"ae_title": "PACS", "address": "nowhere"}))
    assert _short(wrong) == "configuration C allowed-peer - failed"


def test_pages_of_the_admin_that_are_read_leave_events(world: World) -> None:
    client, study = world.client("administrator"), world.study
    uid = study.study_instance_uid
    round_ = make_round(study)
    for page, expected in (
        (reverse("admin:studies_study_changelist"), "query E study - success"),
        (f"{reverse('admin:studies_study_changelist')}?q={PATIENT}", "query E study - success"),
        (reverse("admin:studies_study_change", args=[study.pk]), f"accessed R study {uid} success"),
        (reverse("admin:studies_round_change", args=[round_.pk]), f"record R study {uid} success"),
        (reverse("admin:monitoring_studytimeline_change", args=[study.pk]), f"record R study {uid} success"),
        (reverse("admin:studies_study_change", args=[10**6]), "accessed R study 1000000 refused"),
        (reverse("admin:studies_study_change", args=[PATIENT]), "accessed R study - refused"),
        (
            reverse("admin:auth_user_password_change", args=[world.people["auditor"].pk]),
            f"configuration R account {world.people['auditor'].pk} success",
        ),
    ):
        (row,) = _events_of(lambda page=page: client.get(page))  # type: ignore[misc]
        assert _short(row) == expected
        assert row.actor == "administrator"
        _is_without_a_patient(row)


def test_who_may_not_read_the_admin_leaves_a_refusal(world: World) -> None:
    page = reverse("admin:studies_study_change", args=[world.study.pk])
    uid = world.study.study_instance_uid
    for who, name in (("radiologist", "radiologist"), ("visitor", "127.0.0.1"), ("auditor", "auditor")):
        (row,) = _events_of(lambda who=who: world.client(who).get(page))[-1:]  # type: ignore[misc]
        assert (row.actor, _short(row)) == (name, f"accessed R study {uid} refused")


def test_actions_of_the_admin_name_every_row(world: World) -> None:
    client = world.client("administrator")
    chosen = [world.study, world.foreign]
    data = {"action": "analyse_again", "_selected_action": [str(study.pk) for study in chosen]}
    rows = _events_of(lambda: client.post(reverse("admin:studies_study_changelist"), data))
    assert sorted(_short(row) for row in rows) == sorted(
        f"accessed E study {study.study_instance_uid} success" for study in chosen
    )
    assert {json.loads(row.detail)["action"] for row in rows} == {"analyse_again"}
    entry = PredictionEntry.objects.create(at=world.upload.created_at, source="UPLOAD", level="IMAGE", **_MODEL)
    data = {"action": "export_csv", "_selected_action": [str(entry.pk)]}
    (row,) = _events_of(lambda: client.post(reverse("admin:monitoring_predictionentry_changelist"), data))
    assert _short(row) == f"export E prediction {entry.pk} success"
    data = {"action": f"{NAME}", "_selected_action": [str(world.study.pk)]}
    rows = _events_of(lambda: client.post(reverse("admin:studies_study_changelist"), data))
    assert {json.loads(row.detail)["action"] for row in rows} == {"none"}


def test_the_kill_switch_and_the_buttons_are_the_person_s(world: World) -> None:
    client = world.client("administrator")
    rows = _events_of(lambda: client.post(reverse("admin:monitoring_aipause_add"), {"reason": "drift"}))
    pause = AiPause.objects.get()
    assert f"configuration C ai-pause {pause.pk} success" in [_short(row) for row in rows]
    data = {"action": "resume", "_selected_action": [str(pause.pk)]}
    rows = _events_of(lambda: client.post(reverse("admin:monitoring_aipause_changelist"), data))
    assert [(row.actor, _short(row)) for row in rows] == [
        ("administrator", f"configuration U ai-pause {pause.pk} success"),
        ("administrator", f"configuration E ai-pause {pause.pk} success"),
    ]
    press = reverse("admin:monitoring_press", args=[world.study.pk, "urgent"])
    rows = _events_of(lambda: client.post(press))
    assert _short(rows[-1]) == f"record E study {world.study.study_instance_uid} success"
    assert {row.actor for row in rows} == {"administrator"}
    ensure()
    rule = AlertRule.objects.get(kind="drift")
    assert AuditEvent.objects.filter(object_type="alert-rule", object_id=str(rule.pk)).count() == 1


def test_a_lost_second_factor_and_roles_are_the_administrator_s_doing(world: World) -> None:
    client, person = world.client("administrator"), User.objects.get(username="clinician")
    page = reverse("admin:auth_user_change", args=[person.pk])
    form = {"username": person.username, "roles": ["radiologist"], "is_active": "on", "sites": []}
    rows = _events_of(lambda: client.post(page, form))
    assert {row.actor for row in rows} == {"administrator"}
    assert {row.object_type for row in rows} >= {"account", "account-roles"}
    assert rows[-1].outcome == "success"
    assert HTTPStatus(client.get(page).status_code) == HTTPStatus.OK
