"""The pages of the admin leave events: what is read there, what is changed, and whose doing it was."""

import json
from http import HTTPStatus

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from tests.factories import make_round
from tests.webapp.audit.world import NAME, PATIENT, World, events_of, is_without_a_patient, short
from webapp.audit.models import AuditEvent
from webapp.monitoring.models import AiPause, AlertRule, PredictionEntry
from webapp.monitoring.rules import ensure
from webapp.studies.models import AllowedPeer

pytestmark = pytest.mark.django_db

_MODEL = {"model_version": "1", "model_sha256": "0" * 64}


@pytest.fixture
def world() -> World:
    return World()


def test_a_change_in_the_admin_is_the_person_s(world: World) -> None:
    client = world.client("administrator")
    add = reverse("admin:studies_allowedpeer_add")
    site = str(world.study.site_id)
    rows = events_of(lambda: client.post(add, {"ae_title": "PACS", "address": "10.0.0.5", "site": site}))
    peer = AllowedPeer.objects.get()
    assert [(row.actor, row.actor_kind, short(row)) for row in rows] == [
        ("administrator", "user", f"configuration C allowed-peer {peer.pk} success"),
        ("administrator", "user", "configuration C allowed-peer - success"),
    ]
    (wrong,) = events_of(lambda: client.post(add, {"ae_title": "PACS", "address": "nowhere"}))
    assert short(wrong) == "configuration C allowed-peer - failed"


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
        (row,) = events_of(lambda page=page: client.get(page))  # type: ignore[misc]
        assert short(row) == expected
        assert row.actor == "administrator"
        is_without_a_patient(row)


def test_who_may_not_read_the_admin_leaves_a_refusal(world: World) -> None:
    page = reverse("admin:studies_study_change", args=[world.study.pk])
    uid = world.study.study_instance_uid
    for who, name in (("radiologist", "radiologist"), ("visitor", "127.0.0.1"), ("auditor", "auditor")):
        (row,) = events_of(lambda who=who: world.client(who).get(page))[-1:]  # type: ignore[misc]
        assert (row.actor, short(row)) == (name, f"accessed R study {uid} refused")


def test_actions_of_the_admin_name_every_row(world: World) -> None:
    client = world.client("administrator")
    chosen = [world.study, world.foreign]
    data = {"action": "analyse_again", "_selected_action": [str(study.pk) for study in chosen]}
    rows = events_of(lambda: client.post(reverse("admin:studies_study_changelist"), data))
    assert sorted(short(row) for row in rows) == sorted(
        f"accessed E study {study.study_instance_uid} success" for study in chosen
    )
    assert {json.loads(row.detail)["action"] for row in rows} == {"analyse_again"}
    entry = PredictionEntry.objects.create(at=world.upload.created_at, source="UPLOAD", level="IMAGE", **_MODEL)
    data = {"action": "export_csv", "_selected_action": [str(entry.pk)]}
    (row,) = events_of(lambda: client.post(reverse("admin:monitoring_predictionentry_changelist"), data))
    assert short(row) == f"export E prediction {entry.pk} success"
    data = {"action": f"{NAME}", "_selected_action": [str(world.study.pk)]}
    rows = events_of(lambda: client.post(reverse("admin:studies_study_changelist"), data))
    assert {json.loads(row.detail)["action"] for row in rows} == {"none"}


def test_the_kill_switch_and_the_buttons_are_the_person_s(world: World) -> None:
    client = world.client("administrator")
    rows = events_of(lambda: client.post(reverse("admin:monitoring_aipause_add"), {"reason": "drift"}))
    pause = AiPause.objects.get()
    assert f"configuration C ai-pause {pause.pk} success" in [short(row) for row in rows]
    data = {"action": "resume", "_selected_action": [str(pause.pk)]}
    rows = events_of(lambda: client.post(reverse("admin:monitoring_aipause_changelist"), data))
    assert [(row.actor, short(row)) for row in rows] == [
        ("administrator", f"configuration U ai-pause {pause.pk} success"),
        ("administrator", f"configuration E ai-pause {pause.pk} success"),
    ]
    press = reverse("admin:monitoring_press", args=[world.study.pk, "urgent"])
    rows = events_of(lambda: client.post(press))
    assert short(rows[-1]) == f"record E study {world.study.study_instance_uid} success"
    assert {row.actor for row in rows} == {"administrator"}
    ensure()
    rule = AlertRule.objects.get(kind="drift")
    assert AuditEvent.objects.filter(object_type="alert-rule", object_id=str(rule.pk)).count() == 1


def test_a_lost_second_factor_and_roles_are_the_administrator_s_doing(world: World) -> None:
    client, person = world.client("administrator"), User.objects.get(username="clinician")
    page = reverse("admin:auth_user_change", args=[person.pk])
    form = {"username": person.username, "roles": ["radiologist"], "is_active": "on", "sites": []}
    rows = events_of(lambda: client.post(page, form))
    assert {row.actor for row in rows} == {"administrator"}
    assert {row.object_type for row in rows} >= {"account", "account-roles"}
    assert rows[-1].outcome == "success"
    assert HTTPStatus(client.get(page).status_code) == HTTPStatus.OK
