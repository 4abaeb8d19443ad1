"""The buffer in front of a socket: nothing lost, nothing twice, nothing waited for in vain."""

import random
import socket
import struct
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pytest

from dicom_node.socket_buffer import BUFFER_BYTES, Disconnected, Interrupted, SocketBuffer, Wakeup

HEADER = struct.Struct(">HI")


@dataclass
class Collector:
    content: bytearray = field(default_factory=bytearray)

    def write(self, parts: Sequence[memoryview]) -> None:
        for part in parts:
            self.content += part


@dataclass
class Ends:
    peer: socket.socket
    buffer: SocketBuffer
    wakeup: Wakeup
    stop: threading.Event


@pytest.fixture
def ends() -> Iterator[Ends]:
    peer, own = socket.socketpair()
    wakeup, stop = Wakeup(), threading.Event()
    with peer, own:
        yield Ends(peer, SocketBuffer(own, wakeup, stop.is_set, lambda: None), wakeup, stop)
    wakeup.close()


def test_headers_and_payloads_come_out_as_they_went_in(ends: Ends) -> None:
    rng = random.Random(1)
    sizes = [0, 1, 5, 70_000, BUFFER_BYTES - 6, BUFFER_BYTES, 3 * BUFFER_BYTES + 17, 2, 0, 9]
    payloads = [rng.randbytes(size) for size in sizes]
    content = b"".join(HEADER.pack(7, len(payload)) + payload for payload in payloads)
    sender = threading.Thread(target=ends.peer.sendall, args=(content,))
    sender.start()
    sink = Collector()
    for payload in payloads:
        ends.buffer.fill(HEADER.size)
        assert ends.buffer.peek(HEADER) == (7, len(payload))
        assert HEADER.unpack(ends.buffer.take(HEADER.size)) == (7, len(payload))
        ends.buffer.pour(len(payload), sink)
    ends.buffer.flush()
    sender.join()
    assert sink.content == b"".join(payloads)


def test_read_returns_more_than_the_buffer_holds(ends: Ends) -> None:
    content = random.Random(2).randbytes(2 * BUFFER_BYTES + 3)
    sender = threading.Thread(target=ends.peer.sendall, args=(content,))
    sender.start()
    assert ends.buffer.read(len(content)) == content
    sender.join()


def test_end_of_the_connection_is_told(ends: Ends) -> None:
    ends.peer.sendall(b"half")
    ends.peer.close()
    with pytest.raises(Disconnected):
        ends.buffer.fill(5)


def test_wait_for_the_rest_can_be_given_up(ends: Ends) -> None:
    ends.peer.sendall(b"half")
    ends.stop.set()
    with pytest.raises(Interrupted):
        ends.buffer.fill(5)


def test_wait_ends_with_bytes_with_the_connection_and_with_the_wakeup(ends: Ends) -> None:
    assert not ends.buffer.wait(0.0)
    ends.wakeup.set()
    assert not ends.buffer.wait(60.0)
    ends.peer.sendall(b"ab")
    assert ends.buffer.wait(60.0)
    ends.buffer.fill(2)
    assert ends.buffer.wait(60.0)
    ends.buffer.take(2)
    assert not ends.buffer.wait(0.0)
    ends.peer.close()
    assert ends.buffer.wait(60.0)


def test_closed_buffer_reads_nothing_more(ends: Ends) -> None:
    ends.peer.sendall(b"abcdef")
    ends.buffer.fill(3)
    ends.buffer.pour(3, sink := Collector())
    ends.buffer.close()
    ends.buffer.flush()
    assert sink.content == b""
    assert not ends.buffer.wait(60.0)
    with pytest.raises(Disconnected):
        ends.buffer.fill(1)


def test_wakeup_after_its_end_touches_nobody() -> None:
    wakeup = Wakeup()
    descriptor = wakeup.fileno()
    wakeup.close()
    left, right = socket.socketpair()  # one of these likely has the descriptor now
    with left, right:
        wakeup.set()
        assert wakeup.fileno() == -1
        assert descriptor >= 0
        for end in (left, right):
            end.setblocking(False)
            with pytest.raises(BlockingIOError):
                end.recv(1)
