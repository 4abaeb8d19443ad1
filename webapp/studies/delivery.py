"""Reports on their way: one row a destination, and the row says what the peer answered."""

import logging
import time
from collections.abc import Iterable

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from dicom_node import scu
from dicom_node.errors import SendError
from webapp.studies import events, queueing, routing
from webapp.studies.models import Delivery, Report, Round, Study, StudyState

_log = logging.getLogger(__name__)


def queue_for(reports: Iterable[Report]) -> list[int]:
    """Write a delivery for each report and active destination; return their ids."""
    now = timezone.now()
    return [
        Delivery.objects.get_or_create(
            report=report, destination=destination, defaults={"next_attempt_at": now, "queued_at": now}
        )[0].pk
        for report in reports
        for destination in routing.destinations_of(report.round.study)
    ]


def send(delivery: Delivery) -> None:
    """Send one claimed delivery and write down the answer: sent, failed for good, or to be tried again."""
    row = delivery.destination
    peer = scu.Peer(ae_title=row.ae_title, host=row.host, port=row.port)
    path = settings.NODE_ARCHIVE_DIR / delivery.report.path
    started = time.perf_counter()
    try:
        outcome = scu.store([path], peer, settings.NODE_AE_TITLE)[0]
    except SendError as error:
        _note_failure(delivery, "", str(error), permanent=error.permanent)
        return
    delivery.send_ms = (time.perf_counter() - started) * 1000
    status = "" if outcome.status is None else f"{outcome.status:04X}"
    if not outcome.stored:
        _note_failure(delivery, status, outcome.message, permanent=outcome.permanent)
        return
    delivery.state = Delivery.State.SENT
    delivery.status = status
    delivery.reason = outcome.message
    _save(delivery)
    _log.info("report %s sent to %s in %.0f ms", delivery.report.sop_instance_uid, row, delivery.send_ms)


def _note_failure(delivery: Delivery, status: str, reason: str, *, permanent: bool) -> None:
    delivery.status = status
    delivery.reason = reason
    if permanent:
        delivery.state = Delivery.State.FAILED
        _log.error(
            "report %s cannot be sent to %s: %s",
            delivery.report.sop_instance_uid,
            delivery.destination,
            reason,
        )
    else:
        pause = queueing.back_off(delivery.attempts)
        delivery.next_attempt_at = timezone.now() + pause
        delivery.queued_at = None
        _log.warning(
            "report %s waits for %s, next try in %.0f s: %s",
            delivery.report.sop_instance_uid,
            delivery.destination,
            pause.total_seconds(),
            reason,
        )
    _save(delivery)


@transaction.atomic
def _save(delivery: Delivery) -> None:
    delivery.claimed_by, delivery.claimed_until = "", None
    delivery.save()
    settle(delivery.report.round_id)
    outcome = {Delivery.State.SENT: "sent", Delivery.State.FAILED: "failed"}.get(
        Delivery.State(delivery.state), "retry"
    )
    events.tell(events.delivery_changed, __name__, delivery=delivery, outcome=outcome)


def settle(round_id: int) -> None:
    """Move a round on when none of its deliveries is open any more."""
    round_ = Round.objects.select_for_update().select_related("study").get(pk=round_id)
    if round_.state not in {StudyState.ANALYSED, StudyState.FAILED}:
        return
    states = set(Delivery.objects.filter(report__round=round_).values_list("state", flat=True))
    if not states or Delivery.State.QUEUED in states:
        return
    if Delivery.State.FAILED in states:
        round_.state, round_.failure_stage = StudyState.FAILED, "send"
        round_.failure_reason = "a destination refused the report; its delivery says why."
    else:
        round_.state, round_.failure_stage, round_.failure_reason = StudyState.SENT, "", ""
        round_.sent_at = timezone.now()
    round_.save(update_fields=["state", "failure_stage", "failure_reason", "sent_at"])
    show_on_study(round_)


def show_on_study(round_: Round) -> None:
    """Let the study show the state of its newest round, unless new images wait for the next one."""
    study = Study.objects.select_for_update().get(pk=round_.study_id)
    if study.instances.filter(round__isnull=True).exists():
        return
    newest = study.rounds.order_by("-number").first()
    if newest is not None and newest.pk == round_.pk:
        study.state = round_.state
        study.save(update_fields=["state"])


def settle_all() -> None:
    """Settle rounds whose deliveries all ended without anybody noticing."""
    open_ = Delivery.objects.filter(state=Delivery.State.QUEUED).values("report__round")
    for pk in Round.objects.filter(state=StudyState.ANALYSED).exclude(pk__in=open_).values_list("pk", flat=True):
        with transaction.atomic():
            settle(pk)


@transaction.atomic
def retry(delivery: Delivery) -> None:
    """Put a delivery that failed for good back into the queue, as staff asked."""
    delivery.state = Delivery.State.QUEUED
    delivery.next_attempt_at = timezone.now()
    delivery.queued_at = None
    delivery.save(update_fields=["state", "next_attempt_at", "queued_at", "changed_at"])
    Round.objects.filter(pk=delivery.report.round_id, state=StudyState.FAILED, failure_stage="send").update(
        state=StudyState.ANALYSED, failure_stage="", failure_reason=""
    )
