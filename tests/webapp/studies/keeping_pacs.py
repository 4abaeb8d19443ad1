"""A PACS that commits what it holds and lets itself be asked for it; or lies about either, on demand."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

from pydicom.dataset import Dataset
from pynetdicom import AE, evt
from pynetdicom.pdu import P_DATA_TF
from pynetdicom.sop_class import (  # type: ignore[attr-defined]
    StorageCommitmentPushModel,
    StudyRootQueryRetrieveInformationModelFind,
)

from dicom_node.commitment import CommitmentResult, Reference, Refusal, read_request, report
from tests.journey.pacs import PlayingPacs

# returns the Failure Reason for an object, or None: committed
Judge = Callable[[Reference], int | None]


class KeepingPacs(PlayingPacs):
    """Answers requests for storage commitment on their own association, and queries for single objects."""

    def __init__(self, ae_title: str = "PACS") -> None:
        super().__init__(ae_title)
        self.judge: Judge = lambda reference: None if self.holds(reference.sop_instance_uid) else 0x0112
        self.is_silent = False
        self.hides = False
        self.transactions: list[str] = []
        self.offers_commitment = True
        self._pending: dict[Any, CommitmentResult] = {}

    def holds(self, sop_instance_uid: str) -> bool:
        return any(one.dataset.SOPInstanceUID == sop_instance_uid for one in self._arrivals)

    def _entity(self) -> AE:
        entity = super()._entity()
        if self.offers_commitment:
            entity.add_supported_context(StorageCommitmentPushModel)
        entity.add_supported_context(StudyRootQueryRetrieveInformationModelFind)
        return entity

    def _handlers(self) -> list[evt.EventHandlerType]:
        return [
            *super()._handlers(),
            (evt.EVT_N_ACTION, self._on_action),
            (evt.EVT_C_FIND, self._on_find),
            (evt.EVT_PDU_SENT, self._on_sent),
        ]

    def _on_action(self, event: Any) -> tuple[int, None]:
        transaction_uid, references = read_request(event.action_information)
        self.transactions.append(transaction_uid)
        if not self.is_silent:
            self._pending[event.assoc] = self._judged(transaction_uid, references)
        return 0x0000, None

    def _on_sent(self, event: Any) -> None:
        """Report once the response to the request is on the wire, as a peer in one thread would."""
        if isinstance(event.pdu, P_DATA_TF) and (result := self._pending.pop(event.assoc, None)) is not None:
            threading.Thread(target=report, args=(event.assoc, result), daemon=True).start()

    def _judged(self, transaction_uid: str, references: tuple[Reference, ...]) -> CommitmentResult:
        reasons = {reference: self.judge(reference) for reference in references}
        return CommitmentResult(
            transaction_uid,
            tuple(one for one, reason in reasons.items() if reason is None),
            tuple(Refusal(one, reason) for one, reason in reasons.items() if reason is not None),
        )

    def _on_find(self, event: Any) -> Iterator[tuple[int, Dataset | None]]:
        wanted = str(event.identifier.SOPInstanceUID)
        if self.holds(wanted) and not self.hides:
            answer = Dataset()
            answer.QueryRetrieveLevel, answer.SOPInstanceUID = "IMAGE", wanted
            yield 0xFF00, answer
