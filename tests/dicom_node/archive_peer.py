"""A played PACS that answers C-FIND and C-MOVE from objects in memory, as far as it is told to."""

import contextlib
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pydicom.dataset import Dataset
from pynetdicom import AE, build_context, evt
from pynetdicom.sop_class import (  # type: ignore[attr-defined]
    StudyRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelMove,
)

from dicom_node.requestor import Peer
from tests.journey.ports import LOOPBACK

AE_TITLE = "PACS"


@dataclass
class ArchivePeer:
    """What it holds, where the node listens, and how it misbehaves."""

    objects: list[Dataset]
    node_port: int
    peer: Peer | None = None
    find_status: int = 0x0000
    ignores_keys: bool = False
    counts: bool = True
    withholds: set[str] = field(default_factory=set)
    move_status: int | None = None
    aborts_after: int | None = None
    moved_series: list[str] = field(default_factory=list)
    queries: list[Dataset] = field(default_factory=list)

    def find(self, event: Any) -> Iterator[tuple[int, Dataset | None]]:
        """Answer C-FIND."""
        query = event.identifier
        self.queries.append(query)
        if self.find_status:
            yield self.find_status, None
            return
        seen = set()
        for held in self.objects:
            row = self._row(held, query.QueryRetrieveLevel)
            key = (row.StudyInstanceUID, row.get("SeriesInstanceUID"))
            if key not in seen and (self.ignores_keys or _matches(query, held)):
                seen.add(key)
                yield 0xFF00, row

    def _row(self, held: Dataset, level: str) -> Dataset:
        row = Dataset()
        row.QueryRetrieveLevel = level
        row.StudyInstanceUID = held.StudyInstanceUID
        row.PatientID, row.StudyDate = held.PatientID, held.StudyDate
        if level == "SERIES":
            row.SeriesInstanceUID, row.Modality = held.SeriesInstanceUID, held.Modality
            if self.counts:
                same = [one for one in self.objects if one.SeriesInstanceUID == held.SeriesInstanceUID]
                row.NumberOfSeriesRelatedInstances = len(same)
        return row

    def move(self, event: Any) -> Iterator[Any]:
        """Answer C-MOVE."""
        query = event.identifier
        self.moved_series.append(query.SeriesInstanceUID)
        held = [one for one in self.objects if one.SeriesInstanceUID == query.SeriesInstanceUID]
        contexts = [build_context(one.SOPClassUID, one.file_meta.TransferSyntaxUID) for one in held[:1]]
        yield LOOPBACK, self.node_port, {"contexts": contexts}
        yield len(held)
        if self.move_status is not None:
            yield self.move_status, None
            return
        for number, one in enumerate(held):
            if number == self.aborts_after:
                event.assoc.abort()
                return
            if one.SOPInstanceUID in self.withholds:
                without_class = Dataset()
                without_class.PatientID = "nobody"
                yield 0xFF00, without_class  # an object that cannot be sent
            else:
                yield 0xFF00, one


def _matches(query: Dataset, held: Dataset) -> bool:
    if query.QueryRetrieveLevel == "SERIES":
        return bool(held.StudyInstanceUID == query.StudyInstanceUID and held.Modality == query.Modality)
    first, _, last = query.StudyDate.partition("-")
    return bool(held.PatientID == query.PatientID and first <= held.StudyDate <= last)


@contextlib.contextmanager
def archive_peer(
    objects: list[Dataset], node_port: int, *, tls: ssl.SSLContext | None = None, **told: Any
) -> Iterator[ArchivePeer]:
    """Run the peer for the time of the block; it speaks TLS alone where `tls` is given."""
    played = ArchivePeer(objects, node_port, **told)
    entity = AE(ae_title=AE_TITLE)
    entity.add_supported_context(StudyRootQueryRetrieveInformationModelFind)
    entity.add_supported_context(StudyRootQueryRetrieveInformationModelMove)
    handlers: list[evt.EventHandlerType] = [(evt.EVT_C_FIND, played.find), (evt.EVT_C_MOVE, played.move)]
    server = entity.start_server((LOOPBACK, 0), block=False, evt_handlers=handlers, ssl_context=tls)
    assert server is not None
    played.peer = Peer(AE_TITLE, LOOPBACK, server.server_address[1])
    try:
        yield played
    finally:
        server.shutdown()
