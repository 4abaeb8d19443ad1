"""What happens on a study's journey, told to whoever listens. Nothing here knows a listener.

A listener that fails costs a line in the log, never a study: signals go out after the commit, and robustly.
"""

import logging
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.dispatch import Signal

_log = logging.getLogger(__name__)

# a round got its results: round_ (Round), evidence, analysis
prediction_made = Signal()
# a round failed for good: round_ (Round), stage (str)
round_failed = Signal()
# a delivery took a step: delivery (Delivery), outcome ("sent", "committed", "verified", "declined", "failed", "retry",
# or "waiting" for the peer to commit)
delivery_changed = Signal()
# the receiving process counted something: kind (str), value (str), size_bytes (int)
counted = Signal()
# an upload was scored: upload (UploadScored)
upload_scored = Signal()
# readers or pathology said something new of a study, after which this counts: verdict (Verdict)
study_judged = Signal()
# this process has begun its work, and ends it: name (str)
process_started = Signal()
process_stopping = Signal()
# the whole node starts on this machine
node_starting = Signal()
# the clock has ticked: the message went through the broker to a worker
ticked = Signal()


@dataclass(frozen=True)
class UploadScored:
    """One scored upload; the file name may hold a patient's name and goes into the database alone."""

    upload_id: int
    file_name: str
    # empty: an anonymous upload
    username: str
    label: str
    probability: float
    confidence: float
    model_version: str
    model_sha256: str
    operating_point: str
    latency_ms: float


@dataclass(frozen=True)
class Verdict:
    """What readers and pathology say of a whole study by now; None and empty where nothing is said of it."""

    study_instance_uid: str
    recalled: bool | None
    # "benign", "malignant" or empty: the worse of both breasts
    biopsy: str
    followed_up: bool
    density: str
    # the account that spoke last
    entered_by: int


def tell(signal: Signal, sender: str, **facts: Any) -> None:
    """Send a signal when the present transaction is committed; at once where there is none."""
    transaction.on_commit(lambda: _send(signal, sender, facts), robust=True)


def tell_now(signal: Signal, sender: str, **facts: Any) -> None:
    """Send a signal that concerns no row."""
    _send(signal, sender, facts)


def _send(signal: Signal, sender: str, facts: dict[str, Any]) -> None:
    for receiver, answer in signal.send_robust(sender=sender, **facts):
        if isinstance(answer, Exception):
            _log.error("a listener failed: %s", getattr(receiver, "__qualname__", "unknown"), exc_info=answer)
