"""The schema: written down as it is, served with its pages, and true of every operation."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import yaml
from django.contrib.auth.models import User
from django.contrib.staticfiles import finders
from django.core.cache import cache
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig

from tests import factories

ROOT = Path(__file__).resolve().parents[2]
CONFIGURATION: dict[str, Any] = {
    "seed": 20261125,
    "base-url": "http://localhost",
    "generation": {"max-examples": 12, "deterministic": True, "database": "none"},
    "checks": {
        "not_a_server_error": {"expected-statuses": ["2xx", "3xx", "4xx", "503"]},
        # what a schema cannot say is refused in words: bytes that are no image (400, 413, 415), an upload that is no
        # mammogram or a woman whom the model was not made for (422), a conversation that is over (410)
        "positive_data_acceptance": {
            "expected-statuses": ["2xx", "400", "401", "403", "404", "406", "409", "410", "413", "415", "422", "429"]
        },
    },
}


whole = schemathesis.openapi.from_path(
    ROOT / "docs" / "openapi.yaml", config=SchemathesisConfig.from_dict(CONFIGURATION)
)
# readiness loads the network, and the other asks a receiving process; tests/webapp/monitoring asks them
schema = whole.exclude(path=["/health/ready", "/health/scp"])
schema.app = WSGIHandler()


@pytest.fixture
def authorization(db: None) -> Iterator[dict[str, str]]:
    """A token; the transaction of the test outlives its requests, as with Django's own test client."""
    factories.make_study()
    token = factories.make_token(User.objects.create_superuser("bob"))
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield {"Authorization": f"Token {token}"}
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@schema.parametrize()
@settings(deadline=None, suppress_health_check=list(HealthCheck))
def test_every_operation_keeps_what_the_schema_promises(case: Any, authorization: dict[str, str]) -> None:
    cache.clear()  # what is tested here is not the throttle
    case.call_and_validate(headers=authorization)


def test_the_written_schema_is_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "openapi.yaml"
    call_command("spectacular", file=str(path), validate=True, fail_on_warn=True)
    assert path.read_text("utf-8") == (ROOT / "docs" / "openapi.yaml").read_text("utf-8"), "run `make openapi`"


def test_every_path_below_api_is_described() -> None:
    described = yaml.safe_load((ROOT / "docs" / "openapi.yaml").read_text("utf-8"))
    assert described["openapi"].startswith("3.1")
    templates = set(described["paths"])
    found = {path for path in _paths(get_resolver().url_patterns) if path.startswith(("/api/v1/", "/health/"))}
    assert len(found) >= 14
    assert {_shape(path) for path in found} == {_shape(path) for path in templates}


def test_every_first_path_is_an_alias_of_the_versioned_one() -> None:
    paths = set(_paths(get_resolver().url_patterns))
    versioned = {path.replace("/api/v1/", "/api/") for path in paths if path.startswith("/api/v1/")}
    assert versioned <= paths
    assert "/api/diagnosis/" in versioned


def _paths(patterns: list[URLPattern | URLResolver], before: str = "/") -> list[str]:
    found: list[str] = []
    for entry in patterns:
        here = before + str(entry.pattern)
        found += _paths(entry.url_patterns, here) if isinstance(entry, URLResolver) else [here]
    return found


def _shape(path: str) -> str:
    return "/".join("*" if part.startswith(("<", "{")) else part for part in path.split("/"))


def test_the_pages_come_from_the_node_itself(client: Client) -> None:
    page = client.get("/api/docs/").content.decode()
    assert "http://" not in page
    assert "https://" not in page
    assert "<style" not in page
    assert page.count("<script src=") == page.count("<script")
    for name in ("swagger-ui-bundle.js", "swagger-ui.css"):
        assert f"/static/drf_spectacular_sidecar/swagger-ui-dist/{name}" in page
        assert finders.find(f"drf_spectacular_sidecar/swagger-ui-dist/{name}") is not None


def test_an_unknown_path_of_the_api_is_a_problem(client: Client) -> None:
    answer = client.get("/api/v1/nothing/")
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"
    assert client.get("/nothing/")["Content-Type"].startswith("text/html")
