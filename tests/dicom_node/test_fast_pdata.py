"""The fast path understands every fragmentation, survives every peer, and knows the pynetdicom it was made for."""

import hashlib
import inspect
import random
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pynetdicom
import pytest
from pynetdicom import acse, association, dimse, dimse_messages, dul, fsm, service_class, transport
from pynetdicom.pdu_primitives import P_DATA

from dicom_node import fast_pdata
from dicom_node.fast_pdata import find_differences
from tests.dicom_node import wire
from tests.dicom_node.receiving import Receiver, data_set_of, encoded, mammogram, receiver
from tests.dicom_node.receiving import association as open_association
from tests.dicom_node.wire import DATA, LAST_COMMAND, LAST_DATA, P_DATA_TF, RawPeer, p_data, pdu, pdv

RELIED_UPON: dict[Callable[..., Any], str] = {
    acse.ACSE.is_aborted: "ad2eb3f545a9ed05",
    acse.ACSE.is_release_requested: "894b33d21a8dec8e",
    acse.ACSE.send_reject: "700998293bbcb6c9",
    association.Association.__init__: "eb07516b8009ad8f",
    association.Association._abort_blocking: "10b43ef8c63c6764",
    association.Association._run_reactor: "f28838c5559e462a",
    association.Association._serve_request: "2f24c1759cdf6c8c",
    association.Association.kill: "8f9713666a7f4cff",
    association.Association.run_reactor: "ed8bbbe3b3d6ddae",
    association.Association.set_socket: "235681dc751728fb",
    dimse.DIMSEServiceProvider.get_msg: "890e3e04283f5aeb",
    dimse.DIMSEServiceProvider.receive_primitive: "5f99c86b14a15cef",
    dimse.DIMSEServiceProvider.send_msg: "a839cf2fb46976d9",
    dimse_messages.DIMSEMessage.decode_msg: "f51c777e841a76be",
    dimse_messages.DIMSEMessage.message_to_primitive: "f8f43d34e43450ef",
    dul.DULServiceProvider.__init__: "c82dafa9438ddf70",
    dul.DULServiceProvider._is_transport_event: "8725ed03bb8fbdef",
    dul.DULServiceProvider._process_recv_primitive: "4c0ebbb3e646e35e",
    dul.DULServiceProvider._read_pdu_data: "19f2d4e38c13c835",
    dul.DULServiceProvider.kill_dul: "5ceccf8dd01c2072",
    dul.DULServiceProvider.receive_pdu: "fa67339834ca998c",
    dul.DULServiceProvider.run_reactor: "e3a10eb3a0931e48",
    dul.DULServiceProvider.send_pdu: "7cbce5da8594124e",
    dul.DULServiceProvider.stop_dul: "28a7e0be126e7b30",
    fsm.StateMachine.do_action: "9a883f44c7f31641",
    P_DATA: "19c1aa5d5ee978f7",
    service_class.StorageServiceClass.SCP: "63afca7fc6c6e7ee",
    transport.AssociationServer: "43a9a62b2c40dea4",
    transport.AssociationSocket.__init__: "1f0325fdef2cc353",
    transport.AssociationSocket.close: "c726c8db53813d55",
    transport.AssociationSocket.send: "1ea8158c0b51faca",
    transport.RequestHandler: "e2184a069d1f8e5a",
}
"""What the fast path overrides or leans on, with a digest of the code it was written against."""


def digest(code: Callable[..., Any]) -> str:
    return hashlib.sha256(inspect.getsource(code).encode()).hexdigest()[:16]


@pytest.mark.parametrize("code", RELIED_UPON, ids=lambda code: getattr(code, "__qualname__", str(code)))
def test_pynetdicom_is_the_one_the_fast_path_was_written_for(code: Callable[..., Any]) -> None:
    """Fails after an upgrade: read what changed, adapt `dicom_node.fast_pdata`, then note the new digest."""
    assert digest(code) == RELIED_UPON[code], f"pynetdicom {pynetdicom.__version__} changed {code}"


def test_installed_pynetdicom_allows_the_fast_path() -> None:
    assert find_differences() == []


@pytest.mark.parametrize(
    ("owner", "name", "replacement"),
    [
        (pynetdicom, "__version__", "4.0.0"),
        (dul.DULServiceProvider, "_read_pdu_data", lambda self, other: None),
        (transport.RequestHandler, "_create_association", None),
    ],
)
def test_changes_in_pynetdicom_are_found(
    monkeypatch: pytest.MonkeyPatch, owner: object, name: str, replacement: object
) -> None:
    monkeypatch.setattr(owner, name, replacement)
    assert len(find_differences()) == 1


def test_missing_attributes_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(fast_pdata._ATTRIBUTES, "dimse", ("message", "letter_box"))
    assert find_differences() == ["dimse has no letter_box"]


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Receiver]:
    with receiver(tmp_path / "archive") as node:
        yield node
        node.stop()
        assert [thread.name for thread in threading.enumerate() if "reactor" in thread.name] == []
        assert list((node.archive.root / "incoming").iterdir()) == []


def one_pdv_each(size: int) -> Callable[[bytes], list[bytes]]:
    return lambda data_set: list(wire.fragments(data_set, size))


def many_pdvs_in_each_pdu(data_set: bytes) -> list[bytes]:
    pieces = [data_set[start : start + 7] for start in range(0, len(data_set), 7)]
    pdvs = [pdv(DATA, piece) for piece in pieces[:-1]] + [pdv(LAST_DATA, pieces[-1])]
    return [pdu(P_DATA_TF, b"".join(pdvs[start : start + 50])) for start in range(0, len(pdvs), 50)]


def empty_fragments_between(data_set: bytes) -> list[bytes]:
    parts = [part for fragment in wire.fragments(data_set, 900) for part in (p_data(DATA, b""), fragment)]
    return [*parts[:-1], p_data(DATA, data_set[(len(data_set) - 1) // 900 * 900 :]), p_data(LAST_DATA, b"")]


def empty_pdus_between(data_set: bytes) -> list[bytes]:
    return [part for fragment in wire.fragments(data_set, 900) for part in (pdu(P_DATA_TF, b""), fragment)]


@pytest.mark.parametrize(
    "fragment",
    [
        pytest.param(one_pdv_each(1), id="single bytes"),
        pytest.param(one_pdv_each(333), id="odd lengths"),
        pytest.param(one_pdv_each(16_378), id="16 KiB PDUs"),
        pytest.param(one_pdv_each(1 << 30), id="one PDU"),
        pytest.param(many_pdvs_in_each_pdu, id="many PDVs in a PDU"),
        pytest.param(empty_fragments_between, id="empty fragments"),
        pytest.param(empty_pdus_between, id="empty PDUs"),
    ],
)
def test_every_fragmentation_gives_the_same_bytes(
    node: Receiver, tmp_path: Path, fragment: Callable[[bytes], list[bytes]]
) -> None:
    image = mammogram()
    data_set = encoded(image, tmp_path)
    with RawPeer(node.port) as peer:
        peer.associate()
        peer.send(wire.store_command(image.SOPInstanceUID), *fragment(data_set))
        assert peer.status() == 0x0000
        peer.release()
    assert data_set_of(node.stored[0].path) == data_set


def test_large_object_passes_through_the_buffer_unchanged(node: Receiver, tmp_path: Path) -> None:
    image = mammogram()
    image.add_new(0x00091010, "UN", random.Random(1).randbytes(3_333_334))
    data_set = encoded(image, tmp_path)
    with RawPeer(node.port) as peer:
        peer.associate()
        for size in (1_048_570, 262_138, 99_998):
            peer.send(wire.store_command(image.SOPInstanceUID), *wire.fragments(data_set, size))
            assert peer.status() == 0x0000
        peer.release()
    assert [stored.result.value for stored in node.stored] == ["new", "same", "same"]
    assert data_set_of(node.stored[0].path) == data_set


def test_command_in_many_fragments_is_understood(node: Receiver, tmp_path: Path) -> None:
    image = mammogram()
    command = wire.command(wire.C_STORE_RQ, sop_instance_uid=image.SOPInstanceUID, data_set=wire.WITH_DATA_SET)
    parts = [p_data(wire.COMMAND, command[start : start + 10]) for start in range(0, len(command), 10)]
    with RawPeer(node.port) as peer:
        peer.associate()
        peer.send(*parts, p_data(LAST_COMMAND, b""), *wire.fragments(encoded(image, tmp_path), 5000))
        assert peer.status() == 0x0000


def test_echo_and_store_take_turns_in_one_association(node: Receiver, tmp_path: Path) -> None:
    image = mammogram()
    echo = p_data(LAST_COMMAND, wire.command(wire.C_ECHO_RQ, sop_class_uid="1.2.840.10008.1.1"))
    store = [wire.store_command(image.SOPInstanceUID), *wire.fragments(encoded(image, tmp_path), 5000)]
    with RawPeer(node.port) as peer:
        peer.associate()
        for _ in range(3):
            peer.send(echo)
            assert peer.status() == 0x0000
            peer.send(*store)
            assert peer.status() == 0x0000
        peer.release()


STORE = wire.store_command("1.2.3")
ECHO = p_data(LAST_COMMAND, wire.command(wire.C_ECHO_RQ, sop_class_uid="1.2.840.10008.1.1"))
HOSTILE = {
    "unknown PDU": pdu(0x7F, b"hello"),
    "not DICOM": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "request of 4 GB": struct.pack(">BxI", wire.A_ASSOCIATE_RQ, 0xFFFFFFFF) + bytes(300_000),
    "abort of 4 GB": struct.pack(">BxI", wire.A_ABORT, 0xFFFFFFFF) + bytes(300_000),
    "second request": wire.associate_request(),
    "accept from the requestor": pdu(wire.A_ASSOCIATE_AC, bytes(100)),
    "release response": pdu(wire.A_RELEASE_RP, bytes(4)),
    "PDV longer than its PDU": pdu(P_DATA_TF, struct.pack(">IBB", 1000, 1, LAST_COMMAND) + b"abc"),
    "PDV of 4 GB": pdu(P_DATA_TF, struct.pack(">IBB", 0xFFFFFFFF, 1, LAST_COMMAND) + b"abc"),
    "PDV shorter than its header": pdu(P_DATA_TF, struct.pack(">IBB", 1, 1, LAST_COMMAND)),
    "PDV of no length": pdu(P_DATA_TF, bytes(6)),
    "half a PDV header": pdu(P_DATA_TF, b"\0\0\0"),
    "data set without a command": p_data(LAST_DATA, b"data"),
    "command that is no command": p_data(LAST_COMMAND, b"\xff" * 64),
    "empty command": p_data(LAST_COMMAND, b""),
    "command of an unknown kind": p_data(LAST_COMMAND, wire.command(0x7777)),
    "response nobody asked for": p_data(LAST_COMMAND, wire.command(0x8001)),
    "command without an end": p_data(wire.COMMAND, bytes(60_000)) * 20,
    "search of 2 MB": p_data(LAST_COMMAND, wire.command(0x0020, data_set=0)) + p_data(DATA, bytes(60_000)) * 40,
    "command within a data set": STORE + p_data(DATA, b"data") + ECHO,
    "data set of another context": STORE + p_data(DATA, b"data") + p_data(LAST_DATA, b"data", context_id=3),
    "context that was not accepted": p_data(
        LAST_COMMAND, wire.command(wire.C_STORE_RQ, sop_instance_uid="1.2.3", data_set=0), context_id=77
    ),
    "UID of 70 characters": wire.store_command("1." * 35) + p_data(LAST_DATA, b"data"),
    "release within a data set": STORE + p_data(DATA, b"data") + pdu(wire.A_RELEASE_RQ, bytes(4)),
    "class of no service": wire.store_command("1.2.3", "1.2.3.4.5") + p_data(LAST_DATA, b"data"),
}


# the end of the connection overtakes what the node would say to these, or they are no fault at that time
WITHOUT_AN_ABORT = {
    True: {"response nobody asked for", "release within a data set", "class of no service"},
    False: {"second request"},
}


@pytest.mark.parametrize("what", HOSTILE)
@pytest.mark.parametrize("associated", [True, False], ids=["associated", "not associated"])
def test_broken_protocol_aborts_the_association_and_nothing_else(node: Receiver, what: str, associated: bool) -> None:
    with RawPeer(node.port) as peer:
        if associated:
            peer.associate()
        with suppress(OSError):  # the node may have closed it already
            peer.send(HOSTILE[what])
            peer.socket.shutdown(socket.SHUT_WR)
        ended = peer.wait_for_end()
        assert ended == [wire.A_ABORT] or what in WITHOUT_AN_ABORT[associated]
    with open_association(node.port) as opened:
        assert opened.send_c_echo().Status == 0x0000
    assert node.stored == []


def test_peer_that_does_not_wait_for_answers_is_slowed_down(node: Receiver) -> None:
    with RawPeer(node.port) as peer:
        peer.associate()
        peer.send(ECHO * 300)
        assert {peer.status() for _ in range(300)} == {0x0000}
        peer.release()


def test_random_bytes_at_any_time_are_survived(node: Receiver, tmp_path: Path) -> None:
    image = mammogram()
    conversation = wire.store_command(image.SOPInstanceUID) + b"".join(wire.fragments(encoded(image, tmp_path), 700))
    for seed in range(80):
        rng = random.Random(seed)
        damaged = bytearray(conversation)
        for _ in range(rng.randint(1, 4)):
            position = rng.randrange(len(damaged)) if rng.random() < 0.5 else rng.randrange(400)
            damaged[position : position + rng.randint(0, 4)] = rng.randbytes(rng.randint(0, 4))
        with RawPeer(node.port) as peer:
            peer.associate()
            with suppress(OSError):  # the node may have closed it already
                peer.send(bytes(damaged))
                peer.socket.shutdown(socket.SHUT_WR)
            peer.wait_for_end()
    with open_association(node.port) as opened:
        assert opened.send_c_echo().Status == 0x0000
    for stored in node.stored:
        assert stored.path.is_file()
