"""What peers bring, ask and are refused, and where reports went, in the audit trail.

An image is worth more than the event that tells of it: an event that cannot be written here costs an error in the
log, never an object and never a delivery.
"""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Final

from django.db import Error as DatabaseError

from dicom_node.commitment_scp import CommitmentRequest
from dicom_node.received import Received
from dicom_node.requestor import Peer
from webapp.audit import actors, recorder
from webapp.audit.actors import Actor
from webapp.audit.errors import AuditError
from webapp.audit.models import Action, Event, Outcome
from webapp.studies.models import Delivery, Destination

_log = logging.getLogger(__name__)

# the object goes as it is: a transfer between application entities. The others make something else of it.
_CARRIES_OBJECTS: Final = frozenset({Destination.Protocol.DIMSE, Destination.Protocol.STOW})
_OUTCOMES: Final = {"declined": Outcome.REFUSED, "failed": Outcome.FAILED}
_TOLD: Final = frozenset({"sent", "committed", "verified", "declined", "failed"})
_NODE_STOPS = "the node stops"


class Budget:
    """How many refusals of one address are written one by one: a scan must not fill the trail.

    Parameters
    ----------
    most : int
        Within the window; what is over is counted, and told with the next one that is written.
    seconds : float
        The window.
    addresses : int
        So many are remembered.
    """

    def __init__(self, most: int, seconds: float, addresses: int) -> None:
        self._most, self._seconds, self._addresses = most, seconds, addresses
        self._lock = threading.Lock()
        # address -> begin of the window, written within it, not written since the last one
        self._known: OrderedDict[str, tuple[float, int, int]] = OrderedDict()

    def take(self, address: str) -> int | None:
        """Return how many were left out before this one; None where this one is left out, too."""
        now = time.monotonic()
        with self._lock:
            begun, written, left_out = self._known.pop(address, (now, 0, 0))
            if now - begun >= self._seconds:
                begun, written = now, 0
            is_over = written >= self._most
            self._known[address] = (begun, written, left_out + 1) if is_over else (begun, written + 1, 0)
            while len(self._known) > self._addresses:
                self._known.popitem(last=False)
        return None if is_over else left_out


refusals = Budget(most=20, seconds=60.0, addresses=1000)


def note_received(received: Received) -> None:
    """Leave an event for each study that an association brought something of, and one of what was refused."""
    who = actors.application_entity(received.ae_title, received.address)
    _note_studies(who, received.studies)
    if received.refused:
        # whose study these were is not known for sure: that may be why they were refused
        _write(
            Event.IMPORT,
            Action.CREATE,
            "association",
            received.address,
            outcome=Outcome.FAILED,
            actor=who,
            detail={"instances": received.refused},
        )


def note_stored(studies: Mapping[str, Mapping[str, int]]) -> None:
    """Leave an event for each study that whoever asks over HTTP stored something of."""
    _note_studies(actors.current_or_process(), studies)


def _note_studies(who: Actor, studies: Mapping[str, Mapping[str, int]]) -> None:
    for uid, counts in studies.items():
        detail = {"instances": sum(counts.values()), "sop_classes": dict(counts)}
        _write(Event.IMPORT, Action.CREATE, "study", uid, actor=who, detail=detail)


def note_refused(ae_title: str, address: str, reason: str) -> None:
    """Leave a security alert of a peer that was turned away."""
    if reason == _NODE_STOPS or (left_out := refusals.take(address)) is None:
        return
    detail: dict[str, object] = {"reason": reason} | ({"left_out": left_out} if left_out else {})
    who = actors.application_entity(ae_title, address)
    _write(
        Event.SECURITY_ALERT, Action.EXECUTE, "association", address, outcome=Outcome.REFUSED, actor=who, detail=detail
    )


def note_commitment_request(request: CommitmentRequest) -> None:
    """Leave an event of a peer that asked whether objects are safe here."""
    who = actors.application_entity(request.ae_title, request.address)
    outcome = Outcome.SUCCESS if request.is_taken else Outcome.REFUSED
    _write(
        Event.QUERY,
        Action.EXECUTE,
        "storage-commitment",
        request.transaction_uid,
        outcome=outcome,
        actor=who,
        detail={"objects": request.objects},
    )


def note_prior_search(study_instance_uid: str, archive: Peer, found: int | None) -> None:
    """Leave an event of a question for earlier studies; None where it got no answer."""
    detail: dict[str, object] = {"destination": str(archive), "ae_title": archive.ae_title, "host": archive.host}
    _write(
        Event.QUERY,
        Action.EXECUTE,
        "study",
        study_instance_uid,
        outcome=Outcome.FAILED if found is None else Outcome.SUCCESS,
        actor=actors.current_or_process(),
        detail=detail if found is None else detail | {"found": found},
    )


def note_start(sender: object, name: str, **_: Any) -> None:
    """Leave an event of a process that has begun its work."""
    _note_activity(name, "start")


def note_stop(sender: object, name: str, **_: Any) -> None:
    """Leave an event of a process that ends its work as it should; one that is killed leaves none."""
    _note_activity(name, "stop")


def _note_activity(name: str, activity: str) -> None:
    who = actors.current_or_process()
    _write(Event.APPLICATION, Action.EXECUTE, "process", name, actor=who, detail={"activity": activity})


def note_delivery(sender: object, delivery: Delivery, outcome: str, **_: Any) -> None:
    """Leave an event of a report that was sent, proved, declined or that failed; tries in between leave none."""
    if outcome not in _TOLD:
        return
    report, destination = delivery.report, delivery.destination
    event = Event.TRANSFERRED if destination.protocol in _CARRIES_OBJECTS else Event.EXPORT
    detail = {
        "destination": str(destination),
        "ae_title": destination.ae_title if destination.protocol == Destination.Protocol.DIMSE else "",
        "host": destination.host,
        "step": outcome,
        "sop_instance_uid": report.sop_instance_uid,
        "sop_classes": {report.sop_class_uid: 1},
    }
    _write(
        event,
        Action.READ,
        "study",
        report.round.study.study_instance_uid,
        outcome=_OUTCOMES.get(outcome, Outcome.SUCCESS),
        actor=actors.current_or_process(),
        detail=detail,
    )


def _write(event: Event, action: Action, object_type: str, object_id: str, **facts: Any) -> None:
    try:
        recorder.record(event, action, object_type, object_id, **facts)
    except (DatabaseError, AuditError):
        _log.exception("an audit event could not be written: %s of %s %s", event, object_type, object_id)
