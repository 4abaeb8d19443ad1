"""STOW-RS: store over HTTP, with a verdict for each object from the answer's own data set.

The HTTP status says how the request went, not what became of an object: an object counts as stored only when
the answer names it in the Referenced SOP Sequence (0008,1199) and not in the Failed SOP Sequence (0008,1198).

References
----------
DICOM PS3.18 10.5 (Store transaction), I.2 (Store Instances Response Module)
"""

import logging
import secrets
from collections.abc import Iterable, Sequence
from pathlib import Path

from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError
from pydicom.filereader import read_file_meta_info

from dicom_node.dicomweb import Answer, Origin, WebTimeouts, exchange, is_permanent, refusal
from dicom_node.scu import StoreOutcome
from dicom_node.status import StatusCategory, category_of

_log = logging.getLogger(__name__)

# PS3.18 10.5.3.1: these carry the Store Instances Response Module; 400 and 415 may
_DETAILED = frozenset({200, 202, 400, 409, 415})


def store(
    paths: Sequence[Path], origin: Origin, study_instance_uid: str = "", timeouts: WebTimeouts | None = None
) -> tuple[StoreOutcome, ...]:
    """Send files to an origin in one request (STOW-RS), each as the bytes it holds.

    Parameters
    ----------
    paths : sequence of Path
        Part 10 files.
    origin : Origin
    study_instance_uid : str, optional
        Where given, the origin refuses objects of other studies (PS3.18 10.5.1.1).
    timeouts : WebTimeouts, optional

    Returns
    -------
    tuple of StoreOutcome
        One for each path, in their order. `status` is the Failure or Warning Reason of that object, 0 after
        a plain success, None where the origin said nothing about it.

    Raises
    ------
    SendError
        If there is no answer, or none that speaks of single objects; `permanent` as the HTTP status says.
    """
    files = {path: _read(path) for path in paths}
    parts = [content for _, content in (file for file in files.values() if not isinstance(file, StoreOutcome))]
    if not parts:
        return tuple(file for file in files.values() if isinstance(file, StoreOutcome))
    answer = _post(parts, origin, study_instance_uid, timeouts)
    verdicts = _Verdicts(answer, origin)
    outcomes = []
    for path in paths:
        file = files[path]
        outcomes.append(file if isinstance(file, StoreOutcome) else verdicts.of(path, file[0]))
    return tuple(outcomes)


def _read(path: Path) -> tuple[str, bytes] | StoreOutcome:
    try:
        uid = str(read_file_meta_info(path).MediaStorageSOPInstanceUID)
        return uid, path.read_bytes()
    except OSError as error:
        return StoreOutcome(path, "", None, False, False, f"The file cannot be read: {error.strerror}.")
    except (InvalidDicomError, AttributeError, ValueError):
        return StoreOutcome(path, "", None, False, True, "The file is no DICOM file.")


def _post(parts: Iterable[bytes], origin: Origin, study_instance_uid: str, timeouts: WebTimeouts | None) -> Answer:
    boundary = secrets.token_hex(16)
    head = f"--{boundary}\r\nContent-Type: application/dicom\r\n\r\n".encode("ascii")
    body = b"".join(head + part + b"\r\n" for part in parts) + f"--{boundary}--\r\n".encode("ascii")
    kind = f'multipart/related; type="application/dicom"; boundary={boundary}'
    path = f"/studies/{study_instance_uid}" if study_instance_uid else "/studies"
    return exchange(origin, "POST", path, timeouts=timeouts, headers={"Content-Type": kind}, body=body)


class _Verdicts:
    """The answer of one request, object by object."""

    def __init__(self, answer: Answer, origin: Origin) -> None:
        self._origin = origin
        self._http_status = answer.status
        response = _response_of(answer)
        if response is None:
            raise self._silent(answer)
        self._stored = _by_uid(response, "ReferencedSOPSequence")
        self._failed = _by_uid(response, "FailedSOPSequence")
        self._others = len(response.get("OtherFailuresSequence") or [])
        _log.info(
            "%s answered HTTP %d to STOW-RS: %d stored, %d failed, %d not understood",
            origin,
            answer.status,
            len(self._stored),
            len(self._failed),
            self._others,
        )

    def _silent(self, answer: Answer) -> Exception:
        error = refusal(self._origin, answer, "STOW-RS")
        if answer.status < 300:
            # a success that names no object proves nothing; the same objects sent again do no harm
            error = type(error)(
                f"{self._origin} answered HTTP {answer.status} to STOW-RS without saying what it stored.",
                permanent=False,
            )
        return error

    def of(self, path: Path, uid: str) -> StoreOutcome:
        """Return what became of one object."""
        if uid in self._failed:
            return self._failure(path, uid, _number(self._failed[uid], "FailureReason"))
        if uid in self._stored:
            return self._success(path, uid, _number(self._stored[uid], "WarningReason"))
        permanent = self._http_status >= 300 and is_permanent(self._http_status)
        hint = f", and could not read {self._others} objects" if self._others else ""
        sentence = f"{self._origin} answered HTTP {self._http_status} and does not name {uid}{hint}."
        return StoreOutcome(path, uid, None, False, permanent, sentence)

    def _failure(self, path: Path, uid: str, reason: int | None) -> StoreOutcome:
        if reason is None:
            sentence = f"{self._origin} refuses the object without a reason (HTTP {self._http_status})."
            return StoreOutcome(path, uid, None, False, True, sentence)
        if category_of(reason) is StatusCategory.TRANSIENT_FAILURE:
            sentence = f"{self._origin} cannot store the object now (failure reason {reason:04X})."
            return StoreOutcome(path, uid, reason, False, False, sentence)
        sentence = f"{self._origin} refuses the object (failure reason {reason:04X})."
        return StoreOutcome(path, uid, reason, False, True, sentence)

    def _success(self, path: Path, uid: str, reason: int | None) -> StoreOutcome:
        if not reason:
            return StoreOutcome(path, uid, 0, True, False, "")
        sentence = f"{self._origin} stored the object with warning {reason:04X}."
        return StoreOutcome(path, uid, reason, True, False, sentence)


def _response_of(answer: Answer) -> Dataset | None:
    if answer.status not in _DETAILED:
        return None
    found = answer.datasets()
    if not found or not any(word in found[0] for word in _SEQUENCES):
        return None
    return found[0]


_SEQUENCES = ("ReferencedSOPSequence", "FailedSOPSequence", "OtherFailuresSequence")


def _by_uid(response: Dataset, keyword: str) -> dict[str, Dataset]:
    return {str(item.get("ReferencedSOPInstanceUID", "")): item for item in response.get(keyword) or []}


def _number(item: Dataset, keyword: str) -> int | None:
    value = item.get(keyword)
    try:
        return None if value is None else int(value)
    except (TypeError, ValueError):
        return None
