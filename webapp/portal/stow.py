"""STOW-RS: objects over HTTP, through the same door as C-STORE (PS3.18 10.5).

A body is first read to its last delimiter, into a file without a name; only then its objects go in, one after the
other, each durable before it is said to be stored. So a broken transfer leaves nothing behind.
"""

import logging
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from django.conf import settings
from django.contrib.auth.models import User
from django.db import Error as DatabaseError
from pydicom.dataset import Dataset

from dicom_node.archive import Archive, StoredObject, StoreResult
from dicom_node.contexts import IMAGE_TRANSFER_SYNTAXES
from dicom_node.errors import DicomNodeError, InvalidObject, InvalidUid, OutOfResources
from dicom_node.handlers import status_of
from dicom_node.incoming import DiskReserve, archive_error
from dicom_node.part10 import FileMeta, read_meta
from dicom_node.reception import Reception, StoreRequest
from dicom_node.status import Status
from dicom_node.validation import validate_uid
from webapp.portal import multipart_reader
from webapp.portal.multipart_reader import CHUNK_BYTES, SpooledPart
from webapp.studies import audit_dicom, dispatch, intake, selectors

_log = logging.getLogger(__name__)

CALLING_AE_TITLE: Final = "HTTP-STOW"
_DICOM: Final = "application/dicom"
# PS3.18 Table I.2-2, and PS3.7 C.5.19 and C.5.23
PROCESSING_FAILURE: Final = 0x0110
NOT_AUTHORIZED: Final = 0x0124
OTHER_STUDY: Final = 0xA901
UNSUPPORTED_TRANSFER_SYNTAX: Final = 0xC122


class _Refused(InvalidObject):
    """This door refuses what the archive would take."""

    def __init__(self, reason: int, text: str) -> None:
        super().__init__(text)
        self.reason = reason


@dataclass(frozen=True)
class Outcome:
    """What became of one part. Without a failure it is stored."""

    sop_class_uid: str = ""
    sop_instance_uid: str = ""
    failure: int | None = None
    warning: int | None = None
    # study, series and instance under which it can be asked for
    place: tuple[str, str, str] | None = None


@dataclass(frozen=True)
class Sender:
    """Who stores, from where, and the one study that the address names, if it does."""

    user: User
    address: str
    study_instance_uid: str | None = None


def receive(read: Callable[[int], bytes], boundary: str, sender: Sender) -> list[Outcome]:
    """Read a whole body and store its objects.

    Raises
    ------
    MultipartError, TooLargeError
        If the body is no good; nothing is stored then.
    ArchiveError
        If the disk is full or fails before anything is stored.
    """
    with _Spool() as spool:
        parts = multipart_reader.spool(read, boundary, spool, settings.NODE_STOW_BYTES_LIMIT)
        outcomes = [_store(spool.file, part, sender) for part in parts]
    stored: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for outcome in outcomes:
        if outcome.place is not None:
            stored[outcome.place[0]][outcome.sop_class_uid] += 1
    audit_dicom.note_stored(stored)
    try:
        dispatch.association_closed(set(stored))
    except DatabaseError:
        _log.exception("completion waits for the clock: the database does not answer")
    return outcomes


class _Spool:
    """A file without a name that leaves the disk its reserve; gone with the request, and with the process."""

    _STEP_BYTES: Final = 8 * 1024 * 1024

    def __init__(self) -> None:
        folder: Path = settings.NODE_RUN_DIR
        self._reserve = DiskReserve(settings.NODE_DATA_DIR, settings.NODE_DISK_RESERVE_BYTES)
        self._until_check = 0
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self.file: BinaryIO = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115
        except OSError as error:
            raise archive_error(error) from error

    def __enter__(self) -> "_Spool":
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def write(self, data: bytes, /) -> int:
        """Append."""
        self._until_check -= len(data)
        if self._until_check < 0:
            self._reserve.check()
            self._until_check = self._STEP_BYTES
        try:
            return self.file.write(data)
        except OSError as error:
            raise archive_error(error) from error


def _store(file: BinaryIO, part: SpooledPart, sender: Sender) -> Outcome:
    meta: FileMeta | None = None
    try:
        file.seek(part.offset)
        meta = _read_meta(file, part)
        stored = _archive(file, part, meta, sender)
        return _record(stored, sender)
    except DicomNodeError as error:
        reason = error.reason if isinstance(error, _Refused) else int(status_of(error))
        _log.warning("%s refuses an object of %s: %s", CALLING_AE_TITLE, sender.address, error)
    except Exception:
        _log.exception("an object of %s could not be stored", sender.address)
        reason = PROCESSING_FAILURE
    return Outcome(*_named(meta), failure=reason)


def _read_meta(file: BinaryIO, part: SpooledPart) -> FileMeta:
    kind = part.headers.get("content-type", _DICOM).partition(";")[0].strip().lower()
    if kind != _DICOM:
        raise InvalidObject(f"a part is not of type {_DICOM}")
    if part.headers.get("content-transfer-encoding", "binary").lower() not in {"binary", "8bit"}:
        raise InvalidObject("a part has a transfer encoding")
    return read_meta(file)


def _archive(file: BinaryIO, part: SpooledPart, meta: FileMeta, sender: Sender) -> StoredObject:
    if meta.transfer_syntax_uid not in IMAGE_TRANSFER_SYNTAXES:
        raise _Refused(UNSUPPORTED_TRANSFER_SYNTAX, "the transfer syntax is not supported")

    def admit(study_instance_uid: str) -> None:
        if sender.study_instance_uid not in {None, study_instance_uid}:
            raise _Refused(OTHER_STUDY, "the object belongs to another study than the address names")
        if not selectors.may_add_to(sender.user, study_instance_uid, meta.sop_instance_uid):
            raise _Refused(NOT_AUTHORIZED, "the object belongs to a study that is not the sender's to see")

    archive = Archive(settings.NODE_ARCHIVE_DIR, settings.NODE_DISK_RESERVE_BYTES)
    request = StoreRequest(
        sop_class_uid=meta.sop_class_uid,
        sop_instance_uid=meta.sop_instance_uid,
        abstract_syntax=meta.sop_class_uid,
        transfer_syntax_uid=meta.transfer_syntax_uid,
        calling_ae_title=CALLING_AE_TITLE,
        calling_address=sender.address,
    )
    reception = Reception(archive, request, settings.NODE_DICOM_OBJECT_BYTES_LIMIT, admit)
    try:
        rest = part.size_bytes - meta.data_set_offset
        file.seek(part.offset + meta.data_set_offset)
        while rest > 0 and (data := file.read(min(rest, CHUNK_BYTES))):
            reception.write([data])
            rest -= len(data)
        return reception.finish()
    finally:
        reception.discard()


def _record(stored: StoredObject, sender: Sender) -> Outcome:
    try:
        row = intake.record(stored, sender.user)
        place = None
        if row is not None:
            place = (row.study.study_instance_uid, row.series_instance_uid, row.sop_instance_uid)
    except DatabaseError as error:
        _log.exception("rows of %s cannot be written", stored.sop_instance_uid)
        raise OutOfResources("the database does not answer") from error
    warning = Status.COERCION_OF_DATA_ELEMENTS if stored.result is StoreResult.CONFLICT else None
    return Outcome(stored.sop_class_uid, stored.sop_instance_uid, None, warning, place)


def _named(meta: FileMeta | None) -> tuple[str, str]:
    """Return what a refused object calls itself, where both names are UIDs."""
    try:
        return ("", "") if meta is None else (validate_uid(meta.sop_class_uid), validate_uid(meta.sop_instance_uid))
    except InvalidUid:
        return "", ""


def response(outcomes: Sequence[Outcome], base_url: str) -> dict[str, Any]:
    """Return the Store Instances Response Module in DICOM JSON (PS3.18 Table I.2-1)."""
    answer = Dataset()
    studies = {outcome.place[0] for outcome in outcomes if outcome.place is not None}
    answer.RetrieveURL = f"{base_url}/studies/{studies.pop()}" if len(studies) == 1 else ""
    stored = [outcome for outcome in outcomes if outcome.failure is None]
    failed = [outcome for outcome in outcomes if outcome.failure is not None and outcome.sop_instance_uid]
    others = [outcome for outcome in outcomes if outcome.failure is not None and not outcome.sop_instance_uid]
    for keyword, chosen in (
        ("FailedSOPSequence", failed),
        ("ReferencedSOPSequence", stored),
        ("OtherFailuresSequence", others),
    ):
        if chosen:
            setattr(answer, keyword, _items(chosen, base_url))
    found: dict[str, Any] = answer.to_json_dict()
    return found


def _items(outcomes: Iterable[Outcome], base_url: str) -> list[Dataset]:
    items = []
    for outcome in outcomes:
        item = Dataset()
        if outcome.sop_instance_uid:
            item.ReferencedSOPClassUID = outcome.sop_class_uid
            item.ReferencedSOPInstanceUID = outcome.sop_instance_uid
        if outcome.place is not None:
            study, series, instance = outcome.place
            item.RetrieveURL = f"{base_url}/studies/{study}/series/{series}/instances/{instance}"
        if outcome.warning is not None:
            item.WarningReason = int(outcome.warning)
        if outcome.failure is not None:
            item.FailureReason = outcome.failure
        items.append(item)
    return items
