"""Earlier mammograms of a patient: found by C-FIND, moved to this node by C-MOVE, never more than asked for.

Queries go down to SERIES level with Modality MG, and series are moved one by one: a C-MOVE of a whole study
fails where it holds objects that this node does not accept, such as its own reports.

References
----------
DICOM PS3.4 C.3 (attributes and keys), C.4.1 (C-FIND), C.4.2 (C-MOVE), C.6.2 (Study Root)
"""

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from pydicom.dataset import Dataset
from pynetdicom.association import Association
from pynetdicom.presentation import build_context
from pynetdicom.sop_class import (  # type: ignore[attr-defined]
    StudyRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelMove,
)

from dicom_node.errors import InvalidUid, SendError
from dicom_node.requestor import Peer, Timeouts, associate
from dicom_node.status import StatusCategory, category_of
from dicom_node.validation import validate_uid

_log = logging.getLogger(__name__)

_MODALITY = "MG"
_MAXIMUM_ANSWERS = 500
_MAXIMUM_SERIES = 20
_PENDING = frozenset({0xFF00, 0xFF01})
_COMPLETE_WITH_FAILURES = 0xB000
# PS3.4 C.3.1.2: these make a key match more than itself
_WILD = frozenset("*?\\")


@dataclass(frozen=True)
class Bounds:
    """How much to ask for: studies, years back from the current study, seconds for one prior."""

    most: int = 3
    years: int = 10
    seconds: float = 300.0


@dataclass(frozen=True)
class PriorStudy:
    """An earlier study and its mammography series; `images` is None where the peer does not count them."""

    study_instance_uid: str
    study_date: date
    series: tuple[str, ...]
    images: int | None


@dataclass(frozen=True)
class Retrieval:
    """What a peer said of moving one prior.

    Attributes
    ----------
    completed, failed : int
        Sub-operations, over all series.
    whole : bool
        Each series ended with success and no failed sub-operation. What arrived is for the receiver to count.
    permanent : bool
        Not whole, and asking again cannot help.
    message : str
        A sentence; empty when whole.
    """

    completed: int
    failed: int
    whole: bool
    permanent: bool
    message: str


def find(
    peer: Peer,
    calling_ae_title: str,
    patient_id: str,
    before: date,
    current_study_instance_uid: str,
    bounds: Bounds,
    timeouts: Timeouts | None = None,
) -> tuple[PriorStudy, ...]:
    """Ask for the patient's mammography studies before a date, the newest first.

    Parameters
    ----------
    peer : Peer
    calling_ae_title : str
    patient_id : str
        Matched exactly; an answer about another Patient ID is left aside.
    before : date
        Of the current study; only earlier days count.
    current_study_instance_uid : str
    bounds : Bounds
    timeouts : Timeouts, optional

    Raises
    ------
    SendError
        If there is no association, or the peer does not answer, or answers with a failure.
    """
    if not patient_id or _WILD & set(patient_id):
        raise SendError("The Patient ID is empty or holds a wild card: its priors are not asked for.", permanent=True)
    oldest = date(max(before.year - bounds.years, 1900), before.month, min(before.day, 28))
    contexts = [build_context(StudyRootQueryRetrieveInformationModelFind)]
    with associate(peer, calling_ae_title, contexts, timeouts or Timeouts()) as association:
        found: dict[str, date] = {}
        for row in _ask(association, peer, _study_query(patient_id, oldest, before)):
            day, uid = _date(row), _uid(row, "StudyInstanceUID")
            is_hers = str(row.get("PatientID", "")).strip() == patient_id.strip()
            if is_hers and uid and uid != current_study_instance_uid and day and oldest <= day < before:
                found[uid] = day
        priors = []
        for uid, day in sorted(found.items(), key=lambda item: (item[1], item[0]), reverse=True):
            series = _series(association, peer, uid)
            if series:
                counts = list(series.values())
                images = None if None in counts else sum(count or 0 for count in counts)
                priors.append(PriorStudy(uid, day, tuple(series), images))
            if len(priors) >= bounds.most:
                break
    return tuple(priors)


def retrieve(
    prior: PriorStudy, peer: Peer, calling_ae_title: str, bounds: Bounds, timeouts: Timeouts | None = None
) -> Retrieval:
    """Have a peer send the series of one prior to this node, within the time (C-MOVE).

    The objects come on associations of their own, to the address that the peer knows for `calling_ae_title`.

    Raises
    ------
    SendError
        If no association comes about.
    """
    timeouts = timeouts or Timeouts(response_seconds=max(bounds.seconds, 1.0))
    deadline = time.monotonic() + bounds.seconds
    completed = failed = 0
    problems: list[tuple[str, bool]] = []
    contexts = [build_context(StudyRootQueryRetrieveInformationModelMove)]
    with associate(peer, calling_ae_title, contexts, timeouts) as association:
        for number, series in enumerate(prior.series):
            if time.monotonic() > deadline or not association.is_established:
                left = len(prior.series) - number
                problems.append((f"{left} of {len(prior.series)} series were not asked for in time.", False))
                break
            last = _move(association, prior.study_instance_uid, series, calling_ae_title, deadline)
            completed += _count(last, "NumberOfCompletedSuboperations") + _count(last, "NumberOfWarningSuboperations")
            failed += _count(last, "NumberOfFailedSuboperations")
            problem = _problem(last, peer)
            if problem is not None:
                problems.append(problem)
    message = " ".join(dict.fromkeys(text for text, _ in problems))
    permanent = bool(problems) and all(is_permanent for _, is_permanent in problems)
    _log.info("%s moved %d objects of %s, %d failed", peer, completed, prior.study_instance_uid, failed)
    return Retrieval(completed, failed, not problems, permanent, message)


def _study_query(patient_id: str, oldest: date, before: date) -> Dataset:
    query = Dataset()
    query.QueryRetrieveLevel = "STUDY"
    query.PatientID = patient_id
    query.StudyDate = f"{oldest:%Y%m%d}-{before:%Y%m%d}"
    query.ModalitiesInStudy = _MODALITY
    query.StudyInstanceUID = ""
    return query


def _series(association: Association, peer: Peer, study_instance_uid: str) -> dict[str, int | None]:
    query = Dataset()
    query.QueryRetrieveLevel = "SERIES"
    query.StudyInstanceUID = study_instance_uid
    query.Modality = _MODALITY
    query.SeriesInstanceUID = ""
    query.NumberOfSeriesRelatedInstances = ""
    found: dict[str, int | None] = {}
    for row in _ask(association, peer, query):
        uid = _uid(row, "SeriesInstanceUID")
        is_asked_for = row.get("StudyInstanceUID", study_instance_uid) == study_instance_uid
        if uid and is_asked_for and row.get("Modality") == _MODALITY and len(found) < _MAXIMUM_SERIES:
            found[uid] = _images(row)
    return found


def _images(row: Dataset) -> int | None:
    try:
        return int(row.NumberOfSeriesRelatedInstances)
    except (AttributeError, TypeError, ValueError):
        return None


def _ask(association: Association, peer: Peer, query: Dataset) -> Iterator[Dataset]:
    answers = 0
    try:
        for status, identifier in association.send_c_find(query, StudyRootQueryRetrieveInformationModelFind):
            code = status.get("Status")
            if code is None:
                raise SendError(f"{peer} did not answer C-FIND in time, or ended the association.", permanent=False)
            if code in _PENDING:
                answers += 1
                if answers > _MAXIMUM_ANSWERS:
                    association.abort()
                    raise SendError(f"{peer} answers C-FIND with more than {_MAXIMUM_ANSWERS} rows.", permanent=True)
                if identifier is not None:
                    yield identifier
            elif code != 0:
                permanent = category_of(code) is not StatusCategory.TRANSIENT_FAILURE
                raise SendError(f"{peer} answered {code:04X} to C-FIND.", permanent=permanent)
    except RuntimeError as error:  # pynetdicom's word for: the association is gone
        raise SendError(f"{peer} ended the association before C-FIND.", permanent=False) from error


def _move(association: Association, study: str, series: str, destination: str, deadline: float) -> Dataset:
    """Return the last response; a move that takes too long is broken off, and its last count kept."""
    query = Dataset()
    query.QueryRetrieveLevel = "SERIES"
    query.StudyInstanceUID = study
    query.SeriesInstanceUID = series
    last = Dataset()
    try:
        for status, _ in association.send_c_move(query, destination, StudyRootQueryRetrieveInformationModelMove):
            if "Status" not in status:
                return _without_status(last)
            last = status
            if status.Status in _PENDING and time.monotonic() > deadline:
                association.abort()
                return _without_status(last)
    except RuntimeError:
        return _without_status(last)
    return last


def _without_status(last: Dataset) -> Dataset:
    if "Status" in last:
        del last.Status
    return last


def _problem(last: Dataset, peer: Peer) -> tuple[str, bool] | None:
    status, failed = last.get("Status"), _count(last, "NumberOfFailedSuboperations")
    if status is None:
        return f"{peer} did not end C-MOVE in time, or ended the association.", False
    if status == 0 and not failed:
        return None
    if status in {0, _COMPLETE_WITH_FAILURES}:
        return f"{peer} could not send {failed} objects.", False
    permanent = category_of(status) is not StatusCategory.TRANSIENT_FAILURE
    hint = " It does not know where this node listens." if status == 0xA801 else ""
    return f"{peer} answered {status:04X} to C-MOVE.{hint}", permanent


def _count(last: Dataset, keyword: str) -> int:
    value = last.get(keyword)
    return 0 if value is None else int(value)


def _uid(row: Dataset, keyword: str) -> str:
    try:
        return validate_uid(row.get(keyword))
    except InvalidUid:
        return ""


def _date(row: Dataset) -> date | None:
    try:
        return datetime.strptime(str(row.get("StudyDate", "")), "%Y%m%d").date()
    except ValueError:
        return None
