"""A body that is too large, or of unknown length, is refused before anything of it is read."""

import io
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.architecture.test_house import ROOT
from tests.journey.ports import LOOPBACK, free_port, is_open
from tests.journey.processes import ChildProcess
from webapp.body_limits import limit_of
from webapp.studies.processes import node_processes

MIB = 1024**2
LIMITS = [
    ("/api/diagnosis/", 128),
    ("/api/v1/diagnosis/", 128),
    ("/dicom-web/studies", 1024),
    ("/dicom-web/studies/1.2.3", 1024),
    ("/dicom-web/studies/1.2.3/series", 2),
    ("/api/v1/diagnosis/1/shares/", 2),
    ("/api/v1/chat/", 2),
    ("/admin/login/", 2),
    ("/accounts/login/", 2),
    ("/_allauth/browser/v1/auth/login", 2),
    ("/health/live", 2),
    ("/nowhere", 2),
]


class _Unread(io.BytesIO):
    """A body that nobody may read."""

    def read(self, size: int | None = -1) -> bytes:
        raise AssertionError("the body was read")


def _announced(client: Client, path: str, length: str, **head: str) -> Any:
    unread: dict[str, Any] = {"wsgi.input": _Unread(), "CONTENT_LENGTH": length, **head}
    return client.generic("POST", path, **unread)


@pytest.mark.parametrize(("path", "mebibytes"), LIMITS)
def test_a_body_beyond_the_limit_is_refused_unread(client: Client, path: str, mebibytes: int) -> None:
    answer = _announced(client, path, str(mebibytes * MIB + 1))
    assert answer.status_code == 413
    assert answer["Content-Type"] == "application/problem+json"
    assert f"larger than {mebibytes} MiB" in answer.json()["detail"]


def test_what_is_allowed_to_be_large_is_a_short_list() -> None:
    larger = {
        path for path in _paths(get_resolver().url_patterns) if limit_of(path)[0] != settings.NODE_BODY_BYTES_LIMIT
    }
    assert larger == {"/api/diagnosis/", "/api/v1/diagnosis/", "/dicom-web/studies", "/dicom-web/studies/<str:study>"}


def _paths(patterns: list[URLPattern | URLResolver], before: str = "/") -> list[str]:
    found: list[str] = []
    for entry in patterns:
        here = before + str(entry.pattern)
        found += _paths(entry.url_patterns, here) if isinstance(entry, URLResolver) else [here]
    return found


@pytest.mark.parametrize("length", ["2097152", "0", ""])
def test_a_body_within_the_limit_goes_on(client: Client, length: str) -> None:
    assert _announced(client, "/health/live", length).status_code == 405


@pytest.mark.parametrize("length", ["-1", "x", "1e3", "²", "0x10", " "])
def test_a_length_that_is_no_number_is_refused(client: Client, length: str) -> None:
    assert _announced(client, "/api/v1/chat/", length).status_code == 400


def test_a_length_of_ten_thousand_digits_is_too_large(client: Client) -> None:
    assert _announced(client, "/api/v1/chat/", "9" * 10_000).status_code == 413


@pytest.mark.parametrize("length", ["", "10"])
@pytest.mark.parametrize("path", ["/api/v1/diagnosis/", "/dicom-web/studies", "/admin/login/"])
def test_a_body_without_an_end_is_asked_for_its_length(client: Client, path: str, length: str) -> None:
    answer = _announced(client, path, length, HTTP_TRANSFER_ENCODING="chunked")
    assert answer.status_code == 411
    assert "Content-Length" in answer.json()["detail"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("method", "length", "ends", "is_let_in"),
    [("POST", "", True, True), ("POST", "10", True, False), ("POST", "", False, False), ("PUT", "", True, False)],
)
def test_only_stored_objects_may_come_in_chunks(
    client: Client, method: str, length: str, ends: bool, is_let_in: bool
) -> None:
    head = {"CONTENT_LENGTH": length, "HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": ends}
    answer = client.generic(method, "/dicom-web/studies", **head)  # type: ignore[arg-type]
    assert (answer.status_code != 411) is is_let_in


# ---------------------------------------------------------------- the server that the node uses


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    port = free_port()
    (web,) = (one.command for one in node_processes() if one.name == "web")
    command = [*web[:-1], "tests.webapp.light_wsgi:application"]
    command[command.index("--port") + 1] = str(port)
    log = tmp_path_factory.mktemp("server") / "log"
    with ChildProcess("web", command, log, folder=ROOT) as process:
        process.wait_for(lambda: is_open(port), 60, "listening")
        yield port


def _ask(port: int, head: str, body: bytes = b"") -> bytes:
    with socket.create_connection((LOOPBACK, port), timeout=20) as line:
        line.sendall(f"POST {head}\r\nHost: {LOOPBACK}\r\n\r\n".encode() + body)
        return line.recv(65536)


CHUNKS = b"5\r\nhello\r\n0\r\n\r\n"


@pytest.mark.parametrize(
    ("head", "body", "status"),
    [
        ("/health/live HTTP/1.1\r\nContent-Length: 5", b"hello", b"405"),
        ("/health/live HTTP/1.1\r\nContent-Length: 2097153", b"", b"413"),
        ("/api/v1/diagnosis/ HTTP/1.1\r\nContent-Length: 134217729", b"", b"413"),
        ("/dicom-web/studies HTTP/1.1\r\nContent-Length: 1073741825", b"", b"413"),
        ("/admin/login/ HTTP/1.1\r\nContent-Length: 2097153", b"", b"413"),
        ("/api/v1/diagnosis/ HTTP/1.1\r\nTransfer-Encoding: chunked", b"", b"411"),
        ("/health/live HTTP/1.1\r\nTransfer-Encoding: chunked", CHUNKS, b"411"),
        ("/health/live HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 5", CHUNKS, b"411"),
        ("/health/live HTTP/1.1\r\nContent-Length: -1", b"", b"400"),
        ("/health/live HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6", b"hello!", b"400"),
    ],
)
def test_the_server_answers_by_the_head_alone(server: int, head: str, body: bytes, status: bytes) -> None:
    assert _ask(server, head, body).split(b" ", 2)[1] == status
