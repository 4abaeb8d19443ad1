"""Errors become statuses at this edge, and nothing else gets out."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from pydicom.dataset import Dataset

from dicom_node.archive import Archive, StoredObject, StoreResult
from dicom_node.errors import (
    ArchiveError,
    ConversionError,
    DicomNodeError,
    InvalidObject,
    InvalidUid,
    ObjectMismatch,
    OutOfResources,
    UnsupportedSopClass,
)
from dicom_node.handlers import handle_echo, handle_store, status_of
from dicom_node.reception import Reception, StoreRequest
from tests.dicom_node.receiving import encoded, mammogram

MG = "1.2.840.10008.5.1.4.1.1.1.2"


def reception(archive: Archive, folder: Path, content: bytes | None = None, **changes: str) -> Reception:
    image = mammogram()
    values = {
        "sop_class_uid": str(image.SOPClassUID),
        "sop_instance_uid": str(image.SOPInstanceUID),
        "abstract_syntax": str(image.SOPClassUID),
        "transfer_syntax_uid": str(image.file_meta.TransferSyntaxUID),
        "calling_ae_title": "MODALITY",
        "calling_address": "127.0.0.1",
    }
    begun = Reception(archive, StoreRequest(**(values | changes)))
    data_set = encoded(image, folder) if content is None else content
    for start in range(0, len(data_set), 1000):
        begun.write([memoryview(data_set)[start : start + 1000]])
    return begun


def answer_to(
    begun: Callable[[], Reception], on_stored: Callable[[StoredObject], None] = lambda stored: None
) -> tuple[int, str]:
    answer = handle_store(begun, on_stored, sender="'MODALITY'@127.0.0.1", sop_instance_uid="1.2.3")
    if isinstance(answer, Dataset):
        return answer.Status, answer.ErrorComment
    return answer, ""


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "archive", 0)


def files(archive: Archive) -> list[Path]:
    return [path for path in archive.root.rglob("*") if path.is_file()]


def test_echo_is_answered_with_success() -> None:
    assert handle_echo() == 0x0000


def test_stored_object_tells_all_there_is_to_know(archive: Archive, tmp_path: Path) -> None:
    stored: list[StoredObject] = []
    assert answer_to(lambda: reception(archive, tmp_path), stored.append) == (0x0000, "")
    image = mammogram()
    (told,) = stored
    assert told.sop_instance_uid == image.SOPInstanceUID
    assert told.sop_class_uid == image.SOPClassUID
    assert told.transfer_syntax_uid == image.file_meta.TransferSyntaxUID
    assert told.study_instance_uid == image.StudyInstanceUID
    assert told.series_instance_uid == image.SeriesInstanceUID
    assert told.path == archive.path_of(image.SOPInstanceUID)
    assert told.size_bytes == told.path.stat().st_size
    assert (told.calling_ae_title, told.calling_address) == ("MODALITY", "127.0.0.1")
    assert told.received_at.tzinfo is not None
    assert told.receive_ms >= 0
    assert told.result is StoreResult.NEW
    assert told.header.PatientName == image.PatientName
    assert "PixelData" not in told.header


def test_the_application_is_told_again_of_what_is_sent_again(archive: Archive, tmp_path: Path) -> None:
    stored: list[StoredObject] = []
    for _ in range(2):
        assert answer_to(lambda: reception(archive, tmp_path), stored.append) == (0x0000, "")
    assert [told.result for told in stored] == [StoreResult.NEW, StoreResult.SAME]
    assert len(files(archive)) == 1


def test_other_bytes_are_answered_with_a_warning(archive: Archive, tmp_path: Path) -> None:
    answer_to(lambda: reception(archive, tmp_path))
    other = encoded(mammogram(), tmp_path).replace(b"MONOCHROME2 ", b"MONOCHROME1 ")
    status, comment = answer_to(lambda: reception(archive, tmp_path, other))
    assert status == 0xB000
    assert comment != ""
    assert len(files(archive)) == 2


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (OutOfResources("full"), 0xA700),
        (ArchiveError("the disk failed"), 0xA700),
        (ObjectMismatch("another object"), 0xA900),
        (UnsupportedSopClass("CT"), 0x0122),
        (InvalidUid("no UID"), 0xC000),
        (InvalidObject("damaged"), 0xC000),
        (ConversionError("not here"), 0xC000),
    ],
)
def test_every_error_has_its_status(error: DicomNodeError, status: int) -> None:
    assert status_of(error) == status


@pytest.mark.parametrize(
    ("error", "expected"),
    [(OutOfResources("the database is full"), 0xA700), (RuntimeError("DOE^JANE"), 0xC000)],
)
def test_failure_of_the_application_is_no_success(
    archive: Archive, tmp_path: Path, error: Exception, expected: int, caplog: pytest.LogCaptureFixture
) -> None:
    def on_stored(stored: StoredObject) -> None:
        raise error

    status, comment = answer_to(lambda: reception(archive, tmp_path), on_stored)
    assert status == expected
    assert "JANE" not in comment
    assert caplog.records[-1].levelno >= logging.WARNING


@pytest.mark.parametrize(("uid", "named"), [("1.2.3", "1.2.3"), ("DOE^JANE", "without a valid UID")])
def test_refusal_is_logged_with_the_uid_if_it_is_one(caplog: pytest.LogCaptureFixture, uid: str, named: str) -> None:
    def receive() -> Reception:
        raise InvalidObject("damaged")

    handle_store(receive, lambda stored: None, sender="'MODALITY'@127.0.0.1", sop_instance_uid=uid)
    assert f"'MODALITY'@127.0.0.1: {named}" in caplog.text.replace("an object ", "")
    assert "JANE" not in caplog.text


def test_comment_fits_its_attribute(archive: Archive, tmp_path: Path) -> None:
    def receive() -> Reception:
        raise InvalidObject("a sentence that says much more than an LO of sixty-four characters can hold")

    assert len(answer_to(receive)[1]) <= 64


def test_object_that_does_not_match_its_command_is_refused(archive: Archive, tmp_path: Path) -> None:
    assert answer_to(lambda: reception(archive, tmp_path, sop_instance_uid="1.2.3"))[0] == 0xA900
    assert files(archive) == []


def test_object_under_another_class_is_refused(archive: Archive, tmp_path: Path) -> None:
    assert answer_to(lambda: reception(archive, tmp_path, sop_class_uid="1.2.840.10008.5.1.4.1.1.2"))[0] == 0x0122
    assert files(archive) == []


def test_path_in_place_of_a_uid_is_refused(archive: Archive, tmp_path: Path) -> None:
    assert answer_to(lambda: reception(archive, tmp_path, sop_instance_uid="../../../../tmp/x"))[0] == 0xC000
    assert files(archive) == []


@pytest.mark.parametrize("content", [b"", b"\0" * 500, b"GET / HTTP/1.1\r\n\r\n"])
def test_rubbish_is_refused(archive: Archive, tmp_path: Path, content: bytes) -> None:
    assert answer_to(lambda: reception(archive, tmp_path, content))[0] in {0xA900, 0xC000}
    assert files(archive) == []


@pytest.mark.parametrize("missing", [1, 2, 1000, 64 * 48 * 2, 64 * 48 * 2 + 12])  # all pixels, and their tag
def test_truncated_object_is_refused(archive: Archive, tmp_path: Path, missing: int) -> None:
    content = encoded(mammogram(), tmp_path)[:-missing]
    assert answer_to(lambda: reception(archive, tmp_path, content))[0] == 0xC000
    assert files(archive) == []


def test_reserve_reached_during_the_transfer_gives_the_space_back(archive: Archive, tmp_path: Path) -> None:
    begun = reception(archive, tmp_path, b"")
    archive.reserve.reserve_bytes = 1 << 62
    begun.write([bytes(9 << 20)])
    assert files(archive) == []
    begun.write([bytes(9 << 20)])
    assert answer_to(lambda: begun)[0] == 0xA700
    archive.reserve.reserve_bytes = 0
    assert answer_to(lambda: reception(archive, tmp_path))[0] == 0x0000


def test_transfer_that_was_broken_off_cannot_be_finished(archive: Archive, tmp_path: Path) -> None:
    begun = reception(archive, tmp_path)
    begun.discard()
    begun.discard()
    assert files(archive) == []
    assert answer_to(lambda: begun)[0] == 0xC000


def test_finished_transfer_cannot_be_discarded(archive: Archive, tmp_path: Path) -> None:
    begun = reception(archive, tmp_path)
    assert answer_to(lambda: begun)[0] == 0x0000
    begun.discard()
    assert archive.find(mammogram().SOPInstanceUID).is_file()
