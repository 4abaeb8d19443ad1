"""The reverse proxy: nginx with our configuration, a certificate of the moment, a server that notes what arrives."""

import re
import socket
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.deploy.proxy import CONFIGURATION, Proxy, in_front_of
from tests.webapp.diagnosis.uploads import encoded


class _Arrived(BaseHTTPRequestHandler):
    """Answers every request, and keeps its headers and body."""

    requests: list[tuple[str, dict[str, str], bytes]] = []
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_POST = do_GET

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Arrived)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with in_front_of(server.server_address[1], tmp_path_factory.mktemp("nginx")) as running:
        yield running
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("setting", ["NODE_BODY_BYTES_LIMIT", "NODE_UPLOAD_BYTES_LIMIT", "NODE_STOW_BYTES_LIMIT"])
def test_a_limit_is_the_same_in_proxy_and_node(setting: str) -> None:
    written = re.search(
        rf"{setting}\b[^{{}}]*?{{?[^{{}}]*?client_max_body_size (\d+)m;", CONFIGURATION.read_text("utf-8")
    )
    node = (Path(CONFIGURATION).parents[2] / "config" / "limits.py").read_text(encoding="utf-8")
    default = re.search(rf'"{setting}", (\d+) \* 1024\*\*2', node)
    assert written is not None
    assert default is not None
    assert written[1] == default[1]


def test_clear_text_is_sent_to_https_with_path_and_method(proxy: Proxy) -> None:
    answer = requests.post(f"{proxy.plain_url}/api/v1/diagnosis/?a=b", data=b"x", allow_redirects=False, timeout=10)
    assert answer.status_code == 308
    assert answer.headers["Location"] == f"{proxy.url}/api/v1/diagnosis/?a=b"
    assert "1." not in answer.headers["Server"], "the version is nobody's business"


def _shake(proxy: Proxy, version: ssl.TLSVersion) -> str | None:
    context = ssl.create_default_context(cafile=str(proxy.authority))
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    with (
        socket.create_connection(("localhost", proxy.https_port), timeout=10) as line,
        context.wrap_socket(line, server_hostname="localhost") as secured,
    ):
        return secured.version()


@pytest.mark.parametrize(
    ("version", "name"), [(ssl.TLSVersion.TLSv1_2, "TLSv1.2"), (ssl.TLSVersion.TLSv1_3, "TLSv1.3")]
)
def test_today_s_versions_of_tls_are_spoken(proxy: Proxy, version: ssl.TLSVersion, name: str) -> None:
    assert _shake(proxy, version) == name


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated:DeprecationWarning")
def test_an_old_version_of_tls_is_refused(proxy: Proxy) -> None:
    with pytest.raises(ssl.SSLError, match=r"(?i)alert.protocol.version"):
        _shake(proxy, ssl.TLSVersion.TLSv1_1)


def test_a_picture_arrives_whole_and_with_the_proxys_word_on_where_it_came_from(proxy: Proxy) -> None:
    picture = encoded("PNG")
    claims = {"X-Forwarded-For": "10.9.9.9", "X-Forwarded-Proto": "http", "X-Forwarded-Host": "evil", "Forwarded": "x"}
    answer = requests.post(
        f"{proxy.url}/api/diagnosis/", data=picture, headers=claims, timeout=30, verify=str(proxy.authority)
    )
    path, headers, body = _Arrived.requests[-1]
    assert (answer.status_code, path, body) == (200, "/api/diagnosis/", picture)
    assert headers["x-forwarded-for"] == "127.0.0.1"
    assert headers["x-forwarded-proto"] == "https"
    assert headers["host"] == f"localhost:{proxy.https_port}"
    assert {"x-forwarded-host", "forwarded", "x-real-ip", "x-forwarded-port"} & set(headers) == set()


def _announce(proxy: Proxy, path: str, length: int) -> bytes:
    context = ssl.create_default_context(cafile=str(proxy.authority))
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
    with (
        socket.create_connection(("localhost", proxy.https_port), timeout=10) as line,
        context.wrap_socket(line, server_hostname="localhost") as secured,
    ):
        secured.sendall(head.encode())
        return secured.recv(12)


@pytest.mark.parametrize(
    ("path", "megabytes"),
    [
        ("/api/diagnosis/", 128),
        ("/api/v1/diagnosis/?a=b", 128),
        ("/dicom-web/studies", 1024),
        ("/dicom-web/studies/1.2.3", 1024),
        ("/dicom-web/studies/1.2.3/series", 2),
        ("/api/v1/diagnosis/7/shares/", 2),
        ("/admin/login/", 2),
    ],
)
def test_a_body_that_is_too_large_is_refused_before_it_is_sent(proxy: Proxy, path: str, megabytes: int) -> None:
    seen = len(_Arrived.requests)
    assert _announce(proxy, path, megabytes * 1024**2 + 1) == b"HTTP/1.1 413"
    assert len(_Arrived.requests) == seen


def test_what_is_larger_than_anything_else_may_be_goes_where_it_may(proxy: Proxy) -> None:
    body = bytes(3 * 1024**2)
    for path, status in (("/dicom-web/studies", 200), ("/api/v1/diagnosis/", 200), ("/api/v1/chat/", 413)):
        answer = requests.post(f"{proxy.url}{path}", data=body, timeout=30, verify=str(proxy.authority))
        assert answer.status_code == status
    path, headers, arrived = _Arrived.requests[-1]
    assert (path, arrived, headers["x-forwarded-for"]) == ("/api/v1/diagnosis/", body, "127.0.0.1")


def test_a_chunked_body_reaches_the_node_with_its_length(proxy: Proxy) -> None:
    chunks = (bytes(512 * 1024) for _ in range(3))
    answer = requests.post(f"{proxy.url}/api/v1/chat/", data=chunks, timeout=30, verify=str(proxy.authority))
    _, headers, body = _Arrived.requests[-1]
    assert (answer.status_code, headers["content-length"], len(body)) == (200, "1572864", 1572864)
    assert "transfer-encoding" not in headers
    chunks = (bytes(512 * 1024) for _ in range(5))
    answer = requests.post(f"{proxy.url}/api/v1/chat/", data=chunks, timeout=30, verify=str(proxy.authority))
    assert answer.status_code == 413


def test_figures_are_not_for_the_network(proxy: Proxy) -> None:
    answer = requests.get(f"{proxy.url}/metrics", timeout=10, verify=str(proxy.authority))
    assert answer.status_code == 404
