"""An HTTP server on a free loopback port that answers as it is told, and remembers what it was asked."""

import contextlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.journey.ports import LOOPBACK


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Told:
    """One answer; `cut` ends the connection after so many bytes of the body."""

    status: int = 200
    body: bytes = b""
    media_type: str = "application/dicom+json"
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None


def told(status: int, content: object, media_type: str = "application/dicom+json", **headers: str) -> Told:
    """Return an answer with a JSON body."""
    return Told(status, json.dumps(content).encode(), media_type, headers)


@dataclass
class WebPeer:
    """The running server. `answer` decides; what it raises ends the connection without an answer."""

    url: str
    answer: Callable[[Asked], Told]
    asked: list[Asked] = field(default_factory=list)


@contextlib.contextmanager
def web_peer(answer: Callable[[Asked], Told] = lambda asked: Told()) -> Iterator[WebPeer]:
    """Run the server for the time of the block."""
    peer = WebPeer("", answer)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            parts = urlsplit(self.path)
            asked = Asked(self.command, parts.path, parse_qs(parts.query, True), dict(self.headers.items()), body)
            peer.asked.append(asked)
            try:
                answer = peer.answer(asked)
            except ConnectionError:
                self.close_connection = True
                return
            _tell(self, answer)

        do_GET = do_POST = do_PUT = do_DELETE = do_any

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    peer.url = f"http://{LOOPBACK}:{server.server_address[1]}"
    try:
        yield peer
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _tell(handler: BaseHTTPRequestHandler, answer: Told) -> None:
    handler.send_response(answer.status)
    handler.send_header("Content-Type", answer.media_type)
    handler.send_header("Content-Length", str(len(answer.body)))
    for name, value in answer.headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(answer.body[: answer.cut])
    handler.close_connection = answer.cut is not None
