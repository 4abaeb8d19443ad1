"""Sent is not delivered: the peer commits what it got, and a query finds it there."""

import logging
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from dicom_node import commitment, readback
from dicom_node.commitment import CommitmentResult, Reference, Refusal
from dicom_node.errors import Declined, DicomNodeError, SendError
from webapp.studies import channels
from webapp.studies.headers import read_header
from webapp.studies.models import Delivery, Destination
from webapp.studies.peers import peer_of

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Verdict:
    """What a step of the proof came to: the next state, or another try.

    ``state`` None means: the same step again, after ``pause`` (None: by the usual back-off).
    """

    state: str | None
    reason: str = ""
    permanent: bool = False
    pause: timedelta | None = None
    send_again: bool = False


def ask_for_commitment(delivery: Delivery) -> Verdict:
    """Ask the peer to commit the object; its word may come now, or later to the receiving process."""
    if delivery.tries >= settings.NODE_COMMITMENT_ATTEMPTS_LIMIT:
        return Verdict(None, f"the peer did not commit the object in {delivery.tries} tries.", permanent=True)
    uid = commitment.new_transaction_uid()
    # noted first: the peer's answer may overtake ours
    Delivery.objects.filter(pk=delivery.pk).update(transaction_uid=uid)
    reference = Reference(delivery.report.sop_class_uid, delivery.report.sop_instance_uid)
    try:
        result = commitment.request(
            peer_of(delivery.destination),
            settings.NODE_AE_TITLE,
            uid,
            [reference],
            wait_seconds=settings.NODE_COMMITMENT_WAIT_SECONDS,
        )
    except Declined:
        return Verdict(None, "the peer offers no storage commitment; its profile should not ask for it.", True)
    except SendError as error:
        return Verdict(None, str(error), permanent=error.permanent)
    if result is None:
        pause = timedelta(seconds=settings.NODE_COMMITMENT_TIMEOUT_SECONDS)
        return Verdict(None, "waiting for the peer to commit the object.", pause=pause)
    return verdict_on(delivery, result)


def verdict_on(delivery: Delivery, result: CommitmentResult) -> Verdict:
    """Return what the peer's word means for this delivery."""
    uid = delivery.report.sop_instance_uid
    if any(reference.sop_instance_uid == uid for reference in result.committed):
        return Verdict(Delivery.State.COMMITTED)
    refused = next((one for one in result.refused if one.reference.sop_instance_uid == uid), None)
    if refused is None:
        return Verdict(None, "the peer's report of commitment does not name the object.")
    return _refused(delivery, refused)


def _refused(delivery: Delivery, refusal: Refusal) -> Verdict:
    reason = f"the peer did not commit the object: {refusal.sentence}."
    if refusal.wants_object_again:
        return send_again(delivery, reason)
    return Verdict(None, reason, permanent=refusal.permanent)


def send_again(delivery: Delivery, reason: str) -> Verdict:
    """Send an object once more that the peer accepted and does not hold; for good after some times."""
    exhausted = delivery.sends >= settings.NODE_RESEND_LIMIT
    return Verdict(None, reason, permanent=exhausted, send_again=not exhausted)


def read_back(delivery: Delivery) -> Verdict:
    """Ask the peer whether it holds the object."""
    if delivery.tries >= settings.NODE_COMMITMENT_ATTEMPTS_LIMIT:
        return send_again(delivery, f"the peer does not find the object, asked {delivery.tries} times.")
    report = delivery.report
    if delivery.destination.protocol == Destination.Protocol.STOW:
        return _read_back_over_http(delivery)
    try:
        header = read_header(settings.NODE_ARCHIVE_DIR / report.path)
        found = readback.holds(
            peer_of(delivery.destination),
            settings.NODE_AE_TITLE,
            report.round.study.study_instance_uid,
            str(header.SeriesInstanceUID),
            report.sop_instance_uid,
        )
    except SendError as error:
        return Verdict(None, str(error), permanent=error.permanent)
    except (DicomNodeError, OSError) as error:
        return Verdict(None, f"the stored report cannot be read: {type(error).__name__}.")
    if found:
        return Verdict(Delivery.State.VERIFIED)
    return Verdict(None, "the peer does not find the object yet.")


def _read_back_over_http(delivery: Delivery) -> Verdict:
    try:
        found = channels.is_held(delivery)
    except SendError as error:
        return Verdict(None, str(error), permanent=error.permanent)
    return Verdict(Delivery.State.VERIFIED) if found else Verdict(None, "the peer does not find the object yet.")


@transaction.atomic
def find_by_transaction(result: CommitmentResult) -> Delivery | None:
    """Return the delivery whose latest request a report answers, locked; None where no one waits for it."""
    row = (
        Delivery.objects.select_for_update()
        .select_related("report__round__study", "destination")
        .filter(transaction_uid=result.transaction_uid, state=Delivery.State.SENT)
        .first()
    )
    if row is None:
        _log.info("a report of storage commitment for transaction %s answers nothing open", result.transaction_uid)
    return row


def due_now(delivery: Delivery) -> None:
    """Let the next step of a delivery be taken at once."""
    delivery.next_attempt_at, delivery.queued_at = timezone.now(), None
