"""A file on its way into the archive: written beside it, and gone again unless the archive keeps it.

Each file is locked by its writer for as long as it is open. The lock ends with the process, however that ends,
so what a crash left behind can be told from what another process is writing just now.
"""

import ctypes
import errno
import fcntl
import logging
import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from dicom_node.errors import ArchiveError, OutOfResources

LOGGER = logging.getLogger(__name__)

_STEP_BYTES = 8 * 1024 * 1024  # so often the space is checked, and writing to the disk begins
_MAXIMUM_PARTS = 512  # well under the system's IOV_MAX
_SYNC_FILE_RANGE_WRITE = 2
_SYNC_FILE_RANGE = getattr(ctypes.CDLL(None), "sync_file_range", None)  # Linux only, and not in module os
if _SYNC_FILE_RANGE is not None:
    _SYNC_FILE_RANGE.argtypes = [ctypes.c_int, ctypes.c_int64, ctypes.c_int64, ctypes.c_uint]
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class DiskReserve:
    """The free space that receiving leaves untouched.

    Parameters
    ----------
    folder : Path
        Any folder on the file system in question.
    reserve_bytes : int
        Bytes that stay free. May be changed at any time.
    """

    def __init__(self, folder: Path, reserve_bytes: int) -> None:
        self._folder = folder
        self.reserve_bytes = reserve_bytes

    def check(self) -> None:
        """Raise when the reserve is reached.

        Raises
        ------
        OutOfResources
            If no more than the reserve is free for this user.
        """
        disk = os.statvfs(self._folder)
        if disk.f_bavail * disk.f_frsize <= self.reserve_bytes:
            raise OutOfResources("the archive's disk reserve is reached")


class IncomingFile:
    """A new, locked, empty file.

    Parameters
    ----------
    folder : Path
        Where to create it; on the archive's file system.
    reserve : DiskReserve
        Checked now, and again while the file grows.

    Raises
    ------
    OutOfResources
        If the disk reserve is reached.
    ArchiveError
        If the file cannot be created.
    """

    def __init__(self, folder: Path, reserve: DiskReserve) -> None:
        self._reserve = reserve
        reserve.check()
        self.size_bytes = 0
        self._begun_bytes = 0
        try:
            self.path, self._descriptor = _create_locked(folder)
        except OSError as error:
            raise archive_error(error) from error

    def fileno(self) -> int:
        """Return the descriptor, open for reading and writing, -1 once discarded."""
        return self._descriptor

    def write(self, parts: Sequence[bytes | memoryview]) -> None:
        """Append `parts`, in order.

        Parameters
        ----------
        parts : sequence of bytes or memoryview
            Not kept after the call.

        Raises
        ------
        OutOfResources
            If the disk reserve is reached or the disk is full.
        ArchiveError
            If the disk fails.
        """
        try:
            for first in range(0, len(parts), _MAXIMUM_PARTS):
                self._write_all(parts[first : first + _MAXIMUM_PARTS])
        except OSError as error:
            raise archive_error(error) from error
        if self.size_bytes - self._begun_bytes >= _STEP_BYTES:
            _begin_writing(self._descriptor, self._begun_bytes, self.size_bytes - self._begun_bytes)
            self._begun_bytes = self.size_bytes
            self._reserve.check()

    def sync(self) -> None:
        """Bring every byte to the disk.

        Raises
        ------
        OSError
            If the disk fails.
        """
        os.fsync(self._descriptor)

    def discard(self) -> None:
        """Remove the file's name here and close it. Doing so twice does no harm."""
        if self._descriptor < 0:
            return
        descriptor, self._descriptor = self._descriptor, -1
        try:
            self.path.unlink(missing_ok=True)
        except OSError as error:
            LOGGER.warning("cannot remove %s: %s", self.path.name, error.strerror)
        finally:
            os.close(descriptor)

    def _write_all(self, parts: Sequence[bytes | memoryview]) -> None:
        expected = sum(map(len, parts))
        written = os.writev(self._descriptor, parts)
        self.size_bytes += written
        if written < expected:
            rest = memoryview(b"".join(parts))[written:]
            while rest:
                written = os.write(self._descriptor, rest)
                self.size_bytes += written
                rest = rest[written:]


def archive_error(error: OSError) -> ArchiveError:
    """Return what a failed file operation means for the sender.

    Parameters
    ----------
    error : OSError
        From any operation in the archive.

    Returns
    -------
    ArchiveError
        `OutOfResources` where the disk or the quota is full.
    """
    if error.errno in _FULL:
        return OutOfResources("the archive's disk is full")
    return ArchiveError(f"the archive's disk failed: {error.strerror}")


def sweep(folder: Path) -> int:
    """Remove files that no living process is writing.

    Parameters
    ----------
    folder : Path
        Where `IncomingFile` creates its files.

    Returns
    -------
    int
        How many were removed.
    """
    removed = 0
    for path in folder.glob("*.part"):
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink(missing_ok=True)
            removed += 1
        except BlockingIOError:
            continue
        finally:
            os.close(descriptor)
    return removed


def _begin_writing(descriptor: int, offset: int, size: int) -> None:
    """Let the disk work while more is received. It promises nothing: `IncomingFile.sync` does, and has less to do."""
    if _SYNC_FILE_RANGE is not None:
        _SYNC_FILE_RANGE(descriptor, offset, size, _SYNC_FILE_RANGE_WRITE)


def _create_locked(folder: Path) -> tuple[Path, int]:
    while True:
        path = folder / f"{os.getpid()}-{secrets.token_hex(8)}.part"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)  # a sweep came between: it removes the file
            continue
        except OSError:
            os.close(descriptor)
            path.unlink()
            raise
        if os.fstat(descriptor).st_nlink == 1:
            return path, descriptor
        os.close(descriptor)
