"""A byte now and then holds no association; a slow line, a pause between messages and our own slow disk do."""

import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from dicom_node.pace import LeastPace, Pace, TooSlow
from dicom_node.reception import Reception
from tests import synthetic
from tests.dicom_node import wire
from tests.dicom_node.receiving import Receiver, association, encoded, mammogram, receiver
from tests.dicom_node.wire import RawPeer

LEAST = LeastPace(bytes_per_second=500, seconds=0.6)


def test_a_window_that_brings_too_little_is_told() -> None:
    pace = Pace(LeastPace(10, 8.0))
    for _ in range(7):
        pace.note(1.0, 1)
    with pytest.raises(TooSlow, match="8 bytes came in 8 s"):
        pace.note(1.0, 1)


def test_a_window_that_brings_enough_begins_anew() -> None:
    pace = Pace(LeastPace(10, 8.0))
    for _ in range(100):
        pace.note(1.0, 10)


def test_a_complete_message_begins_anew() -> None:
    pace = Pace(LeastPace(10, 8.0))
    for _ in range(100):
        pace.note(1.9, 0)
        pace.restart()


def test_a_standstill_of_this_machine_is_no_fault_of_the_peer() -> None:
    pace = Pace(LeastPace(10, 8.0))
    pace.note(3600.0, 1)
    pace.note(1.0, 1000)
    for _ in range(4):
        pace.note(1.0, 10)


def test_any_pace_is_good_enough_where_none_is_asked_for() -> None:
    pace = Pace(LeastPace(0, 8.0))
    for _ in range(100):
        pace.note(1.0, 0)


@pytest.fixture(params=[True, False], ids=["fast", "plain"])
def node(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Receiver]:
    with receiver(
        tmp_path / "archive", fast=bool(request.param), least_pace=LEAST, idle_timeout_seconds=8.0
    ) as running:
        yield running


def trickle(peer: RawPeer, content: bytes) -> bool:
    """Send a byte now and then; return whether the node ended it before all was sent."""
    ended = threading.Event()

    def listen() -> None:
        peer.wait_for_end()
        ended.set()

    listener = threading.Thread(target=listen)
    listener.start()
    for byte in content:
        try:
            peer.send(bytes([byte]))
        except ConnectionError:
            break
        if ended.wait(0.05):
            break
    if ended.is_set():
        listener.join()
    return ended.is_set()


def test_a_peer_that_trickles_within_a_pdu_is_aborted_and_leaves_nothing(node: Receiver) -> None:
    with RawPeer(node.port) as peer:
        peer.associate()
        peer.send(wire.store_command("1.2.3"), wire.p_data(wire.DATA, bytes(5000))[:2000])
        assert trickle(peer, bytes(100))
    node.stop()
    assert node.files() == []


def test_a_peer_that_trickles_before_the_first_whole_pdu_of_a_message_is_aborted(node: Receiver) -> None:
    with RawPeer(node.port) as peer:
        peer.associate()
        assert trickle(peer, wire.store_command("1.2.3"))


@pytest.mark.parametrize("first", [wire.store_command("1.2.3"), b""], ids=["data set", "command"])
def test_a_peer_that_trickles_in_whole_pdus_is_aborted(tmp_path: Path, first: bytes) -> None:
    control = wire.DATA if first else wire.COMMAND
    with receiver(tmp_path / "archive", least_pace=LEAST) as node, RawPeer(node.port) as peer:
        peer.associate()
        peer.send(first)
        listener = threading.Thread(target=peer.wait_for_end)
        listener.start()
        for _ in range(100):
            listener.join(0.1)
            if not listener.is_alive():
                break
            peer.send(wire.p_data(control, b"\x08\x00" if control == wire.DATA else b"\0"))
        assert not listener.is_alive()


def test_a_slow_line_with_pauses_between_messages_stores_all(node: Receiver, tmp_path: Path) -> None:
    images = [mammogram(seed) for seed in (1, 2, 3)]
    with RawPeer(node.port) as peer:
        peer.associate()
        for image in images:
            content = wire.store_command(image.SOPInstanceUID)
            content += b"".join(wire.fragments(encoded(image, tmp_path), 1500))
            for start in range(0, len(content), 400):  # about 8 kB/s
                peer.send(content[start : start + 400])
                time.sleep(0.05)
            assert peer.status() == 0x0000
            time.sleep(LEAST.seconds * 1.3)
        peer.release()
    assert [stored.sop_instance_uid for stored in node.stored] == [image.SOPInstanceUID for image in images]


def test_a_slow_disk_of_ours_is_no_fault_of_the_peer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = Reception.write

    def slowly(reception: Reception, parts: Sequence[memoryview]) -> None:
        time.sleep(0.25)
        write(reception, parts)

    monkeypatch.setattr(Reception, "write", slowly)
    image = synthetic.make_mg(seed=1, rows=400, columns=128)
    content = encoded(image, tmp_path)
    # far more than the peer brings: it would be cut off, were the time of the disk to count
    with receiver(tmp_path / "archive", least_pace=LeastPace(10_000_000, 0.6)) as node, RawPeer(node.port) as peer:
        peer.associate()
        peer.send(wire.store_command(image.SOPInstanceUID))
        for part in wire.fragments(content, 1000):
            peer.send(part)
            time.sleep(0.02)
        assert peer.status() == 0x0000
        peer.release()


def test_an_association_without_a_message_has_the_idle_time(node: Receiver) -> None:
    with association(node.port) as opened:
        time.sleep(LEAST.seconds * 2)
        assert opened.send_c_echo().Status == 0x0000
