"""A real receiver of syslog over TLS on loopback, strict about its octets, which is up, down or broken on demand."""

import re
import socket
import socketserver
import ssl
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from tests.certificates import Authority, Signed

_HEAD = re.compile(
    rb"<(\d{1,3})>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,6}Z) "
    rb"([!-~]{1,255}) ([!-~]{1,48}) ([!-~]{1,128}) ([!-~]{1,32}) - "
)


@dataclass(frozen=True)
class Entry:
    """One syslog message, taken apart."""

    priority: int
    at: str
    host: str
    application: str
    message_id: str
    xml: str

    @property
    def root(self) -> Element:
        return ElementTree.fromstring(self.xml)


def read_entry(message: bytes) -> Entry:
    """Take a message apart, or fail."""
    head = _HEAD.match(message)
    assert head is not None, message[:120]
    body = message[head.end() :]
    assert body.startswith(b"\xef\xbb\xbf")
    priority, at, host, application, _, message_id = (part.decode("ascii") for part in head.groups())
    return Entry(int(priority), at, host, application, message_id, body[3:].decode("utf-8"))


@dataclass
class SyslogReceiver:
    """What came, in order; whole messages alone."""

    port: int
    messages: list[bytes] = field(default_factory=list)
    connections: int = 0
    # hang up, without a word, before reading anything, or after so many messages
    breaks_after: int | None = None
    versions: list[str | None] = field(default_factory=list)
    subjects: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def entries(self) -> list[Entry]:
        return [read_entry(message) for message in self.messages]


def _length(stream: ssl.SSLSocket) -> int | None:
    """Read MSG-LEN and the space behind it; None at the end."""
    digits = b""
    while True:
        octet = stream.recv(1)
        if not octet:
            assert not digits, "the stream ends within a length"
            return None
        if octet == b" ":
            assert re.fullmatch(rb"[1-9]\d*", digits), digits
            return int(digits)
        digits += octet


def _exactly(stream: ssl.SSLSocket, count: int) -> bytes:
    parts = b""
    while len(parts) < count:
        part = stream.recv(count - len(parts))
        assert part, "the stream ends within a message"
        parts += part
    return parts


def _serve(receiver: SyslogReceiver, stream: ssl.SSLSocket) -> None:
    receiver.versions.append(stream.version())
    shown = stream.getpeercert()
    receiver.subjects.append(str(shown.get("subject")) if shown else "")
    taken = 0
    while receiver.breaks_after is None or taken < receiver.breaks_after:
        length = _length(stream)
        if length is None:
            stream.unwrap().close()
            return
        message = _exactly(stream, length)
        taken += 1
        with receiver.lock:
            receiver.messages.append(message)
    # a reset, whatever is unread
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    stream.close()


@contextmanager
def syslog_receiver(
    signed: Signed,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    believes: Authority | Path | None = None,
    breaks_after: int | None = None,
) -> Iterator[SyslogReceiver]:
    """Listen while the body runs; with an authority, take only who shows a certificate of it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(signed.certificate, signed.key)
    if believes is not None:
        context.load_verify_locations(believes.path if isinstance(believes, Authority) else believes)
        context.verify_mode = ssl.CERT_REQUIRED

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            receiver.connections += 1
            self.request.settimeout(20)
            with suppress(ssl.SSLError, OSError), context.wrap_socket(self.request, server_side=True) as stream:
                _serve(receiver, stream)

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        block_on_close = True

    with Server((host, port), Handler) as server:
        receiver = SyslogReceiver(int(server.server_address[1]), breaks_after=breaks_after)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()
