"""UPS-RS outward: find, claim, report on and end work items of a worklist elsewhere.

References
----------
DICOM PS3.18 11 (Worklist Service), PS3.4 CC.1.1 (states), CC.2.5 (what a final state needs)
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items

from dicom_node.dicomweb import DICOM_JSON, Answer, Origin, exchange, refusal
from dicom_node.errors import InvalidUid, SendError
from dicom_node.validation import validate_uid

_MOST = 50


@dataclass(frozen=True)
class ScheduledWork:
    """A work item that waits: its UID and the study that it is about."""

    uid: str
    study_instance_uid: str


@dataclass(frozen=True)
class Output:
    """One object that came of the work."""

    study_instance_uid: str
    series_instance_uid: str
    sop_class_uid: str
    sop_instance_uid: str


def find_scheduled(origin: Origin, station: str) -> tuple[ScheduledWork, ...]:
    """Return the scheduled work items for a station (Code Value of its Scheduled Station Name).

    Items that name no single study, or another station, are left alone.

    Raises
    ------
    SendError
        If the origin cannot be asked.
    """
    parameters = {"ProcedureStepState": "SCHEDULED", "limit": str(_MOST)}
    answer = exchange(origin, "GET", "/workitems", parameters=parameters)
    if answer.status == 204:
        return ()
    found = []
    for row in _datasets(answer, origin, "a search for work items")[:_MOST]:
        names = [str(code.get("CodeValue", "")) for code in row.get("ScheduledStationNameCodeSequence") or []]
        studies = {str(item.get("StudyInstanceUID", "")) for item in row.get("InputInformationSequence") or []}
        if row.get("ProcedureStepState") != "SCHEDULED" or station not in names or len(studies) != 1:
            continue
        try:
            work = ScheduledWork(validate_uid(row.get("SOPInstanceUID")), validate_uid(studies.pop()))
        except InvalidUid:
            continue
        found.append(work)
    return tuple(found)


def claim(origin: Origin, uid: str, transaction_uid: str) -> bool:
    """Claim a work item; False where somebody else was quicker, or it is gone."""
    return _change(origin, uid, "IN PROGRESS", transaction_uid)


def report_progress(origin: Origin, uid: str, transaction_uid: str, percent: int, text: str) -> bool:
    """Say how far the work is; False where the work item is not, or no longer, this performer's."""
    progress = Dataset()
    progress.ProcedureStepProgress = str(percent)
    progress.ProcedureStepProgressDescription = text
    update = Dataset()
    update.ProcedureStepProgressInformationSequence = Items([progress])
    return _update(origin, uid, transaction_uid, update)


def complete(
    origin: Origin,
    uid: str,
    transaction_uid: str,
    station: str,
    period: tuple[datetime, datetime],
    outputs: Sequence[Output],
) -> bool:
    """Write down what was performed and its output, then complete the work item."""
    performed = Dataset()
    performed.PerformedStationNameCodeSequence = Items([_code(station, station)])
    performed.PerformedProcedureStepStartDateTime = _time(period[0])
    performed.PerformedProcedureStepEndDateTime = _time(period[1])
    performed.PerformedWorkitemCodeSequence = Items([_code("MAMMO-AI", "Automatic analysis of mammograms")])
    performed.OutputInformationSequence = Items([_output(one, station) for one in outputs])
    update = Dataset()
    update.UnifiedProcedureStepPerformedProcedureSequence = Items([performed])
    return _update(origin, uid, transaction_uid, update) and _change(origin, uid, "COMPLETED", transaction_uid)


def cancel(origin: Origin, uid: str, transaction_uid: str, reason: str) -> bool:
    """Write down why the work cannot be done, then cancel the work item."""
    progress = Dataset()
    progress.ReasonForCancellation = reason[:1024]
    progress.ProcedureStepCancellationDateTime = _time(datetime.now().astimezone())
    # PS3.16 CID 9300, the nearest of its reasons; the text says more
    progress.ProcedureStepDiscontinuationReasonCodeSequence = Items([_code("110501", "Equipment failure", "DCM")])
    update = Dataset()
    update.ProcedureStepProgressInformationSequence = Items([progress])
    return _update(origin, uid, transaction_uid, update) and _change(origin, uid, "CANCELED", transaction_uid)


def _change(origin: Origin, uid: str, state: str, transaction_uid: str) -> bool:
    wish = Dataset()
    wish.ProcedureStepState = state
    wish.TransactionUID = transaction_uid
    answer = exchange(
        origin, "PUT", f"/workitems/{uid}/state", headers={"Content-Type": DICOM_JSON}, body=_json([wish])
    )
    return _is_ours(answer, origin, f"the change of a work item to {state}")


def _update(origin: Origin, uid: str, transaction_uid: str, update: Dataset) -> bool:
    path = f"/workitems/{uid}?{transaction_uid}"
    answer = exchange(origin, "POST", path, headers={"Content-Type": DICOM_JSON}, body=_json([update]))
    return _is_ours(answer, origin, "an update of a work item")


def _is_ours(answer: Answer, origin: Origin, doing: str) -> bool:
    if answer.status in {200, 204}:
        return True
    if answer.status in {404, 409, 410}:
        return False
    raise refusal(origin, answer, doing)


def _datasets(answer: Answer, origin: Origin, doing: str) -> list[Dataset]:
    if answer.status != 200:
        raise refusal(origin, answer, doing)
    found = answer.datasets()
    if found is None:
        raise SendError(f"{origin} answered HTTP 200 to {doing}, but no DICOM JSON.", permanent=False)
    return found


def _json(datasets: Sequence[Dataset]) -> bytes:
    return json.dumps([one.to_json_dict() for one in datasets]).encode()


def _time(moment: datetime) -> str:
    return moment.strftime("%Y%m%d%H%M%S%z")


def _code(value: str, meaning: str, scheme: str = "99MAMMONODE") -> Dataset:
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = value, scheme, meaning
    return code


def _output(output: Output, station: str) -> Dataset:
    reference, retrieval, item = Dataset(), Dataset(), Dataset()
    reference.ReferencedSOPClassUID = output.sop_class_uid
    reference.ReferencedSOPInstanceUID = output.sop_instance_uid
    retrieval.RetrieveAETitle = station
    item.TypeOfInstances = "DICOM"
    item.StudyInstanceUID = output.study_instance_uid
    item.SeriesInstanceUID = output.series_instance_uid
    item.ReferencedSOPSequence = Items([reference])
    item.DICOMRetrievalSequence = Items([retrieval])
    return item
