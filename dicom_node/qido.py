"""QIDO-RS: ask an origin which objects it holds, to read back what was sent.

References
----------
DICOM PS3.18 10.6 (Search transaction)
"""

from dataclasses import dataclass

from dicom_node.dicomweb import Origin, WebTimeouts, exchange, refusal
from dicom_node.errors import SendError


@dataclass(frozen=True)
class Held:
    """One object that an origin says it holds."""

    sop_instance_uid: str
    sop_class_uid: str


def find_object(
    origin: Origin, study_instance_uid: str, sop_instance_uid: str, timeouts: WebTimeouts | None = None
) -> Held | None:
    """Ask whether an origin holds one object of a study.

    Returns
    -------
    Held or None
        None where the origin answers that it holds no such object. Nothing but an answer that names this
        SOP Instance UID in this study counts: some origins ignore keys they do not know and return all.

    Raises
    ------
    SendError
        If there is no answer, or none that can be read.
    """
    answer = exchange(
        origin,
        "GET",
        f"/studies/{study_instance_uid}/instances",
        timeouts=timeouts,
        parameters={"SOPInstanceUID": sop_instance_uid},
    )
    if answer.status in {204, 404}:  # PS3.18 10.6.3.1: 204 is "no match"; some origins say 404 of a study
        return None
    if answer.status != 200:
        raise refusal(origin, answer, "QIDO-RS")
    rows = answer.datasets()
    if rows is None:
        raise SendError(f"{origin} answered HTTP 200 to QIDO-RS, but no DICOM JSON.", permanent=False)
    for row in rows:
        study = row.get("StudyInstanceUID", study_instance_uid)
        if row.get("SOPInstanceUID") == sop_instance_uid and study == study_instance_uid:
            return Held(sop_instance_uid, str(row.get("SOPClassUID", "")))
    return None
