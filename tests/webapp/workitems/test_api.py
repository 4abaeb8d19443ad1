"""UPS-RS: the states of a work item, and who may change them."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import NoReverseMatch, reverse

from tests.factories import make_user
from webapp.accounts.roles import Role
from webapp.workitems.models import Workitem

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.webapp.workitems.urls")]

UID, KEY, OTHER_KEY = "1.2.3", "1.9.1", "1.9.2"
BASE = "/dicom-web/workitems"
DICOM_JSON = "application/dicom+json"


def _element(vr: str, *values: object) -> dict[str, Any]:
    return {"vr": vr, "Value": list(values)}


NEW = {"00741000": _element("CS", "SCHEDULED"), "00741204": _element("LO", "Mammography")}
PERFORMED = {"00741216": _element("SQ", {"00404019": _element("SQ"), "00404033": _element("SQ")})}


class Worklist:
    """The API as a signed-in client sees it."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def create(self, uid: str = UID, content: object = NEW) -> Any:
        return self._client.post(f"{BASE}?{uid}", json.dumps(content), content_type=DICOM_JSON)

    def state(self, state: str, key: str = KEY, uid: str = UID) -> Any:
        content = {"00741000": _element("CS", state), "00081195": _element("UI", key)}
        return self._client.put(f"{BASE}/{uid}/state", json.dumps([content]), content_type=DICOM_JSON)

    def update(self, content: object, key: str = KEY) -> Any:
        return self._client.post(f"{BASE}/{UID}?{key}", json.dumps([content]), content_type=DICOM_JSON)

    def cancel(self, reason: str = "") -> Any:
        content = {"00741238": _element("LT", reason)} if reason else {}
        return self._client.post(f"{BASE}/{UID}/cancelrequest", json.dumps(content), content_type=DICOM_JSON)

    def get(self, path: str = "") -> Any:
        return self._client.get(BASE + path)


@pytest.fixture
def worklist(client: Client) -> Worklist:
    """Bob is staff."""
    client.force_login(make_user("bob", Role.ADMINISTRATOR, is_staff=True))
    return Worklist(client)


def _state() -> str:
    return Workitem.objects.get().state


def test_only_staff_see_the_worklist(client: Client) -> None:
    assert client.get(BASE).status_code == 401
    client.force_login(User.objects.create_user("charlie"))
    answer = client.get(BASE)
    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")
    assert Worklist(client).create().status_code == 403
    assert not Workitem.objects.exists()


@pytest.mark.urls("config.urls")
def test_there_is_no_worklist_unless_it_is_switched_on() -> None:
    with pytest.raises(NoReverseMatch):
        reverse("workitems")


def test_created_work_item_can_be_retrieved(worklist: Worklist) -> None:
    answer = worklist.create()
    assert (answer.status_code, answer["Location"]) == (201, f"http://testserver{BASE}/{UID}")
    (found,) = worklist.get(f"/{UID}").json()
    assert found["00741204"] == NEW["00741204"]
    assert found["00741000"]["Value"] == ["SCHEDULED"]
    assert found["00080018"]["Value"] == [UID]
    assert worklist.get("/9.9").status_code == 404


@pytest.mark.parametrize(
    ("uid", "content", "status"),
    [
        ("../x", NEW, 400),
        ("", NEW, 400),
        ("1.2.4", [], 400),
        ("1.2.4", [NEW, NEW], 400),
        ("1.2.4", {"state": "SCHEDULED"}, 400),
        ("1.2.4", {"00741000": {"vr": "CS", "Value": ["COMPLETED"]}}, 400),
        ("1.2.4", NEW | {"00081195": {"vr": "UI", "Value": ["1.9"]}}, 400),
        ("1.2.4", NEW | {"00741204": {"vr": "LO", "Value": ["a\x00b"]}}, 400),
        ("1.2.4", NEW | {"00741204": {"vr": "LO", "Value": ["x" * 1024 * 1024]}}, 413),
        (UID, NEW, 409),
    ],
)
def test_what_is_no_new_work_item_is_refused(uid: str, content: object, status: int, worklist: Worklist) -> None:
    worklist.create()
    answer = worklist.create(uid, content)
    assert answer.status_code == status
    assert answer["Warning"].startswith("299 MAMMONODE")
    assert Workitem.objects.count() == 1


def test_a_work_item_is_claimed_reported_on_and_completed(worklist: Worklist) -> None:
    worklist.create()
    assert worklist.state("IN PROGRESS").status_code == 200
    assert worklist.update(PERFORMED).status_code == 200
    assert worklist.state("COMPLETED").status_code == 200
    assert _state() == "COMPLETED"
    again = worklist.state("COMPLETED")
    assert (again.status_code, "already" in again["Warning"]) == (200, True)


def test_only_one_performer_gets_it(worklist: Worklist) -> None:
    worklist.create()
    assert worklist.state("IN PROGRESS").status_code == 200
    assert worklist.state("IN PROGRESS", OTHER_KEY).status_code == 409
    assert worklist.update(PERFORMED, OTHER_KEY).status_code == 409
    assert worklist.state("CANCELED", OTHER_KEY).status_code == 409
    assert (_state(), Workitem.objects.get().transaction_uid) == ("IN PROGRESS", KEY)


def test_the_key_of_a_claim_is_shown_to_nobody(worklist: Worklist) -> None:
    worklist.create()
    worklist.state("IN PROGRESS")
    worklist.update(PERFORMED | {"00081195": _element("UI", OTHER_KEY)})
    assert KEY not in worklist.get(f"/{UID}").content.decode()
    assert KEY not in worklist.get().content.decode()
    assert Workitem.objects.get().transaction_uid == KEY


@pytest.mark.parametrize("state", ["COMPLETED", "CANCELED"])
def test_a_work_item_must_be_claimed_before_it_ends(state: str, worklist: Worklist) -> None:
    worklist.create()
    assert worklist.state(state).status_code == 409
    assert _state() == "SCHEDULED"


def test_nothing_is_completed_without_its_output(worklist: Worklist) -> None:
    worklist.create()
    worklist.state("IN PROGRESS")
    assert worklist.state("COMPLETED").status_code == 409
    assert _state() == "IN PROGRESS"


@pytest.mark.parametrize(("state", "key"), [("DONE", KEY), ("SCHEDULED", KEY), ("IN PROGRESS", ""), ("", KEY)])
def test_a_change_that_makes_no_sense_is_refused(state: str, key: str, worklist: Worklist) -> None:
    worklist.create()
    assert worklist.state(state, key).status_code == 400
    assert worklist.state("IN PROGRESS", uid="9.9").status_code == 404
    assert _state() == "SCHEDULED"


def test_an_update_changes_no_state_and_nothing_final(worklist: Worklist) -> None:
    worklist.create()
    assert worklist.update(NEW).status_code == 400
    worklist.state("IN PROGRESS")
    worklist.state("CANCELED")
    assert worklist.update(PERFORMED).status_code == 409
    assert worklist.state("IN PROGRESS").status_code == 409
    assert _state() == "CANCELED"


def test_a_request_cancels_what_is_scheduled_and_asks_a_performer(worklist: Worklist) -> None:
    worklist.create()
    worklist.state("IN PROGRESS")
    assert worklist.cancel("ordered twice").status_code == 202
    item = Workitem.objects.get()
    assert (item.state, item.cancel_reason) == ("IN PROGRESS", "ordered twice")
    assert item.cancel_requested_at is not None
    Workitem.objects.update(state="SCHEDULED")
    assert worklist.cancel().status_code == 202
    assert _state() == "CANCELED"
    assert worklist.cancel().status_code == 409


def test_search_matches_states_and_attributes(worklist: Worklist) -> None:
    assert worklist.get().status_code == 204
    worklist.create()
    worklist.create("1.2.4", NEW | {"00741204": _element("LO", "Ultrasound")})
    worklist.state("IN PROGRESS", uid="1.2.4")

    def found(query: str) -> list[str]:
        answer = worklist.get(query)
        return [] if answer.status_code == 204 else [row["00080018"]["Value"][0] for row in answer.json()]

    assert found("") == ["1.2.3", "1.2.4"]
    assert found("?limit=1&offset=1") == ["1.2.4"]
    assert found("?ProcedureStepState=SCHEDULED") == ["1.2.3"]
    assert found("?00741000=IN%20PROGRESS") == ["1.2.4"]
    assert found("?ProcedureStepLabel=Ultrasound") == ["1.2.4"]
    assert found("?ProcedureStepLabel=Ultrasound&ProcedureStepState=SCHEDULED") == []
    assert worklist.get("?NoSuchAttribute=1").status_code == 400
