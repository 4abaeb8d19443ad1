"""The playing PACS: pushes bytes as they lie in the file, and keeps what comes back."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.uid import (
    CTImageStorage,
    DigitalMammographyXRayImageStorageForPresentation,
    ExplicitVRLittleEndian,
)
from pynetdicom import AE, evt
from pynetdicom.transport import ThreadedAssociationServer

from scripts.demo.pacs import AE_TITLE, Pacs, push
from scripts.demo.studies import Study


@pytest.fixture
def study(phantom_study: Study) -> Study:
    return phantom_study


@pytest.fixture
def pacs(tmp_path: Path) -> Iterator[Pacs]:
    with Pacs(tmp_path / "pacs") as running:
        yield running


@contextmanager
def _node(sop_class: str, status: int) -> Iterator[int]:
    """Run a stand-in that takes one SOP class and answers each C-STORE with one status."""
    entity = AE("STAND_IN")
    entity.add_supported_context(sop_class, ExplicitVRLittleEndian)
    server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, lambda event: status)])
    assert isinstance(server, ThreadedAssociationServer)
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()


def test_what_is_pushed_arrives_byte_for_byte(pacs: Pacs, study: Study) -> None:
    pacs.expect([study])
    assert list(push(study, pacs.port, AE_TITLE)) == [None] * 4
    reports = pacs.reports(study.study_instance_uid)
    assert len(reports) == 4
    for picture, report in zip(study.pictures, reports, strict=True):
        sent, kept = dcmread(picture.path), dcmread(report.path)
        assert kept == sent
        assert report.path.name.startswith("phantom.")


def test_the_same_object_again_is_kept_once(pacs: Pacs, study: Study) -> None:
    for _ in range(2):
        assert list(push(study, pacs.port, AE_TITLE)) == [None] * 4
    assert len(pacs.reports(study.study_instance_uid)) == 4
    assert len(list(pacs.folder.iterdir())) == 4


def test_an_association_that_is_refused_is_named(pacs: Pacs, study: Study) -> None:
    refusals = list(push(study, pacs.port, "SOMEBODY_ELSE"))
    assert {refusal.reason for refusal in refusals if refusal} == {"the node refused the association"}


def test_a_kind_of_object_the_node_does_not_take_is_named(study: Study) -> None:
    with _node(CTImageStorage, 0x0000) as port:
        refusals = list(push(study, port, "STAND_IN"))
    assert len(refusals) == 4
    assert refusals[0] is not None
    assert "does not take Digital Mammography X-Ray Image Storage" in refusals[0].reason


def test_a_failure_status_is_named(study: Study) -> None:
    with _node(DigitalMammographyXRayImageStorageForPresentation, 0xA700) as port:
        refusals = list(push(study, port, "STAND_IN"))
    assert {refusal.reason for refusal in refusals if refusal} == {"refused with status A700"}


def test_a_warning_status_means_stored(study: Study) -> None:
    with _node(DigitalMammographyXRayImageStorageForPresentation, 0xB000) as port:
        assert list(push(study, port, "STAND_IN")) == [None] * 4
