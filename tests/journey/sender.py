"""A modality that remembers which of its objects were acknowledged."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pydicom
from pynetdicom import AE, _config, build_context
from pynetdicom.association import Association
from pynetdicom.presentation import PresentationContext

from tests.journey.ports import LOOPBACK

logger = logging.getLogger(__name__)

SUCCESS = 0x0000


class AssociationRefusedError(Exception):
    """The node refused the association; result and reason are those of PS3.8 table 9-21."""

    def __init__(self, result: int | None, source: int | None, reason: int | None) -> None:
        super().__init__(f"A-ASSOCIATE-RJ result {result}, source {source}, reason {reason}")
        self.result, self.source, self.reason = result, source, reason


class UnreachableError(Exception):
    """Nobody answered: no connection, or it broke during negotiation."""


@dataclass(frozen=True)
class Answer:
    """What the node answered to one C-STORE, and when on the clock of ``time.perf_counter``.

    The status is None where the association broke instead.
    """

    path: Path
    sop_instance_uid: str
    status: int | None
    at_seconds: float

    @property
    def is_acknowledged(self) -> bool:
        return self.status == SUCCESS


def send(
    paths: Sequence[Path],
    port: int,
    *,
    calling: str = "MODALITY",
    called: str = "MAMMONODE",
    source_address: str = LOOPBACK,
    patience_seconds: float = 60,
) -> list[Answer]:
    """Send Part 10 files in one association, byte for byte as they stand, and note each answer.

    The data sets are never parsed here, so that broken ones can be sent. After a lost association the
    remaining files have the status None. A file whose presentation context was refused has the status None.
    """
    metas = [pydicom.filereader.read_file_meta_info(path) for path in paths]
    wanted = {(str(meta.MediaStorageSOPClassUID), str(meta.TransferSyntaxUID)) for meta in metas}
    contexts = [build_context(sop_class, [syntax]) for sop_class, syntax in sorted(wanted)]
    association = _associate(contexts, (port, called), (calling, source_address), patience_seconds)
    answers: list[Answer] = []
    as_they_are = _config.STORE_SEND_CHUNKED_DATASET
    _config.STORE_SEND_CHUNKED_DATASET = True
    try:
        for path, meta in zip(paths, metas, strict=True):
            status = _store(association, path)
            uid = str(meta.MediaStorageSOPInstanceUID)
            answers.append(Answer(path, uid, status, time.perf_counter()))
    finally:
        _config.STORE_SEND_CHUNKED_DATASET = as_they_are
        if association.is_established:
            association.release()
    return answers


def _store(association: Association, path: Path) -> int | None:
    if not association.is_established:
        return None
    try:
        answer = association.send_c_store(path)
    except (ValueError, RuntimeError) as error:
        # pynetdicom's words for: that context was not accepted; the association has just broken
        logger.info("not sent: %s", error)
        return None
    return int(answer.Status) if "Status" in answer else None


def _associate(
    contexts: Sequence[PresentationContext],
    peer: tuple[int, str],
    own: tuple[str, str],
    patience_seconds: float,
) -> Association:
    (port, called), (calling, source_address) = peer, own
    entity = AE(ae_title=calling)
    entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = patience_seconds
    entity.connection_timeout = 10
    entity.maximum_pdu_size = 0
    association = entity.associate(
        LOOPBACK, port, contexts=list(contexts), ae_title=called, bind_address=(source_address, 0)
    )
    refusal = association.acceptor.primitive
    if association.is_rejected and refusal is not None:
        raise AssociationRefusedError(refusal.result, refusal.result_source, refusal.diagnostic)
    if not association.is_established:
        raise UnreachableError(f"{called}@{LOOPBACK}:{port} gave no association.")
    return association
