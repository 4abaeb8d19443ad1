"""A receiving node for tests, with what it told the application, and objects to send to it."""

import queue
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydicom.dataset import FileDataset
from pynetdicom import AE
from pynetdicom.association import Association

from dicom_node import scp
from dicom_node.archive import Archive, StoredObject
from dicom_node.part10 import read_file_meta
from tests import synthetic

AE_TITLE = "MAMMONODE"
SECONDS = 20.0
"""How long a test waits for what must happen; it fails then."""


@dataclass
class Receiver:
    """A running SCP and what it told."""

    archive: Archive
    stored: list[StoredObject] = field(default_factory=list)
    closed: "queue.SimpleQueue[frozenset[str]]" = field(default_factory=queue.SimpleQueue)
    running: scp.RunningScp | None = None

    @property
    def port(self) -> int:
        assert self.running is not None
        return self.running.port

    def stop(self, drain_seconds: float = 0.0) -> None:
        """Stop it now; the end of the test stops it again, which does no harm."""
        assert self.running is not None
        self.running.stop(drain_seconds)

    def files(self) -> list[Path]:
        """Return every file in the archive, of whatever kind."""
        return sorted(path for path in self.archive.root.rglob("*") if path.is_file())

    def next_closed(self) -> frozenset[str]:
        """Wait for the end of an association that touched a study."""
        return self.closed.get(timeout=SECONDS)


@contextmanager
def receiver(
    folder: Path,
    *,
    fast: bool = True,
    is_allowed: Callable[[str, str], bool] = lambda ae_title, address: True,
    on_stored: Callable[[StoredObject], None] | None = None,
    port: int = 0,
    disk_reserve_bytes: int = 0,
    **options: Any,
) -> Iterator[Receiver]:
    """Run an SCP with its archive in `folder`."""
    archive = Archive(folder, disk_reserve_bytes)
    node = Receiver(archive)
    node.running = scp.start(
        scp.ScpSettings(ae_title=AE_TITLE, bind="127.0.0.1", port=port, archive=archive, fast=fast, **options),
        on_stored=on_stored or node.stored.append,
        on_association_closed=node.closed.put,
        is_allowed=is_allowed,
    )
    assert node.running.is_fast is fast
    try:
        yield node
    finally:
        node.running.stop(0.0)


def mammogram(seed: int = 1, **options: Any) -> FileDataset:
    """Return a small MG For Presentation object."""
    return synthetic.make_mg(seed=seed, rows=64, columns=48, **options)


def encoded(image: FileDataset, folder: Path) -> bytes:
    """Return the encoded data set of an object, without File Meta Information."""
    path = synthetic.write(image, folder / f"{image.SOPInstanceUID}.dcm")
    return data_set_of(path)


def data_set_of(path: Path) -> bytes:
    """Return the encoded data set of a Part 10 file."""
    with path.open("rb") as file:
        _, offset = read_file_meta(file)
        file.seek(offset)
        return file.read()


@contextmanager
def association(
    port: int, *images: FileDataset, called: str = AE_TITLE, calling: str = "MODALITY"
) -> Iterator[Association]:
    """Open an association with a context for each of `images`, and release it afterwards."""
    ae = AE(calling)
    ae.add_requested_context("1.2.840.10008.1.1")
    for image in images:
        ae.add_requested_context(image.SOPClassUID, image.file_meta.TransferSyntaxUID)
    opened = ae.associate("127.0.0.1", port, ae_title=called)
    try:
        yield opened
    finally:
        if opened.is_established:
            opened.release()
