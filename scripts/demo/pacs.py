"""Plays the PACS: pushes studies by C-STORE, and receives the reports on a Storage SCP of its own."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from pydicom import dcmread
from pydicom.uid import UID, AllTransferSyntaxes
from pynetdicom import AE, AllStoragePresentationContexts, VerificationPresentationContexts, _config, evt
from pynetdicom.association import Association

from scripts.demo.studies import Picture, Study

# The node is sent the bytes that lie in the file, not a data set read and written anew.
_config.STORE_SEND_CHUNKED_DATASET = True
# What goes wrong reaches the screen as a sentence; pynetdicom's own log would say it twice.
logging.getLogger("pynetdicom").setLevel(logging.CRITICAL)

AE_TITLE = "DEMO_PACS"
_LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Refusal:
    """An image that the node did not take, and why."""

    picture: Picture
    reason: str


@dataclass(frozen=True)
class Report:
    """One object that came back."""

    study_instance_uid: str
    sop_class_uid: str
    sop_instance_uid: str
    path: Path


class Pacs:
    """The receiving half: a Storage SCP that keeps every report under `folder`."""

    def __init__(self, folder: Path, ae_title: str = AE_TITLE) -> None:
        self.folder = folder
        self._slugs: dict[str, str] = {}
        self._reports: dict[str, Report] = {}
        self._news = threading.Condition()
        folder.mkdir(parents=True, exist_ok=True)
        entity = AE(ae_title)
        entity.require_called_aet = True
        entity.supported_contexts = VerificationPresentationContexts
        for context in AllStoragePresentationContexts:
            entity.add_supported_context(str(context.abstract_syntax), AllTransferSyntaxes)
        server = entity.start_server((_LOOPBACK, 0), block=False, evt_handlers=[(evt.EVT_C_STORE, self._store)])
        assert server is not None, "start_server returns None only when it blocks"
        self._server = server
        self.port = int(server.server_address[1])

    def __enter__(self) -> Pacs:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()

    def expect(self, studies: Iterable[Study]) -> None:
        """Name the files of the coming reports after the studies they belong to."""
        self._slugs.update((study.study_instance_uid, study.slug) for study in studies)

    def reports(self, study_instance_uid: str) -> tuple[Report, ...]:
        """Return what has come back for a study, oldest first."""
        with self._news:
            return tuple(r for r in self._reports.values() if r.study_instance_uid == study_instance_uid)

    def wait_for_news(self, seconds: float) -> None:
        """Return as soon as another report has come, and after `seconds` at the latest."""
        with self._news:
            self._news.wait(seconds)

    def _store(self, event: evt.Event) -> int:
        """Keep the object and answer 0000; the bytes of the data set are written as they came."""
        sop_instance_uid = UID(event.file_meta.MediaStorageSOPInstanceUID)
        if not sop_instance_uid.is_valid:
            return 0x0117
        incoming = self.folder / f"{sop_instance_uid}.part"
        incoming.write_bytes(event.encoded_dataset())
        header = dcmread(incoming, stop_before_pixels=True)
        study = str(header.StudyInstanceUID)
        with self._news:
            known = self._reports.get(sop_instance_uid)
            path = known.path if known else self._new_path(study, UID(header.SOPClassUID))
            incoming.replace(path)
            self._reports[sop_instance_uid] = Report(study, str(header.SOPClassUID), sop_instance_uid, path)
            self._news.notify_all()
        return 0x0000

    def _new_path(self, study_instance_uid: str, sop_class: UID) -> Path:
        slug = self._slugs.get(study_instance_uid, "unexpected")
        kind = sop_class.name.removesuffix(" Storage").lower().replace(" ", "-")
        for number in range(1, len(self._reports) + 2):
            path = self.folder / (f"{slug}.{kind}.dcm" if number == 1 else f"{slug}.{kind}-{number}.dcm")
            if not path.exists():
                return path
        raise AssertionError("one of n + 1 names is free when there are n reports")


def push(study: Study, port: int, called_ae_title: str) -> Iterator[Refusal | None]:
    """Push a study on one association; yield None for each image that was taken, else why it was not.

    Each image goes in the transfer syntax of its file.
    """
    association = _associate(study, port, called_ae_title)
    if association is None:
        yield from (Refusal(picture, "the node refused the association") for picture in study.pictures)
        return
    try:
        for picture in study.pictures:
            reason = _send(picture, association)
            yield None if reason is None else Refusal(picture, reason)
    finally:
        if association.is_established:
            association.release()


def echo(port: int, called_ae_title: str) -> bool:
    """Return whether a node answers C-ECHO with 0000."""
    entity = AE(AE_TITLE)
    entity.requested_contexts = VerificationPresentationContexts
    association = entity.associate(_LOOPBACK, port, ae_title=called_ae_title)
    if not association.is_established:
        return False
    status = association.send_c_echo()
    association.release()
    return bool(status.get("Status") == 0x0000)


def _associate(study: Study, port: int, called_ae_title: str) -> Association | None:
    entity = AE(AE_TITLE)
    for sop_class, syntax in sorted({(p.sop_class_uid, p.transfer_syntax_uid) for p in study.pictures})[:128]:
        entity.add_requested_context(sop_class, syntax)
    association = entity.associate(_LOOPBACK, port, ae_title=called_ae_title)
    # Where no context was accepted the requestor aborts: the contexts are then what there is to name.
    return association if association.is_established or association.rejected_contexts else None


def _send(picture: Picture, association: Association) -> str | None:
    accepted = {(c.abstract_syntax, c.transfer_syntax[0]) for c in association.accepted_contexts}
    if (picture.sop_class_uid, picture.transfer_syntax_uid) not in accepted:
        kind, syntax = UID(picture.sop_class_uid).name, UID(picture.transfer_syntax_uid).name
        return f"the node does not take {kind} in {syntax}"
    if not association.is_established:
        return "the association ended"
    status = association.send_c_store(picture.path)
    if "Status" not in status:
        return "the node did not answer"
    code = int(status.Status)
    # Warnings (Bxxx) mean stored, with a remark (PS3.4 B.2.3).
    if code == 0x0000 or code & 0xF000 == 0xB000:
        return None
    return f"refused with status {code:04X} {status.get('ErrorComment', '')}".rstrip()
