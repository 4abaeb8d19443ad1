"""Changes of accounts, allow-list and sign-ins leave events."""

import json

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests import factories
from webapp.accounts.roles import Role
from webapp.audit import actors
from webapp.audit.actors import Actor
from webapp.audit.models import ActorKind, AuditEvent
from webapp.studies import removal
from webapp.studies.models import AllowedPeer

BOB = Actor(ActorKind.USER, "bob", "1")


@pytest.mark.django_db
def test_a_change_of_the_allow_list_names_who_and_what() -> None:
    with actors.acting(BOB):
        peer = AllowedPeer.objects.create(ae_title="PACS", address="10.0.0.5")
        peer.delete()
    rows = AuditEvent.objects.filter(object_type="allowed-peer").order_by("id")
    assert [(row.actor, row.action) for row in rows] == [("bob", "C"), ("bob", "D")]
    assert json.loads(rows[0].detail) == {"ae_title": "PACS", "address": "10.0.0.5"}


@pytest.mark.django_db
def test_a_change_without_a_person_names_the_process() -> None:
    factories.make_user("alice", Role.RADIOLOGIST)
    account = AuditEvent.objects.get(object_type="account")
    assert account.actor_kind in {ActorKind.PROCESS, ActorKind.COMMAND}
    assert AuditEvent.objects.filter(object_type="account-roles").count() == 1


@pytest.mark.django_db
def test_signing_in_and_out_leave_events_and_a_failed_one_keeps_no_name() -> None:
    user = User.objects.create_user("alice", password="a long enough one")
    client = Client()
    AuditEvent.objects.all().delete()
    assert not client.login(username="secret typed as a name", password="x")
    client.force_login(user)
    client.logout()
    rows = AuditEvent.objects.order_by("id")
    assert [(row.event, row.outcome) for row in rows] == [
        ("login", "refused"),
        ("login", "success"),
        ("logout", "success"),
    ]
    assert "secret" not in "".join(f"{row.actor}{row.object_id}{row.detail}" for row in rows)


@pytest.mark.django_db
def test_a_removed_study_is_told_by_its_uid() -> None:
    study = factories.make_study()
    removal.remove(study)
    row = AuditEvent.objects.get(event="study-deleted")
    assert row.object_id == study.study_instance_uid
