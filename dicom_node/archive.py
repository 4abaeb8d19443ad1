"""Durable, idempotent store of Part 10 files, keyed by SOP Instance UID.

::

    root/objects/<a>/<b>/<uid>.dcm    the object in force; a and b are hexadecimal digits from a hash of the UID
    root/incoming/*.part              on its way in; locked by its writer, swept away when orphaned
    root/conflicts/<uid>/<n>.dcm      newcomers under a known UID with other bytes

The 256 folders for objects are made when the archive is first opened, so storing an object synchronises one file and
one folder, and no more. A file appears under ``objects`` or ``conflicts`` in one step, complete and already on
disk, and its folder is on disk before `Archive.keep` returns. No file there is ever replaced. Several processes
may share one archive.

**The same UID again.** The data set and its transfer syntax decide, not the file's meta information. The same
bytes: nothing happens. Other bytes: the first object stays in force, the newcomer is kept aside under
``conflicts`` (once, however often it is sent), and the sender is told by the warning B000. So nothing stored
is lost, and no object changes under those who have read it.
"""

import hashlib
import logging
import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path

from pydicom.dataset import Dataset

from dicom_node.errors import ArchiveError, ObjectNotFound, OutOfResources
from dicom_node.incoming import DiskReserve, IncomingFile, archive_error, sweep
from dicom_node.part10 import same_data_set
from dicom_node.validation import validate_uid

LOGGER = logging.getLogger(__name__)

_HEXADECIMAL_DIGITS = "0123456789abcdef"


class StoreResult(Enum):
    """What became of an object."""

    NEW = "new"
    """It is in force."""

    SAME = "same"
    """Identical bytes were in force before; nothing happened."""

    CONFLICT = "conflict"
    """Other bytes are in force under its UID; it was kept aside."""


@dataclass(frozen=True)
class StoredObject:
    """An object that is on disk.

    Parameters
    ----------
    sop_instance_uid, sop_class_uid, transfer_syntax_uid : str
    study_instance_uid, series_instance_uid : str
    path : Path
        Absolute, a Part 10 file: the object in force, or for a CONFLICT the newcomer kept aside.
    size_bytes : int
        Of the file.
    calling_ae_title, calling_address : str
        Who sent it.
    received_at : datetime
        Aware, UTC: when the last byte was on disk.
    receive_ms : float
        From the first P-DATA of its command to the durable file, milliseconds.
    result : StoreResult
    header : Dataset
        Everything before Pixel Data, without it.
    move_originator_ae_title : str
        Who asked for it by C-MOVE, as the C-STORE command says (PS3.7 9.1.1.1.6); empty where nobody did.
    """

    sop_instance_uid: str
    sop_class_uid: str
    transfer_syntax_uid: str
    study_instance_uid: str
    series_instance_uid: str
    path: Path
    size_bytes: int
    calling_ae_title: str
    calling_address: str
    received_at: datetime
    receive_ms: float
    result: StoreResult
    header: Dataset
    move_originator_ae_title: str = ""


class Archive:
    """The archive under one root folder, which is created where it is missing.

    Parameters
    ----------
    root : Path
        On a local file system with hard links.
    disk_reserve_bytes : int
        Free space that storing leaves untouched.

    Raises
    ------
    ArchiveError
        If the folders cannot be created.
    """

    def __init__(self, root: Path, disk_reserve_bytes: int) -> None:
        self.root = root.absolute()
        self.reserve = DiskReserve(self.root, disk_reserve_bytes)
        self._objects = self.root / "objects"
        self._incoming = self.root / "incoming"
        self._conflicts = self.root / "conflicts"
        try:
            if not self._incoming.is_dir():  # it is made last, so the others are there, and durable, where it is
                self._make_folders()
        except OSError as error:
            raise archive_error(error) from error

    def prepare(self) -> int:
        """Prove that files can be stored here, mend the folders, and remove what a crash left half-way.

        Returns
        -------
        int
            How many orphaned files were removed.

        Raises
        ------
        ArchiveError
            If a file cannot be written, linked and synchronised here.
        """
        try:
            self._make_folders()
            with suppress(OutOfResources):  # no reason not to start: each C-STORE is told so until there is space
                self._probe()
            return sweep(self._incoming)
        except OSError as error:
            raise ArchiveError(
                f"the archive needs a disk with hard links and file locks, and this one says: {error.strerror}"
            ) from error

    def path_of(self, sop_instance_uid: str) -> Path:
        """Return where the object in force lies, or would lie.

        Parameters
        ----------
        sop_instance_uid : str

        Returns
        -------
        Path
            Absolute, always below the archive's root.

        Raises
        ------
        InvalidUid
            If this is not a UID.
        """
        uid = validate_uid(sop_instance_uid, "SOP Instance UID")
        digest = hashlib.sha256(uid.encode("ascii")).hexdigest()
        return self._objects / digest[0] / digest[1] / f"{uid}.dcm"

    def find(self, sop_instance_uid: str) -> Path:
        """Return where the object in force lies.

        Parameters
        ----------
        sop_instance_uid : str

        Returns
        -------
        Path

        Raises
        ------
        InvalidUid
            If this is not a UID.
        ObjectNotFound
            If there is none.
        """
        path = self.path_of(sop_instance_uid)
        if not path.is_file():
            raise ObjectNotFound(f"no object {sop_instance_uid} is stored")
        return path

    def new_file(self) -> IncomingFile:
        """Return a new file on its way in, to be given to `keep` or discarded.

        Returns
        -------
        IncomingFile

        Raises
        ------
        OutOfResources
            If the disk reserve is reached.
        ArchiveError
            If the file cannot be created.
        """
        return IncomingFile(self._incoming, self.reserve)

    def keep(self, incoming: IncomingFile, sop_instance_uid: str) -> tuple[StoreResult, Path]:
        """Make a complete file the object in force, or treat it as the module's docstring says.

        Parameters
        ----------
        incoming : IncomingFile
            A complete Part 10 file. It is discarded in any case.
        sop_instance_uid : str
            Its SOP Instance UID.

        Returns
        -------
        result : StoreResult
        path : Path
            Where these very bytes now lie, durably.

        Raises
        ------
        InvalidUid
            If this is not a UID.
        OutOfResources, ArchiveError
            If the disk is full or fails; nothing acknowledged may be claimed then.
        """
        try:
            path = self.path_of(sop_instance_uid)
            if not path.exists():
                incoming.sync()
                with suppress(FileExistsError):
                    os.link(incoming.path, path)  # as atomic as a rename, and it never replaces
                    incoming.discard()
                    _sync_folder(path.parent)
                    return StoreResult.NEW, path
            _sync_folder(path.parent)  # another process may have linked it just now
            if same_data_set(path, incoming.path):
                return StoreResult.SAME, path
            return StoreResult.CONFLICT, self._keep_aside(incoming, sop_instance_uid)
        except OSError as error:
            raise archive_error(error) from error
        finally:
            incoming.discard()

    def store_bytes(self, sop_instance_uid: str, part10: bytes) -> Path:
        """Store a Part 10 file made by this node.

        Parameters
        ----------
        sop_instance_uid : str
        part10 : bytes
            The whole file.

        Returns
        -------
        Path
            The object in force: this one, or the one that was stored first under this UID.

        Raises
        ------
        InvalidUid, OutOfResources, ArchiveError
            As `keep`.
        """
        incoming = self.new_file()
        try:
            incoming.write([part10])
            result, _ = self.keep(incoming, sop_instance_uid)
        finally:
            incoming.discard()
        if result is StoreResult.CONFLICT:
            LOGGER.warning("%s was stored before with other bytes: the first stays in force", sop_instance_uid)
        return self.path_of(sop_instance_uid)

    def _probe(self) -> None:
        probe = IncomingFile(self._incoming, DiskReserve(self.root, 0))
        linked = probe.path.with_suffix(".probe.part")
        try:
            probe.write([b"probe"])
            probe.sync()
            os.link(probe.path, linked)
            linked.unlink()
            _sync_folder(self._incoming)
        finally:
            probe.discard()

    def _make_folders(self) -> None:
        for first in _HEXADECIMAL_DIGITS:
            for second in _HEXADECIMAL_DIGITS:
                (self._objects / first / second).mkdir(parents=True, exist_ok=True)
            _sync_folder(self._objects / first)
        _sync_folder(self._objects)
        self._conflicts.mkdir(exist_ok=True)
        _sync_folder(self.root)
        self._incoming.mkdir(exist_ok=True)
        _sync_folder(self.root)

    def _keep_aside(self, incoming: IncomingFile, sop_instance_uid: str) -> Path:
        folder = self._conflicts / sop_instance_uid
        folder.mkdir(exist_ok=True)
        incoming.sync()
        number = 1
        while True:
            path = folder / f"{number}.dcm"
            try:
                if not path.exists():
                    os.link(incoming.path, path)
                elif not same_data_set(path, incoming.path):
                    number += 1
                    continue
            except FileExistsError:
                continue  # someone else took this number: compare with it
            _sync_folder(folder)
            _sync_folder(self._conflicts)
            return path


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
