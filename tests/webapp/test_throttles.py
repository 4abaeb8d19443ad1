"""How often an account, a token and an address may ask, counted by all processes together."""

import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.cache import cache, caches
from django.core.management import call_command
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from rest_framework.settings import api_settings
from rest_framework.test import APIRequestFactory

from config import settings as production
from tests.architecture.test_house import ROOT
from tests.factories import make_token, make_user
from tests.webapp.test_access_table import ASKED, ROUTES
from webapp.accounts import allowances, throttling
from webapp.accounts.allowances import Allowances, Rate
from webapp.accounts.roles import Role

pytestmark = pytest.mark.django_db

NINE = "2026-03-02T09:00:00Z"
TEN_TO_TEN = "2026-03-02T09:00:50Z"
NEXT_MINUTE = "2026-03-02T09:01:00Z"
ME, STATUS, STUDIES, QIDO = (
    "/api/v1/accounts/me/",
    "/api/v1/monitoring/status/",
    "/api/v1/studies/",
    "/dicom-web/studies",
)

Limit = Callable[..., None]


@pytest.fixture(autouse=True)
def _nothing_counted() -> Iterator[None]:
    cache.clear()
    allowances.shared.forget()
    with time_machine.travel(NINE, tick=False):
        yield
    allowances.shared.forget()


@pytest.fixture
def limit(monkeypatch: pytest.MonkeyPatch) -> Limit:
    def set_rates(**rates: str) -> None:
        for name, rate in rates.items():
            monkeypatch.setitem(api_settings.DEFAULT_THROTTLE_RATES, name.replace("_", "-"), rate)

    return set_rates


@pytest.fixture
def counted_in_rows(settings: Any) -> Iterator[None]:
    """Count as production does: in a table that all processes share."""
    settings.CACHES = production.CACHES
    call_command("createcachetable", verbosity=0)
    yield
    cache.clear()


def _client(name: str, role: Role = Role.ADMINISTRATOR) -> Client:
    client = Client()
    client.force_login(make_user(name, role))
    return client


def _statuses(client: Client, times: int, path: str = ME, **head: Any) -> list[int]:
    return [client.get(path, **head).status_code for _ in range(times)]


# sign-in pages keep allauth's own limits; health and metrics have none
LIMITED = [asked for asked in ASKED if hasattr(ROUTES[asked[0]], "cls")]


@pytest.mark.parametrize(("route", "method"), LIMITED)
def test_every_endpoint_is_limited(route: str, method: str) -> None:
    view = ROUTES[route].cls()
    view.request = APIRequestFactory().generic(method, "/")
    assert set(throttling.API_THROTTLES) <= {type(one) for one in view.get_throttles()}


def test_an_account_is_told_when_to_come_again(limit: Limit) -> None:
    limit(api="5/minute")
    alice = _client("alice")
    assert _statuses(alice, 5) == [200] * 5
    with time_machine.travel(TEN_TO_TEN, tick=False):
        answer = alice.get(STATUS)
    assert answer.status_code == 429
    assert answer["Retry-After"] == "10"
    assert answer["Content-Type"] == "application/problem+json"
    assert "in 10 seconds" in answer.json()["detail"]
    assert _statuses(_client("bob"), 1) == [200]
    with time_machine.travel(NEXT_MINUTE, tick=False):
        assert _statuses(alice, 1) == [200]


def test_a_token_does_not_use_up_its_account(limit: Limit) -> None:
    limit(api="5/minute", api_token="3/minute")
    user = make_user("alice", Role.ADMINISTRATOR)
    one, other = (f"Token {make_token(user)}" for _ in range(2))
    assert _statuses(Client(), 4, STUDIES, HTTP_AUTHORIZATION=one) == [200] * 3 + [429]
    # what was refused counts for the account, too: it was asked for
    assert _statuses(Client(), 2, STUDIES, HTTP_AUTHORIZATION=other) == [200, 429]


def test_an_address_is_limited_where_nobody_is_signed_in(limit: Limit) -> None:
    limit(api_address="3/minute")
    guesses = {"HTTP_AUTHORIZATION": "Token 0123456789"}
    assert _statuses(Client(), 2, STUDIES, **guesses) == [401] * 2
    assert _statuses(Client(), 2, STUDIES) == [401, 429]
    assert _statuses(Client(), 1, STUDIES, REMOTE_ADDR="10.0.0.7") == [401]
    # who is signed in at the same address is not held up
    assert _statuses(_client("alice"), 4) == [200] * 4


def test_what_is_forbidden_counts_for_the_account(limit: Limit) -> None:
    limit(api="3/minute")
    assert _statuses(_client("olga", Role.AUDITOR), 4, STUDIES) == [403] * 3 + [429]


def test_what_a_viewer_fetches_counts_apart(limit: Limit) -> None:
    limit(api="2/minute", dicomweb="3/minute")
    alice = _client("alice")
    assert _statuses(alice, 3) == [200, 200, 429]
    assert _statuses(alice, 4, QIDO) == [204] * 3 + [429]


def test_health_is_asked_as_often_as_one_likes(limit: Limit) -> None:
    limit(api_address="1/minute")
    assert _statuses(Client(), 3, "/health/live") == [200] * 3


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::"),
        ("2001:db8:1:2::ffff", "2001:db8:1:2::"),
        ("", "unknown"),
    ],
)
def test_an_ipv6_network_counts_as_one_address(address: str, counted: str) -> None:
    request = APIRequestFactory().get("/", REMOTE_ADDR=address)
    assert throttling.address_of(request) == counted


def test_behind_the_proxy_its_word_counts_and_no_other(settings: Any) -> None:
    settings.NODE_TRUSTED_PROXIES = ["127.0.0.1"]
    request = APIRequestFactory().get("/", HTTP_X_FORWARDED_FOR="10.9.9.9, 192.0.2.7")
    assert throttling.address_of(request) == "192.0.2.7"


@pytest.mark.parametrize("requests", [1, 3, 19, 20, 21, 60, 1201])
def test_the_parts_are_the_whole(requests: int) -> None:
    rate = Rate(requests, 60)
    parts = [rate.part(number) for number in range(rate.parts)]
    assert sum(parts) == requests
    assert min(parts) >= 1


@pytest.mark.usefixtures("counted_in_rows")
@pytest.mark.parametrize("requests", [7, 100])
def test_three_processes_together_hand_out_the_allowance_once(requests: int) -> None:
    processes = [Allowances() for _ in range(3)]
    handed_out = 0
    for number in range(2 * requests):
        caches.close_all()
        handed_out += processes[number % 3].take("somebody", Rate(requests, 60)) is None
    assert handed_out == requests


def test_processes_that_count_at_the_same_time_hand_out_the_allowance_once(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.webapp.counting_process", str(tmp_path / "counts.sqlite3")]
    processes = []
    for _ in range(2):
        process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        processes.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = [int(process.communicate(timeout=60)[0]) for process in processes]
    assert sum(answers) == 10 * 20


@pytest.mark.usefixtures("counted_in_rows")
def test_a_thousand_requests_cost_few_rows(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    process = Allowances()
    # twenty parts, some statements each
    with django_assert_max_num_queries(150):
        assert [process.take("somebody", Rate(1000, 60)) for _ in range(1000)] == [None] * 1000
    with django_assert_max_num_queries(1):
        assert process.take("somebody", Rate(1000, 60)) == 60
    with django_assert_max_num_queries(0):
        assert process.take("somebody", Rate(1000, 60)) == 60


def test_without_the_shared_count_a_process_counts_alone(settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    # no such table
    settings.CACHES = {"default": {**production.CACHES["default"], "LOCATION": "nowhere"}}
    process = Allowances()
    with caplog.at_level(logging.ERROR):
        waits = [process.take("somebody", Rate(100, 60)) for _ in range(103)]
    assert waits == [None] * 100 + [60.0] * 3
    assert [record.message for record in caplog.records if record.name == allowances.__name__] == [
        "requests are counted by this process alone: OperationalError"
    ]


def test_callers_of_the_past_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allowances, "_REMEMBERED", 3)
    process = Allowances()
    for number in range(10):
        assert process.take(f"address-{number}", Rate(1, 60)) is None
        assert len(process._held) <= 3
    # what is no longer remembered here stands in the shared count
    assert process.take("address-0", Rate(1, 60)) == 60
