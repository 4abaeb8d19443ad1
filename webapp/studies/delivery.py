"""Reports on their way: one row a destination, and the row says what the peer answered.

A delivery takes one step at a time: sent, committed, found there. What its destination's profile does not ask
for is left out. Each step leaves an event, and whatever is not finished is found again by the clock.
"""

import logging
import time
from collections.abc import Iterable

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from dicom_node.commitment import CommitmentResult
from dicom_node.errors import Declined, SendError
from webapp.studies import events, proof, queueing, routing
from webapp.studies.models import Delivery, DeliveryEvent, Report, Round, Study, StudyState
from webapp.studies.proof import Verdict
from webapp.studies.senders import SENDERS

_log = logging.getLogger(__name__)


def queue_for(reports: Iterable[Report]) -> list[int]:
    """Write a delivery for each report and each active destination that wants its kind; return their ids."""
    now = timezone.now()
    return [
        Delivery.objects.get_or_create(
            report=report,
            destination=destination,
            defaults={
                "next_attempt_at": now,
                "queued_at": now,
                "wants_commitment": destination.wants_commitment,
                "wants_read_back": destination.wants_read_back,
            },
        )[0].pk
        for report in reports
        for destination in routing.destinations_of(report.round.study)
        if report.kind in destination.objects_wanted
    ]


def send(delivery: Delivery) -> None:
    """Take the next step of one claimed delivery, and the one after it where the peer answers at once."""
    if delivery.state == Delivery.State.QUEUED:
        _apply(delivery.pk, delivery.state, _transmit(delivery), delivery.send_ms)
        delivery.refresh_from_db()
    if delivery.state == Delivery.State.SENT and delivery.wants_commitment:
        _apply(delivery.pk, delivery.state, proof.ask_for_commitment(delivery))
        delivery.refresh_from_db()
    if delivery.wants_read_back and delivery.state in _before_read_back(delivery):
        _apply(delivery.pk, delivery.state, proof.read_back(delivery))


def _before_read_back(delivery: Delivery) -> set[str]:
    return {Delivery.State.COMMITTED} if delivery.wants_commitment else {Delivery.State.SENT}


def _transmit(delivery: Delivery) -> Verdict:
    path = settings.NODE_ARCHIVE_DIR / delivery.report.path
    started = time.perf_counter()
    try:
        outcome = SENDERS[delivery.destination.protocol](delivery, path)
    except Declined as error:
        return Verdict(Delivery.State.DECLINED, str(error))
    except SendError as error:
        return Verdict(None, str(error), permanent=error.permanent)
    delivery.send_ms = (time.perf_counter() - started) * 1000
    status = f"{outcome.status:04X}" if isinstance(outcome.status, int) else outcome.status or ""
    Delivery.objects.filter(pk=delivery.pk).update(status=status)
    if outcome.declined:
        return Verdict(Delivery.State.DECLINED, outcome.message)
    if not outcome.stored:
        return Verdict(None, outcome.message, permanent=outcome.permanent)
    return Verdict(Delivery.State.SENT, outcome.message)


@transaction.atomic
def _apply(pk: int, state: str, verdict: Verdict, send_ms: float | None = None) -> None:
    """Write down what a step came to, unless the peer's word came meanwhile and moved the row on."""
    row = Delivery.objects.select_for_update().select_related("report__round__study", "destination").get(pk=pk)
    row.claimed_by, row.claimed_until = "", None
    if row.state == state:
        if send_ms is not None:
            row.send_ms = send_ms
        _move(row, verdict)
    row.save()
    settle(row.report.round_id)


def _move(row: Delivery, verdict: Verdict) -> None:
    row.reason = verdict.reason
    if verdict.state is not None:
        row.state, row.tries = verdict.state, 0
        row.sends += verdict.state == Delivery.State.SENT
        proof.due_now(row)
        _log.info("report %s at %s: %s", row.report.sop_instance_uid, row.destination, row.state)
    elif verdict.permanent:
        row.state = Delivery.State.FAILED
        _log.error("report %s cannot be delivered to %s: %s", row.report.sop_instance_uid, row.destination, row.reason)
    elif verdict.send_again:
        row.state, row.tries = Delivery.State.QUEUED, 0
        _wait(row, verdict)
    else:
        row.tries += 1
        _wait(row, verdict)
    DeliveryEvent.objects.create(delivery=row, state=row.state, status=row.status, reason=row.reason)
    events.tell(events.delivery_changed, __name__, delivery=row, outcome=_outcome(row, verdict))


def _outcome(row: Delivery, verdict: Verdict) -> str:
    """Return the word under which a step is counted: the state it came to, or why it came to none."""
    if verdict.state is not None or verdict.permanent:
        return row.state.lower()
    # the peer took the request and needs time: nothing was tried again
    return "waiting" if verdict.pause is not None else "retry"


def _wait(row: Delivery, verdict: Verdict) -> None:
    pause = verdict.pause or queueing.back_off(max(1, row.tries))
    row.next_attempt_at, row.queued_at = timezone.now() + pause, None
    _log.warning(
        "report %s waits for %s, next try in %.0f s: %s",
        row.report.sop_instance_uid,
        row.destination,
        pause.total_seconds(),
        row.reason,
    )


@transaction.atomic
def note_commitment(result: CommitmentResult) -> None:
    """Write down a peer's word that came on an association of its own."""
    row = proof.find_by_transaction(result)
    if row is None:
        return
    _move(row, proof.verdict_on(row, result))
    row.save()
    settle(row.report.round_id)


def settle(round_id: int) -> None:
    """Move a round on: SENT when each destination has its reports, DELIVERED when those that are to prove it have.

    It ends FAILED at stage report where an object that a destination wants could not be made.
    """
    round_ = Round.objects.select_for_update().select_related("study").get(pk=round_id)
    if round_.state not in {StudyState.ANALYSED, StudyState.SENT, StudyState.FAILED}:
        return
    rows = list(Delivery.objects.filter(report__round=round_))
    state, stage, reason = _state_of(rows), "", ""
    if state == StudyState.FAILED:
        stage, reason = "send", "a destination refused the report, or did not keep it; its delivery says why."
    elif state is not None and round_.sent_at is None:
        round_.sent_at = timezone.now()
    if round_.objects_missing and (not rows or state in {StudyState.SENT, StudyState.DELIVERED}):
        # what could be made is there, but somebody waits for what could not
        state, stage, reason = StudyState.FAILED, "report", _missing(round_)
    if state is None or state == round_.state:
        return
    round_.state, round_.failure_stage, round_.failure_reason = state, stage, reason
    round_.save(update_fields=["state", "failure_stage", "failure_reason", "sent_at"])
    show_on_study(round_)


def _missing(round_: Round) -> str:
    return " ".join(f"{kind} could not be made: {why}" for kind, why in sorted(round_.objects_missing.items()))


def _state_of(rows: list[Delivery]) -> StudyState | None:
    """Return what a round's deliveries make of it; None while one is still to be sent."""
    states = {row.state for row in rows}
    if not states or Delivery.State.QUEUED in states:
        return None
    taken = {row.destination_id for row in rows if row.state != Delivery.State.DECLINED}
    if Delivery.State.FAILED in states or taken != {row.destination_id for row in rows}:
        return StudyState.FAILED
    if Delivery.objects.unfinished().filter(pk__in=[row.pk for row in rows]).exists():
        return StudyState.SENT
    return StudyState.DELIVERED if any(row.is_proved for row in rows) else StudyState.SENT


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
    sent = Q(state=StudyState.ANALYSED) & ~Q(pk__in=open_)
    proving = Q(state=StudyState.SENT) & (
        Q(reports__deliveries__wants_commitment=True) | Q(reports__deliveries__wants_read_back=True)
    )
    unsettled = Round.objects.filter(sent | proving).distinct()
    for pk in unsettled.values_list("pk", flat=True):
        with transaction.atomic():
            settle(pk)


@transaction.atomic
def retry(delivery: Delivery) -> None:
    """Put a delivery that failed for good, or was declined, back into the queue, as staff asked."""
    delivery.state = Delivery.State.QUEUED
    delivery.tries = delivery.sends = 0
    delivery.next_attempt_at = timezone.now()
    delivery.queued_at = None
    delivery.save(update_fields=["state", "tries", "sends", "next_attempt_at", "queued_at", "changed_at"])
    DeliveryEvent.objects.create(delivery=delivery, state=delivery.state, reason="put back by staff")
    Round.objects.filter(pk=delivery.report.round_id, state=StudyState.FAILED, failure_stage="send").update(
        state=StudyState.ANALYSED, failure_stage="", failure_reason=""
    )
