"""An MLLP listener on a free loopback port, on plain sockets: it shares no line with the sender's library."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tests.journey.ports import LOOPBACK


@dataclass
class MllpPeer:
    """The running listener. `answer` gets a message and a connection, and writes what it likes."""

    port: int
    answer: Callable[[str, socket.socket], None]
    received: list[str] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)


def frame(text: str) -> bytes:
    """Return a message in its MLLP frame."""
    return b"\x0b" + text.encode("utf-8") + b"\x1c\r"


def acknowledgement(message: str, code: str = "AA", *, about: str | None = None, error: str = "") -> str:
    """Return the acknowledgement of a message, by hand."""
    wanted = message.split("\r")[0].split("|")[9] if about is None else about
    err = f"ERR|||{error}^said so^HL70357|E\r" if error else ""
    return f"MSH|^~\\&|RIS|HOSPITAL|NODE||20260101||ACK^R01^ACK|1|P|2.5.1\rMSA|{code}|{wanted}\r{err}"


@contextlib.contextmanager
def mllp_peer(answer: Callable[[str, socket.socket], None]) -> Iterator[MllpPeer]:
    """Run the listener for the time of the block; one connection after the other."""
    server = socket.create_server((LOOPBACK, 0))
    server.settimeout(0.1)
    peer = MllpPeer(server.getsockname()[1], answer)
    stopped = threading.Event()

    def serve() -> None:
        while not stopped.is_set():
            with contextlib.suppress(OSError):
                connection, _ = server.accept()
                with connection:
                    connection.settimeout(20)
                    _serve(connection, peer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield peer
    finally:
        stopped.set()
        peer.released.set()
        thread.join()
        server.close()


def _serve(connection: socket.socket, peer: MllpPeer) -> None:
    data = b""
    while not data.endswith(b"\x1c\r"):
        part = connection.recv(4096)
        if not part:
            return
        data += part
    assert data.startswith(b"\x0b")
    message = data[1:-2].decode("utf-8")
    peer.received.append(message)
    peer.answer(message, connection)
