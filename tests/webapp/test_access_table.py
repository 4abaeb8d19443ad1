"""Every endpoint, by every method it has, for every role, on an own and on a foreign object."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve, reverse

from tests.factories import make_diagnosis, make_study, make_token, make_user
from tests.webapp.access_table import ROLES, TABLE
from webapp.accounts.models import Site
from webapp.accounts.roles import Role
from webapp.studies.models import Study, StudyShare

pytestmark = pytest.mark.django_db

KEPT = ("/api/v1/", "/dicom-web/")
METHODS = ("get", "post", "put", "patch", "delete")


def routes(patterns: list[URLPattern | URLResolver], before: str = "/") -> dict[str, Any]:
    """Return every route below what this table is about, with its view."""
    found: dict[str, Any] = {}
    for entry in patterns:
        here = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            found |= routes(entry.url_patterns, here)
        elif here.startswith(KEPT):
            found[here] = entry.callback
    return found


ROUTES = routes(get_resolver().url_patterns)
ASKED = sorted(
    (route, method.upper()) for route, view in ROUTES.items() for method in METHODS if hasattr(view.cls, method)
)


def test_every_endpoint_has_its_rows() -> None:
    assert sorted(TABLE) == ASKED


def test_every_alias_is_the_same_view() -> None:
    for route, view in ROUTES.items():
        if route.startswith("/api/v1/"):
            path = _filled(route.replace("/api/v1/", "/api/"), "1.2.3", 1)
            assert resolve(path).func.cls is view.cls  # type: ignore[attr-defined]


def _filled(route: str, study: str, upload: int) -> str:
    words = {
        "<str:study_instance_uid>": study,
        "<str:sop_instance_uid>": f"{study}.1.1",
        "<str:study>": study,
        "<str:series>": f"{study}.1",
        "<str:instance>": f"{study}.1.1",
        "<str:numbers>": "1",
        "<str:tag>": "7FE00010",
        "<int:pk>": str(upload),
        "<uuid:key>": "7b1c5a0e-0000-4000-8000-000000000000",
    }
    for word, value in words.items():
        route = route.replace(word, value)
    return route


def _study(site: Site) -> Study:
    study = make_study(views=(("R", "CC"),))
    study.site = site
    study.save()
    study.instances.update(sop_instance_uid=f"{study.study_instance_uid}.1.1")
    return study


class World:
    """One account of each role, with an own and a foreign object each."""

    def __init__(self) -> None:
        north, south = Site.objects.create(name="North"), Site.objects.create(name="South")
        owner = make_user("owner", Role.ADMINISTRATOR)
        self.studies = {"own": _study(north), "foreign": _study(south)}
        self.foreign_upload = make_diagnosis(owner).pk
        self.people: dict[str, User] = {}
        self.uploads: dict[str, int] = {}
        for name in ROLES[1:]:
            roles = () if name == "none" else (Role(name),)
            person = self.people[name] = make_user(name, *roles, sites=(north,))
            self.uploads[name] = make_diagnosis(person).pk
        clinician = self.people["clinician"]
        StudyShare.objects.create(study=self.studies["own"], person=clinician, shared_by=owner)

    def ask(self, route: str, method: str, role: str, whose: str, token: str = "") -> int:
        """Return the status of one request."""
        cache.clear()
        client = Client()
        if role != "anonymous" and not token:
            client.force_login(self.people[role])
        own = self.uploads.get(role, self.foreign_upload)
        upload = own if whose == "own" else self.foreign_upload
        path = _filled(route, self.studies[whose].study_instance_uid, upload)
        headers = {"Authorization": f"Token {token}"} if token else {}
        send = getattr(client, method.lower())
        extra = {} if method == "GET" else {"content_type": "application/json"}
        status: int = send(path, headers=headers, **extra).status_code
        return status

    def row(self, route: str, method: str) -> str:
        """Return what is really answered, as the table writes it."""
        cells = []
        for role in ROLES:
            own = self.ask(route, method, role, "own")
            foreign = self.ask(route, method, role, "foreign") if "<" in route else own
            cells.append(str(own) if own == foreign else f"{own}/{foreign}")
        return " ".join(cells)


@pytest.fixture
def world() -> World:
    return World()


def test_each_role_gets_the_answer_of_the_table(world: World) -> None:
    answered = {asked: world.row(*asked) for asked in ASKED}
    assert answered == TABLE


def test_a_token_without_a_scope_opens_nothing(world: World) -> None:
    token = make_token(world.people["administrator"], "nothing")  # type: ignore[arg-type]
    assert {world.ask(*asked, "administrator", "own", token) for asked in ASKED} == {403}


@pytest.mark.parametrize(
    ("role", "status"),
    [
        ("administrator", 200),
        ("auditor", 200),
        ("radiologist", 302),
        ("clinician", 302),
        ("service", 302),
        ("none", 302),
    ],
)
def test_the_admin_is_for(world: World, role: str, status: int) -> None:
    client = Client()
    client.force_login(world.people[role])
    assert client.get(reverse("admin:index")).status_code == status
