"""The trail as auditors read it: every event, by filters, as a file, and whether the chain holds."""

import csv
import json

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import make_user
from webapp.accounts.roles import Role
from webapp.audit import recorder
from webapp.audit.actors import Actor
from webapp.audit.models import Action, ActorKind, AuditEvent, AuditLink, Event, Outcome

pytestmark = pytest.mark.django_db(transaction=True)

EVENTS = "/api/v1/audit/events/"
VERIFICATION = "/api/v1/audit/verification/"
ALICE = Actor(ActorKind.USER, "alice", "7", address="10.0.0.7")
PACS = Actor(ActorKind.AE, "=PACS", address="10.0.0.8")


@pytest.fixture
def adam(client: Client) -> Client:
    """An auditor; his own sign-in leaves an event, which the tests do not look at."""
    client.force_login(make_user("adam", Role.AUDITOR))
    return client


def note(object_id: str, actor: Actor = ALICE, outcome: Outcome = Outcome.SUCCESS) -> AuditEvent:
    return recorder.record(
        Event.ACCESSED, Action.READ, "study", object_id, actor=actor, outcome=outcome, detail={"images": 4}
    )


def test_an_event_tells_who_what_when_and_its_place(adam: Client) -> None:
    event = note("1.2.3")
    (row,) = adam.get(EVENTS, {"object_id": "1.2.3"}).json()["results"]
    assert (row["actor"], row["actor_id"], row["address"], row["outcome"]) == ("alice", "7", "10.0.0.7", "success")
    assert (row["event"], row["action"], row["object_type"], row["detail"]) == ("accessed", "R", "study", {"images": 4})
    link = AuditLink.objects.get(event=event)
    assert (row["sequence"], row["hash"]) == (link.sequence, link.hash)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"actor": "alice"}, ["3", "1"]),
        ({"outcome": "refused"}, ["3"]),
        ({"actor_kind": "ae"}, ["2"]),
        ({"search": "10.0.0.8"}, ["2"]),
        ({"search": "3"}, ["3"]),
        ({"since": "2000-01-01T00:00:00Z", "actor": "alice"}, ["3", "1"]),
        ({"until": "2000-01-01T00:00:00Z"}, []),
        ({"actor": "ali"}, []),
    ],
)
def test_events_are_found_by(adam: Client, wanted: dict[str, str], found: list[str]) -> None:
    note("1")
    note("2", PACS)
    note("3", outcome=Outcome.REFUSED)
    answer = adam.get(EVENTS, wanted | {"object_type": "study"}).json()
    assert [row["object_id"] for row in answer["results"]] == found
    assert answer["count"] == len(found)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("outcome", "good", "one of success, refused, failed is expected"),
        ("since", "yesterday", "a time such as 2026-01-31T08:00:00Z is expected"),
        ("export", "pdf", "csv, jsonl or fhir is expected"),
        ("limit", "many", "A whole number"),
    ],
)
def test_a_filter_that_means_nothing_is_refused(adam: Client, name: str, value: str, sentence: str) -> None:
    answer = adam.get(EVENTS, {name: value})
    assert answer.status_code == 400
    assert sentence in answer.content.decode()


def test_the_trail_is_kept_as_a_file(adam: Client) -> None:
    note("1")
    note("2", PACS)
    lines = adam.get(EVENTS, {"export": "jsonl", "object_type": "study"}).getvalue().decode().splitlines()
    assert [json.loads(line)["object_id"] for line in lines] == ["2", "1"]
    table = adam.get(EVENTS, {"export": "csv", "object_type": "study"}).getvalue().decode().splitlines()
    rows = list(csv.DictReader(table))
    assert [row["object_id"] for row in rows] == ["2", "1"]
    # a spreadsheet would take it for a formula
    assert rows[0]["actor"] == "'=PACS"
    assert json.loads(rows[1]["detail"]) == {"images": 4}


def test_the_trail_is_given_to_a_fhir_server(adam: Client) -> None:
    event = note("1.2.3", outcome=Outcome.REFUSED)
    (line,) = adam.get(EVENTS, {"export": "fhir", "object_id": "1.2.3"}).getvalue().decode().splitlines()
    resource = json.loads(line)
    assert (resource["resourceType"], resource["action"], resource["outcome"]) == ("AuditEvent", "R", "4")
    assert resource["id"] == str(AuditLink.objects.get(event=event).sequence)
    assert "alice" in json.dumps(resource["agent"])


def test_reading_the_trail_is_told_in_the_trail(adam: Client) -> None:
    adam.get(EVENTS)
    adam.get(VERIFICATION)
    told = AuditEvent.objects.filter(event=Event.AUDIT_USED).order_by("id")
    assert [(row.actor, row.action) for row in told] == [("adam", "R"), ("adam", "E")]


def test_the_chain_is_proven_over_http(adam: Client) -> None:
    for number in range(4):
        note(str(number))
    head = AuditLink.objects.order_by("-sequence")[0]
    answer = adam.get(VERIFICATION).json()
    assert answer["holds"] is True
    assert answer["count"] >= 4
    AuditEvent.objects.filter(object_id="2").update(actor="mallory")
    answer = adam.get(VERIFICATION).json()
    broken = AuditLink.objects.get(event__object_id="2").sequence
    assert (answer["holds"], answer["broken_at"]) == (False, broken)
    assert answer["reason"] == "The event is not the one that was written."
    later = adam.get(VERIFICATION, {"first": broken + 1}).json()
    assert (later["holds"], later["first"]) == (True, broken + 1)
    assert later["head"] >= head.sequence
    assert adam.get(VERIFICATION, {"first": "0"}).status_code == 400


def test_an_auditor_looks_at_events_in_the_admin_and_changes_none(adam: Client) -> None:
    event = note("1.2.3")
    page = adam.get(reverse("admin:audit_auditevent_changelist"), {"q": "alice"})
    assert "1.2.3" in page.content.decode()
    one = reverse("admin:audit_auditevent_change", args=[event.pk])
    assert adam.get(one).status_code == 200
    assert adam.post(one, {"actor": "mallory"}).status_code == 403
    assert adam.post(reverse("admin:audit_auditevent_delete", args=[event.pk]), {"post": "yes"}).status_code == 403
    assert adam.get(reverse("admin:audit_auditevent_add")).status_code == 403


def test_a_number_that_is_much_too_long_is_refused(adam: Client) -> None:
    for address in (f"{VERIFICATION}?first=", f"{EVENTS}?limit=", f"{EVENTS}?offset="):
        assert adam.get(address + 5000 * "9").status_code == 400
