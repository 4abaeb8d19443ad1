"""The canary: a study that nobody has, through the real door, queue and model, and its report back.

Green is not what a process says of itself, but what came of a study.
"""

import contextlib
import logging
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone
from pydicom.uid import generate_uid

from dicom_node import scu
from dicom_node.errors import SendError
from dicom_node.report_receiver import ReportReceiver, receive_reports
from webapp.monitoring import canary_study, event_lines
from webapp.monitoring.canary_study import CanaryImage
from webapp.monitoring.models import CanaryRun
from webapp.studies import claims, dispatch, pipeline, removal
from webapp.studies.errors import StageError
from webapp.studies.models import AllowedPeer, Delivery, Destination, ImageResult, Report, Round, Study, StudyState

_log = logging.getLogger(__name__)

AE_TITLE = "CANARY"
LOOPBACK = "loopback"
_POLL_SECONDS = 0.2
# a run whose process died is over after twice its limit
_ABANDONED_LIMITS = 2


@dataclass(frozen=True)
class _Ending:
    """How a run ended: at which stage it failed and why, or nothing of both."""

    stage: str = ""
    reason: str = ""
    largest_difference: float | None = None


def run() -> CanaryRun:
    """Send one canary, wait for it, judge it, and remove every trace but the run's own row."""
    clean_up()
    now = timezone.now()
    row = CanaryRun.objects.create(study_instance_uid=generate_uid(prefix=None), started_at=now)
    started = time.monotonic()
    try:
        with _destination(row) as receiver, tempfile.TemporaryDirectory(prefix="mammonode-canary-") as name:
            images = canary_study.write(Path(name), row.study_instance_uid, pipeline.golden_pictures(), now)
            ending = _send(images) or _wait(row, images, receiver, started + settings.NODE_CANARY_LIMIT_SECONDS)
    except (StageError, OSError) as error:
        ending = _Ending("prepare", f"The canary cannot be sent: {type(error).__name__}.")
    row.state = CanaryRun.State.FAILED if ending.stage else CanaryRun.State.PASSED
    row.stage, row.reason, row.largest_difference = ending.stage, ending.reason[:400], ending.largest_difference
    row.ended_at, row.seconds = timezone.now(), time.monotonic() - started
    row.save()
    event_lines.write("canary", state=row.state, stage=row.stage, reason=row.reason, seconds=round(row.seconds, 2))
    clean_up()
    return row


@contextlib.contextmanager
def _destination(row: CanaryRun) -> Iterator[ReportReceiver | None]:
    """Set where the report goes: a receiver of our own, or a destination of the settings' choice."""
    if settings.NODE_CANARY_DESTINATION != LOOPBACK:
        chosen = Destination.objects.filter(ae_title=settings.NODE_CANARY_DESTINATION).first()
        row.destination = "" if chosen is None else str(chosen)
        row.save(update_fields=["destination"])
        yield None
        return
    with receive_reports(AE_TITLE, _address()) as receiver:
        # not active: no other report goes there
        own, _ = Destination.objects.get_or_create(
            ae_title=AE_TITLE, host=_address(), port=receiver.port, defaults={"active": False}
        )
        row.destination = str(own)
        row.save(update_fields=["destination"])
        yield receiver


def _address() -> str:
    """Return where this node is reached from its own machine."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.NODE_BIND, settings.NODE_BIND)


@contextlib.contextmanager
def _let_in() -> Iterator[None]:
    """Put the canary on the allow-list while it sends, where there is a list."""
    if settings.NODE_LOOPBACK_OPEN:
        yield
        return
    row, is_new = AllowedPeer.objects.get_or_create(ae_title=AE_TITLE, address=_address())
    try:
        yield
    finally:
        if is_new:
            row.delete()


def _send(images: Sequence[CanaryImage]) -> _Ending | None:
    peer = scu.Peer(settings.NODE_AE_TITLE, _address(), settings.NODE_DICOM_PORT)
    try:
        with _let_in():
            outcomes = scu.store([image.path for image in images], peer, AE_TITLE)
    except SendError as error:
        return _Ending("receive", str(error))
    refused = [outcome for outcome in outcomes if outcome.status != 0]
    return _Ending("receive", refused[0].message or "An image got no answer.") if refused else None


def _wait(row: CanaryRun, images: Sequence[CanaryImage], receiver: ReportReceiver | None, deadline: float) -> _Ending:
    if not settings.NODE_COMPLETE_WHEN_EXPECTED_VIEWS:
        dispatch.complete_by_staff(row.study_instance_uid)
    while time.monotonic() < deadline:
        newest = Round.objects.filter(study__study_instance_uid=row.study_instance_uid).order_by("-number").first()
        if newest is not None and newest.state == StudyState.FAILED:
            return _Ending(newest.failure_stage or "analyse", newest.failure_reason)
        if newest is not None and _has_arrived(newest, row, receiver):
            return _judge(newest, images)
        time.sleep(_POLL_SECONDS)
    return _Ending(_where_it_stands(row), f"No answer within {settings.NODE_CANARY_LIMIT_SECONDS:.0f} s.")


def _has_arrived(round_: Round, row: CanaryRun, receiver: ReportReceiver | None) -> bool:
    reports = Report.objects.filter(round=round_)
    if not row.destination:
        return round_.state == StudyState.ANALYSED and reports.exists()
    sent = not Delivery.objects.filter(report__round=round_, state=Delivery.State.QUEUED).exists()
    done = round_.state not in {StudyState.RECEIVING, StudyState.COMPLETE} and sent and reports.exists()
    # what only other destinations want is made too, and not sent here
    wanted = reports.filter(deliveries__isnull=False)
    return done and (receiver is None or all(receiver.has(report.sop_instance_uid) for report in wanted))


def _where_it_stands(row: CanaryRun) -> str:
    study = Study.objects.filter(study_instance_uid=row.study_instance_uid).first()
    if study is None:
        return "receive"
    return {StudyState.RECEIVING: "complete", StudyState.COMPLETE: "analyse"}.get(StudyState(study.state), "send")


def _judge(round_: Round, images: Sequence[CanaryImage]) -> _Ending:
    scores = dict(ImageResult.objects.filter(round=round_).values_list("instance__sop_instance_uid", "raw_score"))
    found = [(scores.get(image.sop_instance_uid), image.raw_score) for image in images]
    if any(score is None for score, _ in found):
        return _Ending("score", "An image of the canary was not scored.")
    difference = max(abs(score - golden) for score, golden in found if score is not None)
    if difference > settings.NODE_CANARY_TOLERANCE:
        text = f"A score is {difference:.4f} away from the golden one; {settings.NODE_CANARY_TOLERANCE} is allowed."
        return _Ending("score", text, difference)
    return _Ending(largest_difference=difference)


def clean_up() -> int:
    """Remove the studies of runs that are over; what a worker still holds is left for the next time."""
    now = timezone.now()
    old = now - timedelta(seconds=_ABANDONED_LIMITS * settings.NODE_CANARY_LIMIT_SECONDS)
    CanaryRun.objects.filter(state=CanaryRun.State.RUNNING, started_at__lt=old).update(
        state=CanaryRun.State.FAILED, stage="canary", reason="The process that ran it ended.", ended_at=now
    )
    over = CanaryRun.objects.exclude(state=CanaryRun.State.RUNNING).values("study_instance_uid")
    removed = 0
    for study in Study.objects.filter(study_instance_uid__in=over):
        if any(claims.is_live(row.claimed_by, row.claimed_until) for row in study.rounds.all()):
            continue
        removal.remove(study)
        removed += 1
    Destination.objects.filter(ae_title=AE_TITLE, active=False, deliveries__isnull=True).delete()
    return removed
