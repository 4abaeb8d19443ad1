"""A PACS played by the tests: it receives reports, and is down, full or hostile on demand."""

import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from pydicom.dataset import Dataset
from pynetdicom import AE, evt
from pynetdicom.sop_class import (  # type: ignore[attr-defined]
    Comprehensive3DSRStorage,
    ComprehensiveSRStorage,
    EncapsulatedPDFStorage,
    EnhancedSRStorage,
    GrayscaleSoftcopyPresentationStateStorage,
    MammographyCADSRStorage,
    SecondaryCaptureImageStorage,
    Verification,
)

from tests.journey.ports import LOOPBACK, free_port

REPORT_CLASSES = (
    Comprehensive3DSRStorage,
    ComprehensiveSRStorage,
    EnhancedSRStorage,
    MammographyCADSRStorage,
    SecondaryCaptureImageStorage,
    GrayscaleSoftcopyPresentationStateStorage,
    EncapsulatedPDFStorage,
)


@dataclass(frozen=True)
class Arrival:
    """A report as it came in, on the clock of ``time.perf_counter``."""

    dataset: Dataset
    at_seconds: float


class PlayingPacs:
    """A storage SCP for reports, and what stands beside them, on one port, kept over stop and start."""

    def __init__(self, ae_title: str = "PACS") -> None:
        self.ae_title = ae_title
        self.port = free_port()
        self.report_classes: tuple[str, ...] = REPORT_CLASSES
        self.answer: Callable[[Dataset], int] = lambda _: 0x0000
        self.refused = 0
        self.tls: ssl.SSLContext | None = None
        self._arrivals: list[Arrival] = []
        self._lock = threading.Lock()
        self._server: object | None = None

    @property
    def destination(self) -> str:
        """The word for NODE_DESTINATIONS."""
        return f"{self.ae_title}@{LOOPBACK}:{self.port}"

    def start(self) -> Self:
        """Be up; nothing happens where it is up already."""
        if self._server is not None:
            return self
        self._server = self._entity().start_server(
            (LOOPBACK, self.port), block=False, evt_handlers=self._handlers(), ssl_context=self.tls
        )
        return self

    def _entity(self) -> AE:
        entity = AE(ae_title=self.ae_title)
        entity.require_called_aet = True
        entity.add_supported_context(Verification)
        for sop_class in self.report_classes:
            entity.add_supported_context(sop_class)
        return entity

    def _handlers(self) -> list[evt.EventHandlerType]:
        return [(evt.EVT_C_STORE, self._on_store)]

    def stop(self) -> None:
        """Be down: refuse every connection until started again."""
        if self._server is not None:
            self._server.shutdown()  # type: ignore[attr-defined]
            self._server = None

    def arrivals(self, study_instance_uid: str) -> list[Arrival]:
        with self._lock:
            return [one for one in self._arrivals if one.dataset.StudyInstanceUID == study_instance_uid]

    def reports(self, study_instance_uid: str) -> dict[str, Dataset]:
        """Return the study's reports by SOP Instance UID: a repeated one counts once, as in any archive."""
        return {str(one.dataset.SOPInstanceUID): one.dataset for one in self.arrivals(study_instance_uid)}

    def _on_store(self, event: evt.Event) -> int:
        dataset = event.dataset
        dataset.file_meta = event.file_meta
        status = self.answer(dataset)
        with self._lock:
            if status == 0x0000:
                self._arrivals.append(Arrival(dataset, time.perf_counter()))
            else:
                self.refused += 1
        return status

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
