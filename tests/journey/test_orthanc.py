"""A PACS that forwards by itself: Orthanc sends each stable study and gets the report into the same study."""

from io import BytesIO
from pathlib import Path

import pydicom
import pytest

from tests.journey import leaks, reports, studies
from tests.journey.node import Node
from tests.journey.orthanc import Orthanc
from tests.journey.waiting import wait_until

pytestmark = pytest.mark.peer("Orthanc")


@pytest.fixture(scope="module")
def forwarded(
    node: Node, orthanc_or_none: Orthanc | None, tmp_path_factory: pytest.TempPathFactory
) -> studies.PhantomStudy:
    """A study that a modality put into Orthanc, seen through until the report is back and Orthanc at rest."""
    assert orthanc_or_none is not None
    peer, study = orthanc_or_none, studies.four_views(tmp_path_factory.mktemp("orthanc-study"), "orthanc")
    for path in study.paths:
        peer.upload(path)
    node.wait_for_study(study.uid)
    # the report makes the study stable once more: only then could a loop begin
    wait_until(
        lambda: peer.times_stable(study.uid) >= 2,
        60,
        "the study stable again after its report",
        seen=lambda: (peer.get("/changes?limit=1000")["Changes"], peer.process.tail()),
    )
    return study


def test_orthanc_holds_one_report_in_the_same_study_and_a_series_of_its_own(
    forwarding_orthanc: Orthanc, forwarded: studies.PhantomStudy
) -> None:
    (content,) = forwarding_orthanc.reports_of(forwarded.uid)
    report = pydicom.dcmread(BytesIO(content))
    image = pydicom.dcmread(forwarded.paths[0], stop_before_pixels=True)

    assert report.SOPClassUID == reports.COMPREHENSIVE_3D_SR
    assert report.StudyInstanceUID == forwarded.uid
    assert report.SeriesInstanceUID != image.SeriesInstanceUID
    assert report.Modality == "SR"
    assert reports.evidence(report) == set(forwarded.sop_instance_uids)


def test_orthanc_finds_the_patient_unchanged_in_the_report(
    forwarding_orthanc: Orthanc, forwarded: studies.PhantomStudy
) -> None:
    (content,) = forwarding_orthanc.reports_of(forwarded.uid)
    report = pydicom.dcmread(BytesIO(content))
    image = pydicom.dcmread(forwarded.paths[0], stop_before_pixels=True)

    assert str(report.PatientName) == leaks.NAME
    for keyword in ("PatientID", "PatientBirthDate", "PatientSex", "AccessionNumber", "StudyID", "StudyDate"):
        assert report[keyword].value == image[keyword].value, keyword


def test_the_returned_report_is_not_forwarded_again(
    node: Node, forwarding_orthanc: Orthanc, forwarded: studies.PhantomStudy
) -> None:
    found = node.study(forwarded.uid)

    assert found is not None
    assert len(forwarding_orthanc.transfers()) == 1
    assert found["round"] == 1
    assert len(found["reports"]) == 1
    assert len(found["images"]) == 4


def test_every_byte_that_orthanc_sent_is_in_the_archive(
    node: Node, forwarding_orthanc: Orthanc, forwarded: studies.PhantomStudy, tmp_path: Path
) -> None:
    for row in forwarding_orthanc.instances_of(forwarded.uid):
        uid = row["MainDicomTags"]["SOPInstanceUID"]
        if uid not in forwarded.sop_instance_uids:
            continue
        kept = tmp_path / f"{uid}.dcm"
        kept.write_bytes(forwarding_orthanc.file_of(row["ID"]))
        stored = node.archived(uid)
        assert stored is not None, uid
        assert studies.data_set_bytes(stored) == studies.data_set_bytes(kept), uid
