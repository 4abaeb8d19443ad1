"""Real receivers on loopback: HTTP (webhooks, Sentry) and SMTP, which are up, down or unwilling on demand."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.journey.ports import LOOPBACK, free_port


@dataclass
class HttpReceiver:
    """Remembers the body of each request, and answers with the status it was told."""

    port: int
    status: int = 200
    bodies: list[bytes] = field(default_factory=list)

    def url(self, path: str = "/hook") -> str:
        return f"http://{LOOPBACK}:{self.port}{path}"


@contextmanager
def http_receiver(port: int | None = None, status: int = 200) -> Iterator[HttpReceiver]:
    """Listen while the body runs."""
    receiver = HttpReceiver(port or free_port(), status)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            receiver.bodies.append(body)
            self.send_response(receiver.status)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, format: str, *args: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer((LOOPBACK, receiver.port), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class MailBox:
    """Keeps every message that came."""

    port: int
    messages: list[bytes] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.content
        self.messages.append(content if isinstance(content, bytes) else str(content).encode())
        return "250 OK"


@contextmanager
def mail_box(port: int | None = None) -> Iterator[MailBox]:
    """Be a mail server while the body runs."""
    box = MailBox(port or free_port())
    controller = Controller(box, hostname=LOOPBACK, port=box.port)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()
