"""The uploaded bytes on their way in: into a file without a name, counted and hashed as they come.

Such a file is gone with the request, and with the process, however that ends. The client's name for it names no file;
it goes into the prediction log alone.
"""

import hashlib
import tempfile
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile

from dicom_node.incoming import DiskReserve, archive_error

FIELD = "image"


class Received(UploadedFile[bytes]):
    """The upload: an open file, the SHA-256 of its bytes, and what the client calls it."""

    def __init__(self, file: BinaryIO, size: int, sha256: str, client_name: str) -> None:
        super().__init__(file=file, name=FIELD, size=size)
        self.stream = file
        self.sha256 = sha256
        self.client_name = client_name


class Inbox(FileUploadHandler):
    """Takes the one file of the field ``image``; every other is read and thrown away."""

    chunk_size = 256 * 1024

    def __init__(self) -> None:
        super().__init__()
        self.files = 0
        self._file: BinaryIO | None = None
        self._digest = hashlib.sha256()

    def new_file(self, field_name: str, *args: Any, **kwargs: Any) -> None:
        """Open the file, if this is the wanted one."""
        super().new_file(field_name, *args, **kwargs)
        self.files += field_name == FIELD
        if field_name != FIELD or self.files > 1:
            raise SkipFile
        folder: Path = settings.NODE_RUN_DIR
        DiskReserve(settings.NODE_DATA_DIR, settings.NODE_DISK_RESERVE_BYTES).check()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115
        except OSError as error:
            raise archive_error(error) from error

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Write and hash."""
        assert self._file is not None
        self._digest.update(raw_data)
        try:
            self._file.write(raw_data)
        except OSError as error:
            raise archive_error(error) from error

    def file_complete(self, file_size: int) -> Received | None:
        """Hand the file over."""
        if self._file is None:
            return None
        file, self._file = self._file, None
        file.seek(0)
        return Received(file, file_size, self._digest.hexdigest(), self.file_name or "")

    def upload_interrupted(self) -> None:
        """Drop what has come."""
        if self._file is not None:
            self._file.close()
            self._file = None
