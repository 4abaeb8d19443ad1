"""Ways around the trail that are closed: other methods, other spellings of a key, many keys."""

from http import HTTPStatus

import pytest
from django.http import HttpResponse
from django.urls import reverse

from tests.webapp.audit.world import World, events_of, short
from webapp.audit.models import AuditEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "PUT", "PATCH", "DELETE", "PROPFIND", "HEAD"])
def test_a_page_of_the_admin_is_told_by_whatever_method_it_is_read(world: World, method: str) -> None:
    client = world.client("administrator")
    page = reverse("admin:studies_study_change", args=[world.study.pk])
    (row,) = events_of(lambda: client.generic(method, page))
    assert short(row) == f"accessed R study {world.study.study_instance_uid} success"


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE"])
def test_another_page_of_the_admin_is_told_by_whatever_method_it_is_read(world: World, method: str) -> None:
    client, page = world.client("administrator"), reverse("admin:monitoring_performance")
    assert client.generic(method, page).status_code == HTTPStatus.OK
    (row,) = events_of(lambda: client.generic(method, page))
    assert short(row) == "query E performance - success"


@pytest.mark.parametrize("spelling", ["+{key}", "0{key}", "%20{key}"])
def test_a_row_is_named_however_its_key_is_spelt(world: World, spelling: str) -> None:
    client, key = world.client("administrator"), world.study.pk
    page = reverse("admin:studies_study_changelist") + spelling.format(key=key) + "/change/"
    answers: list[HttpResponse] = []
    (row,) = events_of(lambda: answers.append(client.get(page)))  # type: ignore[arg-type]
    assert answers[0].status_code == HTTPStatus.OK
    assert short(row) == f"accessed R study {world.study.study_instance_uid} success"


def _acted_on(world: World, keys: list[str]) -> list[AuditEvent]:
    data = {"action": "analyse_again", "_selected_action": keys}
    client = world.client("administrator")
    return events_of(lambda: client.post(reverse("admin:studies_study_changelist"), data))


def test_a_chosen_row_is_named_however_its_key_is_spelt(world: World) -> None:
    (row,) = _acted_on(world, [f" {world.study.pk}"])
    assert short(row) == f"accessed E study {world.study.study_instance_uid} success"


def test_a_chosen_row_does_not_hide_behind_many_that_are_none(world: World) -> None:
    rows = _acted_on(world, [*(str(number) for number in range(10_000, 10_201)), str(world.study.pk)])
    assert world.study.study_instance_uid in {row.object_id for row in rows}
