"""Priors from a PACS: a played one that misbehaves, and Orthanc; moved to a real receiving node."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from pydicom.dataset import FileDataset

from dicom_node.errors import SendError
from dicom_node.priors import Bounds, PriorStudy, find, retrieve
from dicom_node.requestor import Peer, Timeouts
from tests import synthetic
from tests.dicom_node.archive_peer import ArchivePeer, archive_peer
from tests.dicom_node.receiving import AE_TITLE, Receiver, receiver
from tests.journey.orthanc import orthanc
from tests.journey.ports import LOOPBACK, free_port

TODAY = date(2026, 6, 1)
PATIENT_ID = "P-1"
BOUNDS = Bounds(most=3, years=10, seconds=60)
TIMEOUTS = Timeouts(5, 20, 20)


def _image(study: int, day: str, *, view: str = "CC", patient_id: str = PATIENT_ID, number: int = 1) -> FileDataset:
    image = synthetic.make_mg(rows=32, columns=24, seed=study, study=study, view=view, instance_number=number)
    image.PatientID, image.StudyDate = patient_id, day
    return image


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Receiver]:
    """The node that the priors are moved to."""
    with receiver(tmp_path / "archive") as running:
        yield running


@pytest.fixture
def pacs(node: Receiver) -> Iterator[ArchivePeer]:
    """A PACS with the current study and two priors, one of two images; and what must not be taken for a prior."""
    other = _image(6, "20240101")
    other.Modality = "CT"
    objects = [
        _image(1, "20260601"),
        _image(2, "20240301"),
        _image(2, "20240301", view="MLO", number=2),
        _image(3, "20220301"),
        _image(4, "20100101"),
        _image(5, "20240101", patient_id="P-11"),
        other,
    ]
    with archive_peer([*objects], node.port) as running:
        yield running


def _uid(pacs: ArchivePeer, index: int) -> str:
    return str(pacs.objects[index].StudyInstanceUID)


def _find(pacs: ArchivePeer, bounds: Bounds = BOUNDS, patient_id: str = PATIENT_ID) -> tuple[PriorStudy, ...]:
    assert pacs.peer is not None
    return find(pacs.peer, AE_TITLE, patient_id, TODAY, _uid(pacs, 0), bounds, TIMEOUTS)


def test_earlier_mammograms_of_the_same_patient_are_found_newest_first(pacs: ArchivePeer) -> None:
    newer, older = _find(pacs)
    assert (newer.study_instance_uid, newer.study_date, newer.images) == (_uid(pacs, 1), date(2024, 3, 1), 2)
    assert (older.study_instance_uid, older.study_date, older.images) == (_uid(pacs, 3), date(2022, 3, 1), 1)


def test_no_more_are_asked_for_than_the_bounds_say(pacs: ArchivePeer) -> None:
    assert [prior.study_date.year for prior in _find(pacs, Bounds(most=1))] == [2024]
    assert [prior.study_date.year for prior in _find(pacs, Bounds(years=3))] == [2024]
    assert [prior.study_date.year for prior in _find(pacs, Bounds(most=5, years=20))] == [2024, 2022, 2010]


def test_a_pacs_that_ignores_the_keys_brings_nobody_elses_images(pacs: ArchivePeer) -> None:
    pacs.ignores_keys = True
    assert {prior.study_instance_uid for prior in _find(pacs)} == {_uid(pacs, 1), _uid(pacs, 3)}


@pytest.mark.parametrize("patient_id", ["", "*", "P-?", "P-1\\P-2"])
def test_a_patient_id_that_could_match_others_is_never_asked_for(patient_id: str, pacs: ArchivePeer) -> None:
    with pytest.raises(SendError, match="wild card") as failure:
        _find(pacs, patient_id=patient_id)
    assert failure.value.permanent
    assert pacs.queries == []


@pytest.mark.parametrize(("status", "permanent"), [(0xA700, False), (0xA900, True), (0xC001, True)])
def test_a_failed_query_is_an_error(status: int, permanent: bool, pacs: ArchivePeer) -> None:
    pacs.find_status = status
    with pytest.raises(SendError, match=f"{status:04X} to C-FIND") as failure:
        _find(pacs)
    assert failure.value.permanent is permanent


def test_a_prior_is_moved_here(pacs: ArchivePeer, node: Receiver) -> None:
    newer, _ = _find(pacs)
    assert pacs.peer is not None
    moved = retrieve(newer, pacs.peer, AE_TITLE, BOUNDS)
    assert (moved.completed, moved.failed, moved.whole, moved.message) == (2, 0, True, "")
    assert {stored.study_instance_uid for stored in node.stored} == {newer.study_instance_uid}
    assert pacs.moved_series == list(newer.series)


def test_a_prior_that_comes_in_part_is_not_whole(pacs: ArchivePeer, node: Receiver) -> None:
    newer, _ = _find(pacs)
    assert pacs.peer is not None
    pacs.withholds = {str(pacs.objects[2].SOPInstanceUID)}
    moved = retrieve(newer, pacs.peer, AE_TITLE, BOUNDS)
    assert (moved.completed, moved.failed, moved.whole, moved.permanent) == (1, 1, False, False)
    assert "could not send 1 objects" in moved.message
    assert len(node.stored) == 1


@pytest.mark.parametrize(
    ("status", "permanent", "words"),
    [(0xA801, True, "does not know where this node listens"), (0xA702, False, "A702"), (0xC000, True, "C000")],
)
def test_a_refused_move_is_not_whole(status: int, permanent: bool, words: str, pacs: ArchivePeer) -> None:
    newer, _ = _find(pacs)
    assert pacs.peer is not None
    pacs.move_status = status
    moved = retrieve(newer, pacs.peer, AE_TITLE, BOUNDS)
    assert (moved.whole, moved.permanent, moved.completed) == (False, permanent, 0)
    assert words in moved.message


def test_a_move_that_is_aborted_in_the_middle_is_not_whole(pacs: ArchivePeer, node: Receiver) -> None:
    newer, _ = _find(pacs)
    assert pacs.peer is not None
    pacs.aborts_after = 1
    moved = retrieve(newer, pacs.peer, AE_TITLE, BOUNDS)
    assert (moved.whole, moved.permanent) == (False, False)
    assert "did not end C-MOVE" in moved.message
    assert len(node.stored) == 1


def test_time_that_is_up_leaves_the_rest_unasked(pacs: ArchivePeer) -> None:
    newer, _ = _find(pacs)
    assert pacs.peer is not None
    moved = retrieve(newer, pacs.peer, AE_TITLE, Bounds(seconds=-1), TIMEOUTS)
    assert (moved.whole, moved.permanent) == (False, False)
    assert "1 of 1 series were not asked for in time" in moved.message
    assert pacs.moved_series == []


# pynetdicom drops a socket that could not connect without closing it
@pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning")
def test_a_pacs_that_is_down_is_worth_another_try() -> None:
    with pytest.raises(SendError, match="cannot be reached") as failure:
        find(Peer("PACS", LOOPBACK, free_port()), AE_TITLE, PATIENT_ID, TODAY, "1.2", BOUNDS, TIMEOUTS)
    assert not failure.value.permanent


@pytest.mark.peer("Orthanc")
def test_orthanc_finds_the_priors_and_moves_them_in_this_nodes_name(node: Receiver, tmp_path: Path) -> None:
    current, first, second = _image(1, "20260601"), _image(2, "20240301"), _image(2, "20240301", view="MLO", number=2)
    with orthanc(tmp_path, stable_age_seconds=600) as archive:
        for image in (current, first, second, _image(5, "20240101", patient_id="P-11")):
            archive.upload(synthetic.write(image, tmp_path / f"{image.SOPInstanceUID}.dcm"))
        archive.know(AE_TITLE, node.port)
        peer = Peer(archive.ae_title, LOOPBACK, archive.dicom_port)
        (prior,) = find(peer, AE_TITLE, PATIENT_ID, TODAY, str(current.StudyInstanceUID), BOUNDS)
        assert (prior.study_instance_uid, prior.images) == (first.StudyInstanceUID, 2)
        moved = retrieve(prior, peer, AE_TITLE, BOUNDS)
    assert (moved.completed, moved.failed, moved.whole, moved.message) == (2, 0, True, "")
    assert {stored.sop_instance_uid for stored in node.stored} == {first.SOPInstanceUID, second.SOPInstanceUID}
    assert {stored.move_originator_ae_title for stored in node.stored} == {AE_TITLE}
