"""The receiving node behind a real socket, on the fast path and on the plain one."""

import logging
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from pydicom.dataset import FileDataset
from pydicom.uid import JPEGBaseline8Bit
from pynetdicom import AE
from pynetdicom.association import Association

from dicom_node import scp
from dicom_node.archive import Archive, StoredObject, StoreResult
from dicom_node.received import Received
from tests.dicom_node import wire
from tests.dicom_node.receiving import (
    AE_TITLE,
    SECONDS,
    Receiver,
    association,
    data_set_of,
    encoded,
    mammogram,
    receiver,
)
from tests.dicom_node.wire import RawPeer
from tests.encoders import EVERY_TRANSFER_SYNTAX

TOO_MUCH = 1 << 62
LOCAL_LIMIT_EXCEEDED, TEMPORARY_CONGESTION = (0x02, 0x03, 0x02), (0x02, 0x03, 0x01)
CALLING_NOT_RECOGNISED, CALLED_NOT_RECOGNISED = (0x01, 0x01, 0x03), (0x01, 0x01, 0x07)


@pytest.fixture(params=[True, False], ids=["fast", "plain"])
def fast(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def node(tmp_path: Path, fast: bool) -> Iterator[Receiver]:
    with receiver(tmp_path / "archive", fast=fast) as node:
        yield node


def reason_of(refused: Association) -> tuple[int, int, int]:
    assert refused.is_rejected
    answer = refused.acceptor.primitive
    assert answer is not None
    return answer.result or 0, answer.result_source or 0, answer.diagnostic or 0


def store(node: Receiver, *images: FileDataset) -> list[int]:
    with association(node.port, *images) as opened:
        return [opened.send_c_store(image).Status for image in images]


def uids(count: int) -> list[FileDataset]:
    return [mammogram(seed=seed) for seed in range(1, count + 1)]


def test_echo_is_answered(node: Receiver) -> None:
    with association(node.port) as opened:
        assert opened.send_c_echo().Status == 0x0000


@pytest.mark.parametrize("syntax", EVERY_TRANSFER_SYNTAX)
def test_store_keeps_every_byte_in_every_transfer_syntax(node: Receiver, tmp_path: Path, syntax: str) -> None:
    bits = 8 if syntax == JPEGBaseline8Bit else 12
    image = mammogram(bits_stored=bits, transfer_syntax=syntax)
    data_set = encoded(image, tmp_path)
    context = wire.associate_request(transfer_syntax=syntax)
    with RawPeer(node.port) as peer:
        peer.associate(context)
        peer.send(wire.store_command(image.SOPInstanceUID), *wire.fragments(data_set, 1000))
        assert peer.status() == 0x0000
        peer.release()
    (stored,) = node.stored
    assert stored.transfer_syntax_uid == syntax
    assert data_set_of(stored.path) == data_set


def test_several_objects_come_in_one_association(node: Receiver) -> None:
    images = uids(3)
    assert store(node, *images) == [0, 0, 0]
    assert [stored.sop_instance_uid for stored in node.stored] == [image.SOPInstanceUID for image in images]
    assert node.next_closed() == {image.StudyInstanceUID for image in images}


def test_application_knows_before_the_sender_and_finds_the_file(tmp_path: Path, fast: bool) -> None:
    events: queue.SimpleQueue[str] = queue.SimpleQueue()

    def on_stored(stored: StoredObject) -> None:
        assert stored.path.stat().st_size == stored.size_bytes
        events.put("stored")

    with receiver(tmp_path, fast=fast, on_stored=on_stored) as node:
        with association(node.port, mammogram()) as opened:
            opened.send_c_store(mammogram())
            events.put("answered")
        node.next_closed()
        events.put("closed")
    assert [events.get(), events.get(), events.get()] == ["stored", "answered", "closed"]


def test_same_object_again_succeeds_and_other_bytes_are_warned_of(node: Receiver) -> None:
    image, other = mammogram(), mammogram()
    other.PatientComments = "another value"
    assert store(node, image, image, other, image) == [0x0000, 0x0000, 0xB000, 0x0000]
    assert [stored.result for stored in node.stored] == [
        StoreResult.NEW,
        StoreResult.SAME,
        StoreResult.CONFLICT,
        StoreResult.SAME,
    ]
    assert len(node.files()) == 2
    assert data_set_of(node.archive.find(image.SOPInstanceUID)) == data_set_of(node.stored[0].path)


def test_wrong_called_ae_title_is_rejected(node: Receiver) -> None:
    with association(node.port, called="SOMEONE_ELSE") as refused:
        assert reason_of(refused) == CALLED_NOT_RECOGNISED


def test_store_refuses_an_unlisted_peer(tmp_path: Path, fast: bool) -> None:
    asked = []

    def is_allowed(ae_title: str, address: str) -> bool:
        asked.append((ae_title, address))
        return ae_title == "MODALITY"

    with receiver(tmp_path, fast=fast, is_allowed=is_allowed) as node:
        with association(node.port, calling="STRANGER") as refused:
            assert reason_of(refused) == CALLING_NOT_RECOGNISED
        with association(node.port, calling="MODALITY") as opened:
            assert opened.is_established
    assert asked == [("STRANGER", "127.0.0.1"), ("MODALITY", "127.0.0.1")]


def test_nobody_comes_in_while_the_list_cannot_be_read(tmp_path: Path, fast: bool) -> None:
    def is_allowed(ae_title: str, address: str) -> bool:
        raise RuntimeError("the database is down")

    with receiver(tmp_path, fast=fast, is_allowed=is_allowed) as node, association(node.port) as refused:
        assert reason_of(refused) == TEMPORARY_CONGESTION


def test_reserve_refuses_and_recovers_without_a_restart(node: Receiver) -> None:
    node.archive.reserve.reserve_bytes = TOO_MUCH
    with association(node.port, mammogram()) as opened:
        assert opened.send_c_store(mammogram()).Status == 0xA700
        node.archive.reserve.reserve_bytes = 0
        assert opened.send_c_store(mammogram()).Status == 0x0000
    assert len(node.files()) == 1


def test_object_other_than_announced_is_refused(node: Receiver, tmp_path: Path) -> None:
    data_set = encoded(mammogram(), tmp_path)
    with RawPeer(node.port) as peer:
        peer.associate()
        peer.send(wire.store_command("1.2.3.4"), *wire.fragments(data_set, 16000))
        assert peer.status() == 0xA900
        peer.send(wire.store_command("1.2.3.4"), *wire.fragments(b"rubbish" * 100, 16000))
        assert peer.status() in {0xA900, 0xC000}
        uid = mammogram().SOPInstanceUID
        peer.send(wire.store_command(uid), *wire.fragments(data_set[:-2], 16000))
        assert peer.status() == 0xC000
        ct = "1.2.840.10008.5.1.4.1.1.2"
        peer.send(wire.store_command(uid, ct), *wire.fragments(data_set, 16000))
        assert peer.status() == 0x0122
        peer.release()
    assert node.files() == []
    assert node.stored == []


@pytest.mark.parametrize("uid", ["../../../../tmp/escaped", "..", "/tmp/escaped", "1.2/../../x"])
def test_path_in_place_of_a_uid_touches_no_file(node: Receiver, tmp_path: Path, uid: str) -> None:
    with RawPeer(node.port) as peer:
        peer.associate()
        peer.send(wire.store_command(uid), *wire.fragments(encoded(mammogram(), tmp_path), 16000))
        assert peer.status() == 0xC000
    assert node.files() == []


@pytest.mark.parametrize("ending", [wire.pdu(wire.A_ABORT, bytes(4)), b""], ids=["abort", "connection lost"])
def test_broken_off_transfer_leaves_nothing(node: Receiver, tmp_path: Path, ending: bytes) -> None:
    first, second = uids(2)
    data_set = encoded(second, tmp_path)
    with RawPeer(node.port) as peer:
        peer.associate()
        peer.send(wire.store_command(first.SOPInstanceUID), *wire.fragments(encoded(first, tmp_path), 16000))
        assert peer.status() == 0x0000
        parts = list(wire.fragments(data_set, 4000))
        peer.send(wire.store_command(second.SOPInstanceUID), *parts[:-1], ending or parts[-1][:100])
    assert node.next_closed() == {first.StudyInstanceUID}
    node.stop()
    assert [stored.sop_instance_uid for stored in node.stored] == [first.SOPInstanceUID]
    assert len(node.files()) == 1


def test_command_without_a_data_set_is_refused(node: Receiver) -> None:
    encoded_command = wire.command(wire.C_STORE_RQ, sop_instance_uid="1.2.3")
    with RawPeer(node.port) as peer:
        peer.associate()
        peer.send(wire.p_data(wire.LAST_COMMAND, encoded_command))
        assert peer.status() == 0xC000


def test_associations_beyond_the_maximum_are_told_to_come_back(tmp_path: Path, fast: bool) -> None:
    with receiver(tmp_path, fast=fast, maximum_associations=2) as node:
        with association(node.port), association(node.port), association(node.port) as third:
            assert reason_of(third) == LOCAL_LIMIT_EXCEEDED
        with association(node.port) as fourth:
            assert fourth.is_established


def test_silent_connections_are_closed_and_starve_nobody(tmp_path: Path, fast: bool) -> None:
    with receiver(tmp_path, fast=fast, maximum_associations=2, request_timeout_seconds=0.5) as node:
        silent = [RawPeer(node.port) for _ in range(5)]
        silent[0].send(wire.associate_request()[:20])  # and one that stops in the middle of its request
        with association(node.port) as opened:
            assert opened.is_established
            for peer in silent:
                assert peer.wait_for_end() in ([], [wire.A_ABORT])
                peer.socket.close()


def _has_ended(peer: RawPeer) -> bool:
    """Tell whether the node closed the connection; a busy one may be reset before it is read."""
    try:
        return peer.receive()[0] == 0
    except ConnectionResetError:
        return True


def test_one_host_cannot_take_every_connection(tmp_path: Path, fast: bool) -> None:
    with receiver(tmp_path, fast=fast, request_timeout_seconds=60.0) as node:
        silent = [RawPeer(node.port) for _ in range(48)]
        assert all(_has_ended(peer) for peer in silent[-8:])
        for peer in silent:
            peer.socket.close()


def test_idle_association_is_aborted(tmp_path: Path, fast: bool) -> None:
    with receiver(tmp_path, fast=fast, idle_timeout_seconds=1.0) as node, RawPeer(node.port) as peer:
        peer.associate()
        assert peer.wait_for_end() == [wire.A_ABORT]


def test_association_that_falls_silent_within_a_pdu_ends(tmp_path: Path, fast: bool) -> None:
    with receiver(tmp_path, fast=fast, idle_timeout_seconds=1.0) as node, RawPeer(node.port) as peer:
        peer.associate()
        peer.send(wire.store_command("1.2.3"), wire.p_data(wire.DATA, bytes(5000))[:2000])
        assert peer.wait_for_end() in ([], [wire.A_ABORT])
        node.stop()
        assert node.files() == []


def test_request_that_claims_4_gb_ends_the_connection(node: Receiver) -> None:
    with RawPeer(node.port) as peer:
        with suppress(ConnectionError):
            peer.send(b"\x01\0\xff\xff\xff\xff" + bytes(1_000_000))
        assert peer.wait_for_end() in ([], [wire.A_ABORT])


def test_stop_lets_a_transfer_finish_and_accepts_no_other(tmp_path: Path, fast: bool) -> None:
    image = mammogram()
    parts = list(wire.fragments(encoded(image, tmp_path), 1000))
    with receiver(tmp_path / "archive", fast=fast) as node, RawPeer(node.port) as peer:
        peer.associate()
        peer.send(wire.store_command(image.SOPInstanceUID), *parts[:3])
        stopping = threading.Thread(target=node.stop, args=(SECONDS,))
        stopping.start()
        wait_until_nobody_listens(node.port)
        peer.send(*parts[3:])
        assert peer.status() == 0x0000
        peer.release()
        stopping.join(SECONDS)
        assert not stopping.is_alive()
        assert node.next_closed() == {image.StudyInstanceUID}
        assert len(node.files()) == 1


def wait_until_nobody_listens(port: int) -> None:
    for _ in range(10_000):
        try:
            RawPeer(port).socket.close()
        except ConnectionError:
            return
    pytest.fail("it still listens")


def test_stop_aborts_what_does_not_finish(tmp_path: Path, fast: bool) -> None:
    with receiver(tmp_path, fast=fast) as node, RawPeer(node.port) as idle, RawPeer(node.port) as sending:
        idle.associate()
        sending.associate()
        sending.send(wire.store_command("1.2.3"), wire.p_data(wire.DATA, bytes(1000))[:500])
        node.stop(0.1)
        assert idle.wait_for_end() == [wire.A_ABORT]
        assert sending.wait_for_end() in ([], [wire.A_ABORT])
        assert node.files() == []
    assert [thread.name for thread in threading.enumerate() if "reactor" in thread.name] == []


def test_two_processes_worth_of_nodes_share_a_port(tmp_path: Path) -> None:
    with (
        receiver(tmp_path, shares_port=True) as first,
        receiver(tmp_path, shares_port=True, port=first.port) as second,
    ):
        for image in uids(4):
            assert store(first, image) == [0]
        assert len(first.stored) + len(second.stored) == 4
        assert len(first.files()) == 4


def test_taken_port_is_an_error(tmp_path: Path) -> None:
    with receiver(tmp_path) as node, pytest.raises(OSError, match="in use"), receiver(tmp_path, port=node.port):
        pass


def test_log_names_uids_and_no_patient(node: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    image = mammogram(patient_name="SECRET^NAME")
    assert store(node, image) == [0]
    node.next_closed()
    assert image.SOPInstanceUID in caplog.text
    assert "SECRET" not in caplog.text
    assert str(image.PatientID) not in caplog.text


def test_node_takes_the_plain_path_when_pynetdicom_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("pynetdicom.__version__", "3.1.0")
    running = scp.start(
        scp.ScpSettings(ae_title=AE_TITLE, bind="127.0.0.1", port=0, archive=Archive(tmp_path, 0)),
        on_stored=lambda stored: None,
        on_association_closed=lambda studies: None,
        is_allowed=lambda ae_title, address: True,
    )
    try:
        assert not running.is_fast
        assert "pynetdicom is 3.1.0" in caplog.text
        ae = AE("MODALITY")
        ae.add_requested_context(mammogram().SOPClassUID, mammogram().file_meta.TransferSyntaxUID)
        opened = ae.associate("127.0.0.1", running.port, ae_title=AE_TITLE)
        assert opened.send_c_store(mammogram()).Status == 0
        opened.release()
    finally:
        running.stop(1.0)


def test_receiving_loads_nothing_that_decodes_pixels() -> None:
    """The receiving process stays small; what pydicom itself loads cannot be helped."""
    heavy = {"cv2", "imagecodecs", "highdicom", "tensorflow", "keras", "h5py", "django", "inference"}
    look = f"import sys, dicom_node.scp; sys.exit(', '.join(sorted({heavy} & set(sys.modules))))"
    root = Path(__file__).parents[2]
    found = subprocess.run([sys.executable, "-c", look], cwd=root, capture_output=True, text=True, check=False)
    assert found.stderr == "\n"


def test_what_an_association_brought_is_told_before_the_node_stops(tmp_path: Path, fast: bool) -> None:
    told: list[Received] = []
    being_told = threading.Event()

    def take_time(received: Received) -> None:
        being_told.set()
        time.sleep(0.5)  # as a database on a busy machine
        told.append(received)

    running = scp.start(
        scp.ScpSettings(AE_TITLE, "127.0.0.1", 0, Archive(tmp_path, 0), fast=fast),
        on_stored=lambda stored: None,
        on_association_closed=lambda studies: None,
        is_allowed=lambda ae_title, address: True,
        on_received=take_time,
    )
    image = mammogram()
    with association(running.port, image) as opened:
        assert opened.send_c_store(image).Status == 0x0000
    assert being_told.wait(SECONDS)
    running.stop(0.0)
    (received,) = told
    assert (received.ae_title, received.address) == ("MODALITY", "127.0.0.1")
    assert received.studies == {image.StudyInstanceUID: {image.SOPClassUID: 1}}
