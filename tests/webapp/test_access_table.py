"""Every endpoint, by every method it has, for every role, on an own and on a foreign object."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve, reverse
from pytest_django.fixtures import Settings

from tests.factories import make_diagnosis, make_study, make_token, make_user
from tests.journey.ports import free_port
from tests.webapp.access_table import ROLES, TABLE
from webapp.accounts.headless_urls import closed
from webapp.accounts.models import Site
from webapp.accounts.roles import Role
from webapp.monitoring import health
from webapp.studies.models import Study, StudyShare

# with the worklist switched on
URLS = "tests.webapp.workitems.urls"

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.urls(URLS),
    # pynetdicom drops a socket that could not connect without closing it
    pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"),
]

KEPT = ("/api/v1/", "/dicom-web/", "/health/", "/metrics", "/_allauth/")
# aliases of /api/v1/ (below), pages of Django and allauth, the schema, the portal: no endpoint with data of its own
ELSEWHERE = ("/api/", "/admin/", "/accounts/", "/^(?!(?:api|admin|")
METHODS = ("get", "post", "put", "patch", "delete")


def routes(patterns: list[URLPattern | URLResolver], before: str = "/") -> dict[str, Any]:
    """Return every route with its view; of two of one path the first, which is the one that answers."""
    found: dict[str, Any] = {}
    for entry in patterns:
        here = before + str(entry.pattern)
        below = routes(entry.url_patterns, here) if isinstance(entry, URLResolver) else {here: entry.callback}
        found = below | found
    return found


def methods_of(view: Any) -> list[str]:
    """Return the methods that a view has; of a function, GET and POST; of the one that refuses all, POST."""
    if view is closed:
        return ["POST"]
    kind = getattr(view, "cls", None) or getattr(view, "view_class", None)
    found = ("get", "post") if kind is None else [method for method in METHODS if hasattr(kind, method)]
    return [method.upper() for method in found]


EVERYTHING = routes(get_resolver(URLS).url_patterns)
ROUTES = {route: view for route, view in EVERYTHING.items() if route.startswith(KEPT)}
ASKED = sorted((route, method) for route, view in ROUTES.items() for method in methods_of(view))


def test_every_endpoint_has_its_rows() -> None:
    assert sorted(TABLE) == ASKED


def test_no_route_is_left_out_unknowingly() -> None:
    assert {route for route in EVERYTHING if route != "/" and not route.startswith((*KEPT, *ELSEWHERE))} == set()


def test_the_worklist_is_off_unless_it_is_switched_on() -> None:
    usual = routes(get_resolver("config.urls").url_patterns)
    assert not [route for route in usual if route.startswith("/dicom-web/workitems")]


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
        "<str:uid>": f"{study}.9",
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
def world(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    settings.NODE_DICOM_PORT = free_port()
    settings.NODE_ARCHIVE_DIR = tmp_path / "none"
    monkeypatch.setattr(health, "_model", str)  # who may ask is the question, not whether the network loads
    return World()


def test_each_role_gets_the_answer_of_the_table(world: World) -> None:
    answered = {asked: world.row(*asked) for asked in ASKED}
    assert answered == TABLE


def test_a_token_without_a_scope_opens_nothing(world: World) -> None:
    token = make_token(world.people["administrator"], "nothing")  # type: ignore[arg-type]
    ours = [asked for asked in ASKED if hasattr(ROUTES[asked[0]], "cls")]
    assert {world.ask(*asked, "administrator", "own", token) for asked in ours} == {403}


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
