"""Sending over real associations: a peer that answers as told, DCMTK's storescp, Orthanc."""

import logging
import socket
import threading
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import (
    ImplicitVRLittleEndian,
    JPEGLosslessSV1,
    SecondaryCaptureImageStorage,
)
from pynetdicom import build_context, evt
from pynetdicom.dimse_primitives import C_STORE

from dicom_node.errors import SendError
from dicom_node.requestor import associate
from dicom_node.scu import Peer, StoreOutcome, Timeouts, echo, store
from dicom_node.sr.measurement import build_measurement_report, to_part10
from tests.dicom_node.listening import listening
from tests.dicom_node.sr.cases import content_of, small
from tests.journey.dcmtk import storescp
from tests.journey.orthanc import orthanc
from tests.journey.ports import LOOPBACK, free_port
from tests.synthetic import PATIENT_NAME

CALLING = "MAMMONODE"
IMPATIENT = Timeouts(connect_seconds=2, association_seconds=1, response_seconds=1)


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three reports about three studies."""
    folder = tmp_path_factory.mktemp("reports")
    paths = []
    for number in range(3):
        image = small(study=number + 1)
        paths.append(folder / f"report-{number}.dcm")
        paths[-1].write_bytes(to_part10(build_measurement_report(content_of([image], probabilities=(0.5,)), [image])))
    return paths


def _request(event: evt.Event) -> C_STORE:
    request = event.request
    assert isinstance(request, C_STORE)
    return request


def _only(outcomes: tuple[StoreOutcome, ...]) -> StoreOutcome:
    (outcome,) = outcomes
    return outcome


def test_each_file_is_stored_with_the_bytes_it_has(reports: list[Path]) -> None:
    received: dict[str, bytes] = {}

    def keep(event: evt.Event) -> int:
        request = _request(event)
        assert isinstance(request.DataSet, BytesIO)
        received[str(request.AffectedSOPInstanceUID)] = request.DataSet.getvalue()
        return 0x0000

    with listening(keep) as peer:
        outcomes = store(reports, peer, CALLING)
    for path, outcome in zip(reports, outcomes, strict=True):
        assert outcome == StoreOutcome(path, str(dcmread(path).SOPInstanceUID), 0x0000, True, False, "")
        assert path.read_bytes().endswith(received[outcome.sop_instance_uid])


@pytest.fixture(scope="module")
def obliging() -> Iterator[tuple[Peer, list[int]]]:
    """A peer, and the list whose last element is its next status."""
    statuses: list[int] = []
    with listening(lambda event: statuses.pop()) as peer:
        yield peer, statuses


@pytest.mark.parametrize(
    ("status", "stored", "permanent", "words"),
    [
        (0xB000, True, False, "stored the object with warning B000"),
        (0xB006, True, False, "stored the object with warning B006"),
        (0xB007, True, False, "stored the object with warning B007"),
        (0xA700, False, False, "cannot store the object now (status A700)"),
        (0xA701, False, False, "cannot store the object now (status A701)"),
        (0x0110, False, False, "cannot store the object now (status 0110)"),
        (0x0213, False, False, "cannot store the object now (status 0213)"),
        (0xA900, False, True, "refuses the object (status A900)"),
        (0xA9FF, False, True, "refuses the object (status A9FF)"),
        (0xC000, False, True, "refuses the object (status C000)"),
        (0xC123, False, True, "refuses the object (status C123)"),
        (0x0122, False, True, "refuses the object (status 0122)"),
        (0x0117, False, True, "refuses the object (status 0117)"),
        (0x0124, False, True, "refuses the object (status 0124)"),
    ],
)
def test_the_status_decides_whether_it_is_stored_and_worth_another_try(
    status: int,
    stored: bool,
    permanent: bool,
    words: str,
    obliging: tuple[Peer, list[int]],
    reports: list[Path],
) -> None:
    peer, statuses = obliging
    statuses.append(status)
    outcome = _only(store(reports[:1], peer, CALLING))
    assert (outcome.status, outcome.stored, outcome.permanent) == (status, stored, permanent)
    assert outcome.message == f"{peer} {words}."


def test_each_object_has_its_own_verdict(reports: list[Path]) -> None:
    answers = iter([0x0000, 0xA900, 0xB000])
    with listening(lambda event: next(answers)) as peer:
        outcomes = store(reports, peer, CALLING)
    assert [(outcome.stored, outcome.permanent) for outcome in outcomes] == [
        (True, False),
        (False, True),
        (True, False),
    ]


def test_what_was_refused_for_lack_of_resources_is_stored_at_the_second_try(reports: list[Path]) -> None:
    answers = iter([0xA700, 0x0000])
    with listening(lambda event: next(answers)) as peer:
        first = _only(store(reports[:1], peer, CALLING))
        assert not first.stored
        assert not first.permanent
        assert _only(store(reports[:1], peer, CALLING)).stored


def test_an_association_aborted_in_the_middle_keeps_the_verdicts_before_it(reports: list[Path]) -> None:
    seen: list[str] = []

    def abort_at_the_second(event: evt.Event) -> int:
        seen.append(str(_request(event).AffectedSOPInstanceUID))
        if len(seen) == 2:
            event.assoc.abort()
        return 0x0000

    with listening(abort_at_the_second) as peer:
        stored, aborted, not_sent = store(reports, peer, CALLING)
    assert (stored.stored, stored.status) == (True, 0x0000)
    assert (aborted.stored, aborted.status, aborted.permanent) == (False, None, False)
    assert "ended the association" in aborted.message
    assert (not_sent.stored, not_sent.status, not_sent.permanent) == (False, None, False)
    assert "Not sent" in not_sent.message
    assert len(seen) == 2


def test_a_peer_that_does_not_answer_in_time_is_worth_another_try(reports: list[Path]) -> None:
    released = threading.Event()

    def wait(event: evt.Event) -> int:
        released.wait(20)
        return 0x0000

    with listening(wait) as peer:
        outcome = _only(store(reports[:1], peer, CALLING, IMPATIENT))
        released.set()
    assert (outcome.stored, outcome.status, outcome.permanent) == (False, None, False)
    assert "did not answer within 1 s" in outcome.message


def test_a_peer_that_accepts_no_report_at_all_is_a_failure_for_good(reports: list[Path]) -> None:
    with (
        listening(sop_classes=(SecondaryCaptureImageStorage,)) as peer,
        pytest.raises(SendError, match="none of the presentation contexts") as failure,
    ):
        store(reports, peer, CALLING)
    assert failure.value.permanent


def test_an_object_without_a_context_does_not_hold_up_the_others(reports: list[Path], tmp_path: Path) -> None:
    image = tmp_path / "image.dcm"
    small().save_as(image, enforce_file_format=True)
    with listening() as peer:
        refused, stored = store([image, reports[0]], peer, CALLING)
    assert (refused.stored, refused.status, refused.permanent) == (False, None, True)
    assert "accepts no objects of SOP Class" in refused.message
    assert stored.stored


def test_a_peer_that_knows_only_implicit_vr_receives_the_same_report(reports: list[Path]) -> None:
    received: list[Dataset] = []

    def keep(event: evt.Event) -> int:
        received.append(event.dataset)
        return 0x0000

    with listening(keep, transfer_syntaxes=(ImplicitVRLittleEndian,)) as peer:
        assert _only(store(reports[:1], peer, CALLING)).stored
    sent = dcmread(reports[0])
    assert received[0].PatientName == sent.PatientName
    assert received[0].ContentSequence == sent.ContentSequence


def test_a_compressed_object_is_not_offered_decompressed(tmp_path: Path) -> None:
    image = tmp_path / "image.dcm"
    compressed = small(transfer_syntax=JPEGLosslessSV1)
    compressed.save_as(image, enforce_file_format=True)
    with (
        listening(sop_classes=(str(compressed.SOPClassUID),)) as peer,
        pytest.raises(SendError, match="none of the presentation contexts") as failure,
    ):
        store([image], peer, CALLING)
    assert failure.value.permanent


def test_a_file_that_is_no_dicom_file_fails_alone_and_for_good(reports: list[Path], tmp_path: Path) -> None:
    text = tmp_path / "text.dcm"
    text.write_text("nothing of the kind")
    with listening() as peer:
        refused, stored = store([text, reports[0]], peer, CALLING)
    assert (refused.stored, refused.permanent, refused.message) == (False, True, "The file is no DICOM file.")
    assert stored.stored


def test_a_file_that_is_not_there_fails_alone_and_may_come_back(tmp_path: Path) -> None:
    outcome = _only(store([tmp_path / "absent.dcm"], Peer("PEER", LOOPBACK, free_port()), CALLING))
    assert (outcome.stored, outcome.permanent, outcome.status) == (False, False, None)
    assert outcome.message == "The file cannot be read: No such file or directory."


def test_an_echo_is_answered() -> None:
    with listening() as peer:
        echo(peer, CALLING)


def test_an_echo_answered_with_another_status_is_a_failure() -> None:
    with listening(lambda event: 0x0122) as peer, pytest.raises(SendError, match="0122"):
        echo(peer, CALLING)


def test_an_echo_without_an_answer_is_a_failure() -> None:
    released = threading.Event()

    def wait(event: evt.Event) -> int:
        released.wait(20)
        return 0x0000

    with listening(wait) as peer:
        with pytest.raises(SendError, match="did not answer") as failure:
            echo(peer, CALLING, IMPATIENT)
        released.set()
    assert not failure.value.permanent


def test_logs_name_objects_and_peers_never_patients(reports: list[Path], caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), listening() as peer:
        outcome = _only(store(reports[:1], peer, CALLING))
    assert f"{peer} answered 0000 to C-STORE of {outcome.sop_instance_uid}" in caplog.text
    for part in (*PATIENT_NAME.split("^"), "PHANTOM-1"):
        assert part not in caplog.text


@pytest.mark.peer("storescp")
def test_dcmtk_stores_a_report(reports: list[Path], tmp_path: Path) -> None:
    with storescp(tmp_path) as receiver:
        peer = Peer(receiver.ae_title, LOOPBACK, receiver.port)
        echo(peer, CALLING)
        assert all(outcome.status == 0x0000 for outcome in store(reports, peer, CALLING))
        received = {dcmread(path).SOPInstanceUID: dcmread(path) for path in receiver.files()}
    for path in reports:
        sent = dcmread(path)
        assert received[sent.SOPInstanceUID] == sent


@pytest.mark.peer("Orthanc")
def test_orthanc_stores_a_report_in_the_study_of_its_images(reports: list[Path], tmp_path: Path) -> None:
    image = tmp_path / "image.dcm"
    small(study=1).save_as(image, enforce_file_format=True)
    with orthanc(tmp_path) as pacs:
        peer = Peer(pacs.ae_title, LOOPBACK, pacs.dicom_port)
        echo(peer, CALLING)
        outcomes = store([image, reports[0]], peer, CALLING)
        assert [outcome.status for outcome in outcomes] == [0x0000, 0x0000]
        (stored,) = pacs.reports_of(str(dcmread(reports[0]).StudyInstanceUID))
    assert dcmread(BytesIO(stored)) == dcmread(reports[0])


def test_a_line_whose_peer_is_gone_is_closed_all_the_same() -> None:
    lines: list[socket.socket] = []
    noting = (evt.EVT_CONN_OPEN, lambda event: lines.append(event.assoc.dul.socket.socket))
    with listening(lambda _: 0x0000) as peer:
        contexts = [build_context("1.2.840.10008.1.1")]
        with associate(peer, CALLING, contexts, IMPATIENT, handlers=[noting]):
            # now the library's own shutdown of the line fails, as it does when the peer is gone
            lines[0].shutdown(socket.SHUT_RDWR)
    assert lines[0].fileno() == -1
