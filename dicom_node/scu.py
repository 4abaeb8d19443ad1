"""C-ECHO and C-STORE outward: a verdict for each object, and the difference between now and never.

References
----------
DICOM PS3.4 Annexes A (Verification) and B (Storage); PS3.7 9.3.1 and Annex C.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydicom import dcmread
from pydicom.errors import InvalidDicomError
from pydicom.filereader import read_file_meta_info
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom import _config
from pynetdicom.association import Association
from pynetdicom.presentation import PresentationContext, build_context

from dicom_node.contexts import verification_contexts
from dicom_node.errors import SendError
from dicom_node.requestor import Peer, Timeouts, associate
from dicom_node.status import StatusCategory, category_of

__all__ = ["Peer", "StoreOutcome", "Timeouts", "echo", "store"]

_log = logging.getLogger(__name__)

# a file goes out as the bytes it holds, fragment by fragment, not decoded and encoded anew
_config.STORE_SEND_CHUNKED_DATASET = True

_UNCOMPRESSED = frozenset({ExplicitVRLittleEndian, ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian})
_MAXIMUM_CONTEXTS = 128


@dataclass(frozen=True)
class StoreOutcome:
    """What became of one object.

    Attributes
    ----------
    path : Path
    sop_instance_uid : str
        From the file meta information, empty where it cannot be read.
    status : int or None
        As the peer answered it; None where it gave no answer.
    stored : bool
        The peer answered success or a warning. Never inferred from anything else.
    permanent : bool
        Not stored, and sending the same again cannot help.
    message : str
        A sentence for a human; empty after a plain success.
    declined : bool
        Not stored because the peer takes no objects of this kind.
    """

    path: Path
    sop_instance_uid: str
    status: int | None
    stored: bool
    permanent: bool
    message: str
    declined: bool = False


@dataclass(frozen=True)
class _File:
    path: Path
    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: str


def echo(peer: Peer, calling_ae_title: str, timeouts: Timeouts | None = None) -> None:
    """Ask a peer whether it is there (C-ECHO).

    Raises
    ------
    SendError
        If there is no association, no answer, or another answer than success.
    """
    timeouts = timeouts or Timeouts()
    with associate(peer, calling_ae_title, verification_contexts(), timeouts) as association:
        status = _status_of(association.send_c_echo)
    if status != 0:
        answer = "did not answer" if status is None else f"answered {status:04X}"
        raise SendError(f"{peer} {answer} to C-ECHO.", permanent=False)


def store(
    paths: Sequence[Path], peer: Peer, calling_ae_title: str, timeouts: Timeouts | None = None
) -> tuple[StoreOutcome, ...]:
    """Send files to a peer on one association (C-STORE).

    Each file is offered in its own encoding, uncompressed ones in Implicit VR Little Endian too.

    Parameters
    ----------
    paths : sequence of Path
        Part 10 files.
    peer : Peer
    calling_ae_title : str
        This node's, at most 16 characters.
    timeouts : Timeouts, optional

    Returns
    -------
    tuple of StoreOutcome
        One for each path, in their order, whatever became of it once the association stood.

    Raises
    ------
    SendError
        If no association comes about: the peer is not reached, does not answer or refuses (`permanent` as
        PS3.8 Table 9-21 says), or accepts no presentation context (permanent).
    """
    timeouts = timeouts or Timeouts()
    files = {path: _read_meta(path) for path in paths}
    readable = [file for file in files.values() if isinstance(file, _File)]
    if not readable:
        return tuple(file for file in files.values() if isinstance(file, StoreOutcome))
    with associate(peer, calling_ae_title, _contexts(readable), timeouts) as association:
        alive = True
        outcomes = []
        for path in paths:
            file = files[path]
            if isinstance(file, _File):
                outcome = _send(association, file, peer, timeouts) if alive else _not_sent(file, peer)
                alive = alive and (outcome.status is not None or outcome.permanent)
                outcomes.append(outcome)
            else:
                outcomes.append(file)
    return tuple(outcomes)


def _read_meta(path: Path) -> _File | StoreOutcome:
    try:
        meta = read_file_meta_info(path)
        return _File(
            path,
            str(meta.MediaStorageSOPClassUID),
            str(meta.MediaStorageSOPInstanceUID),
            str(meta.TransferSyntaxUID),
        )
    except OSError as error:
        return StoreOutcome(path, "", None, False, False, f"The file cannot be read: {error.strerror}.")
    except (InvalidDicomError, AttributeError, ValueError):
        return StoreOutcome(path, "", None, False, True, "The file is no DICOM file.")


def _contexts(files: Sequence[_File]) -> list[PresentationContext]:
    """Propose a context for each encoding at hand, so that the peer's choice of one costs no conversion."""
    wanted: dict[tuple[str, str], None] = {}
    for file in files:
        wanted[file.sop_class_uid, file.transfer_syntax_uid] = None
        if file.transfer_syntax_uid in _UNCOMPRESSED:  # PS3.5 10.1: the default transfer syntax
            wanted[file.sop_class_uid, ImplicitVRLittleEndian] = None
    return [build_context(*pair) for pair in list(wanted)[:_MAXIMUM_CONTEXTS]]


def _send(association: Association, file: _File, peer: Peer, timeouts: Timeouts) -> StoreOutcome:
    accepted = {(str(cx.abstract_syntax), str(cx.transfer_syntax[0])) for cx in association.accepted_contexts}
    uid = file.sop_instance_uid
    if (file.sop_class_uid, file.transfer_syntax_uid) in accepted:
        request: Callable[[], object] = lambda: association.send_c_store(file.path)  # noqa: E731
    elif file.transfer_syntax_uid in _UNCOMPRESSED and (file.sop_class_uid, ImplicitVRLittleEndian) in accepted:
        request = lambda: association.send_c_store(dcmread(file.path))  # noqa: E731
    else:
        sentence = f"{peer} accepts no objects of SOP Class {file.sop_class_uid} in {file.transfer_syntax_uid}."
        return StoreOutcome(file.path, uid, None, False, True, sentence, declined=True)
    started = time.monotonic()
    status = _status_of(request)
    if status is None:
        waited = time.monotonic() - started >= timeouts.response_seconds
        how = f"did not answer within {timeouts.response_seconds:g} s" if waited else "ended the association"
        return StoreOutcome(file.path, uid, None, False, False, f"{peer} {how} while receiving {uid}.")
    _log.info("%s answered %04X to C-STORE of %s", peer, status, uid)
    return _outcome(file, peer, status)


def _outcome(file: _File, peer: Peer, status: int) -> StoreOutcome:
    category = category_of(status)
    stored = category in {StatusCategory.SUCCESS, StatusCategory.WARNING}
    message = {
        StatusCategory.SUCCESS: "",
        StatusCategory.WARNING: f"{peer} stored the object with warning {status:04X}.",
        StatusCategory.TRANSIENT_FAILURE: f"{peer} cannot store the object now (status {status:04X}).",
        StatusCategory.PERMANENT_FAILURE: f"{peer} refuses the object (status {status:04X}).",
    }[category]
    permanent = category is StatusCategory.PERMANENT_FAILURE
    return StoreOutcome(file.path, file.sop_instance_uid, status, stored, permanent, message)


def _not_sent(file: _File, peer: Peer) -> StoreOutcome:
    sentence = f"Not sent: {peer} had ended the association before."
    return StoreOutcome(file.path, file.sop_instance_uid, None, False, False, sentence)


def _status_of(request: Callable[[], object]) -> int | None:
    """Return the status a request was answered with, None where there was no valid answer."""
    try:
        response = request()
    except RuntimeError:  # pynetdicom's word for: the association is gone
        return None
    status = getattr(response, "Status", None)
    return None if status is None else int(status)
