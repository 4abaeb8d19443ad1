"""A PACS that also answers queries for studies, spoils letters on demand, and commits on an association of its own."""

import threading
from collections.abc import Iterator
from typing import Any

from pydicom.dataset import Dataset
from pynetdicom import AE, evt
from pynetdicom.sop_class import StudyRootQueryRetrieveInformationModelFind  # type: ignore[attr-defined]

from dicom_node.commitment import read_request, send_report
from dicom_node.requestor import Peer
from tests.webapp.studies.keeping_pacs import KeepingPacs


class TalkingPacs(KeepingPacs):
    """Answers at STUDY level too. `says` changes the name it answers with, `character_set` what it says it is in."""

    def __init__(self, ae_title: str = "PACS") -> None:
        super().__init__(ae_title)
        self.character_set = "ISO_IR 192"
        self.replaced: dict[str, str] = {}
        self.answers_to: Peer | None = None
        self.answers_queries = True

    def _entity(self) -> AE:
        entity = super()._entity()
        if not self.answers_queries:
            entity.remove_supported_context(StudyRootQueryRetrieveInformationModelFind)
        return entity

    def _handlers(self) -> list[evt.EventHandlerType]:
        # a later handler of an event takes the place of an earlier one
        return [*super()._handlers(), (evt.EVT_N_ACTION, self._commit), (evt.EVT_C_FIND, self._find)]

    def _commit(self, event: Any) -> tuple[int, None]:
        if self.answers_to is None:
            return self._on_action(event)
        result = self._judged(*read_request(event.action_information))
        threading.Thread(target=send_report, args=(self.answers_to, self.ae_title, result), daemon=True).start()
        return 0x0000, None

    def _find(self, event: Any) -> Iterator[tuple[int, Dataset | None]]:
        if event.identifier.QueryRetrieveLevel == "IMAGE":
            yield from self._on_find(event)
            return
        for arrival in self.arrivals(str(event.identifier.StudyInstanceUID)):
            name = str(arrival.dataset.PatientName)
            for letter, other in self.replaced.items():
                name = name.replace(letter, other)
            answer = Dataset()
            answer.SpecificCharacterSet = self.character_set
            answer.QueryRetrieveLevel = "STUDY"
            answer.StudyInstanceUID = arrival.dataset.StudyInstanceUID
            answer.PatientName, answer.PatientID = name, arrival.dataset.PatientID
            yield 0xFF00, answer
