"""Storage commitment in both roles, over real associations."""

import queue
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from pydicom.dataset import Dataset
from pynetdicom import AE, evt
from pynetdicom.sop_class import StorageCommitmentPushModel  # type: ignore[attr-defined]

from dicom_node import commitment, scp
from dicom_node.archive import Archive
from dicom_node.commitment import CommitmentResult, Reference, Refusal
from dicom_node.commitment_scp import CommitmentScp
from dicom_node.errors import Declined, InvalidObject, SendError
from dicom_node.requestor import Peer, Timeouts
from tests.dicom_node.receiving import AE_TITLE, SECONDS, association, mammogram
from tests.journey.ports import LOOPBACK, free_port

CALLING = "ASKING"
IMPATIENT = Timeouts(connect_seconds=2, association_seconds=5, response_seconds=5)
MG = "1.2.840.10008.5.1.4.1.1.1.2"
ONE, TWO = Reference(MG, "1.2.3.1"), Reference(MG, "1.2.3.2")
Results: TypeAlias = "queue.SimpleQueue[CommitmentResult]"


@contextmanager
def node(folder: Path, peer: Peer | None = None) -> Iterator[tuple[scp.RunningScp, Results]]:
    """Run this project's SCP with storage commitment."""
    archive, told = Archive(folder, 0), queue.SimpleQueue[CommitmentResult]()
    service = CommitmentScp(archive, AE_TITLE, on_result=told.put, find_peer=lambda title: peer)
    running = scp.start(
        scp.ScpSettings(ae_title=AE_TITLE, bind=LOOPBACK, port=0, archive=archive),
        on_stored=lambda stored: None,
        on_association_closed=lambda studies: None,
        is_allowed=lambda title, address: True,
        commitment=service,
    )
    try:
        yield running, told
    finally:
        service.stop()
        running.stop(0.0)


@contextmanager
def played_pacs(action: Callable[[Any], tuple[int, Dataset | None]]) -> Iterator[Peer]:
    """Run a peer that takes requests for commitment."""
    ae, port = AE("PACS"), free_port()
    ae.add_supported_context(StorageCommitmentPushModel)
    server = ae.start_server((LOOPBACK, port), block=False, evt_handlers=[(evt.EVT_N_ACTION, action)])
    assert server is not None
    try:
        yield Peer("PACS", LOOPBACK, port)
    finally:
        server.shutdown()


def test_what_was_received_is_committed_and_what_was_not_is_refused(tmp_path: Path) -> None:
    """Two nodes, each the other's peer: the word comes back to the asking node's own SCP."""
    image = mammogram()
    stored = Reference(str(image.SOPClassUID), str(image.SOPInstanceUID))
    wrong_class = Reference("1.2.840.10008.5.1.4.1.1.7", stored.sop_instance_uid)
    with node(tmp_path / "asking") as (asking, told):
        home = Peer(AE_TITLE, LOOPBACK, asking.port)
        with node(tmp_path / "keeping", peer=home) as (keeping, _):
            with association(keeping.port, image) as opened:
                assert opened.send_c_store(image).Status == 0x0000
            peer = Peer(AE_TITLE, LOOPBACK, keeping.port)
            assert commitment.request(peer, CALLING, "1.2.3", [stored, ONE], wait_seconds=0.0) is None
            assert told.get(timeout=SECONDS) == CommitmentResult("1.2.3", (stored,), (Refusal(ONE, 0x0112),))
            assert commitment.request(peer, CALLING, "1.2.4", [wrong_class], wait_seconds=0.0) is None
            conflict = told.get(timeout=SECONDS)
    assert [(refusal.reason, refusal.permanent) for refusal in conflict.refused] == [(0x0119, True)]


def test_who_listens_nowhere_known_is_refused_at_once(tmp_path: Path) -> None:
    with node(tmp_path) as (running, _), pytest.raises(SendError, match="0110"):
        commitment.request(Peer(AE_TITLE, LOOPBACK, running.port), CALLING, "1.2.3", [ONE], timeouts=IMPATIENT)


@pytest.mark.parametrize(("status", "permanent"), [(0x0110, False), (0x0213, False), (0x0122, True)])
def test_request_that_is_refused_says_whether_to_ask_again(status: int, permanent: bool) -> None:
    with played_pacs(lambda event: (status, None)) as peer, pytest.raises(SendError) as refused:
        commitment.request(peer, CALLING, "1.2.3", [ONE], wait_seconds=0.0, timeouts=IMPATIENT)
    assert refused.value.permanent is permanent
    assert f"{status:04X}" in str(refused.value)


def test_peer_that_knows_no_storage_commitment_declines(tmp_path: Path) -> None:
    ae, port = AE("PACS"), free_port()
    ae.add_supported_context("1.2.840.10008.1.1")
    server = ae.start_server((LOOPBACK, port), block=False)
    assert server is not None
    try:
        with pytest.raises(Declined):
            commitment.request(Peer("PACS", LOOPBACK, port), CALLING, "1.2.3", [ONE], timeouts=IMPATIENT)
    finally:
        server.shutdown()


def test_peer_that_takes_the_request_and_stays_silent_is_left_to_answer_later() -> None:
    with played_pacs(lambda event: (0x0000, None)) as peer:
        assert commitment.request(peer, CALLING, "1.2.3", [ONE], wait_seconds=0.1, timeouts=IMPATIENT) is None


@pytest.mark.parametrize("missing", ["TransactionUID", "ReferencedSOPSequence"])
def test_request_without_its_parts_is_refused(tmp_path: Path, missing: str) -> None:
    wanted = Dataset()
    wanted.TransactionUID = "1.2.3"
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = MG, "1.2.3.1"
    wanted.ReferencedSOPSequence = [item]
    delattr(wanted, missing)
    wanted.RetrieveAETitle = "X"
    with node(tmp_path) as (running, _):
        ae = AE(CALLING)
        ae.add_requested_context(StorageCommitmentPushModel)
        opened = ae.associate(LOOPBACK, running.port, ae_title=AE_TITLE)
        response, _answer = opened.send_n_action(wanted, 1, StorageCommitmentPushModel, commitment.WELL_KNOWN_INSTANCE)
        unknown, _answer = opened.send_n_action(wanted, 2, StorageCommitmentPushModel, commitment.WELL_KNOWN_INSTANCE)
        opened.release()
    assert response.Status == 0x0110
    assert unknown.Status == 0x0123


def test_report_that_the_application_cannot_note_is_answered_as_a_failure(tmp_path: Path) -> None:
    def refuse(result: CommitmentResult) -> None:
        raise RuntimeError("the database is away")

    archive = Archive(tmp_path, 0)
    service = CommitmentScp(archive, AE_TITLE, on_result=refuse, find_peer=lambda title: None)
    running = scp.start(
        scp.ScpSettings(ae_title=AE_TITLE, bind=LOOPBACK, port=0, archive=archive),
        on_stored=lambda stored: None,
        on_association_closed=lambda studies: None,
        is_allowed=lambda title, address: True,
        commitment=service,
    )
    try:
        with pytest.raises(SendError):
            commitment.send_report(
                Peer(AE_TITLE, LOOPBACK, running.port), CALLING, CommitmentResult("1.2.3", (ONE,), ()), IMPATIENT
            )
    finally:
        service.stop()
        running.stop(0.0)


def test_report_keeps_its_reasons_on_the_wire(tmp_path: Path) -> None:
    result = CommitmentResult("1.2.3", (ONE,), (Refusal(TWO, 0x0213),))
    with node(tmp_path) as (running, told):
        commitment.send_report(Peer(AE_TITLE, LOOPBACK, running.port), CALLING, result, IMPATIENT)
        assert told.get(timeout=SECONDS) == result


def test_result_without_a_transaction_is_no_result() -> None:
    with pytest.raises(InvalidObject):
        commitment.read_result(Dataset())


def test_refusals_say_what_can_help() -> None:
    assert Refusal(ONE, 0x0112).wants_object_again
    assert not Refusal(ONE, 0x0112).permanent
    assert Refusal(ONE, 0x0122).permanent
    assert "no resources" in Refusal(ONE, 0x0213).sentence
    assert "0999" in Refusal(ONE, 0x0999).sentence
