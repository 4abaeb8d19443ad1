"""What each rule looks at: a rule in, what is wrong now out. No text here speaks of a patient."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Min, Q, QuerySet

from webapp.audit import node as audit_node
from webapp.audit.models import ForwardingCursor
from webapp.monitoring import disk, selectors, surroundings, switch
from webapp.monitoring.models import (
    AiPause,
    AlertRule,
    CanaryRun,
    DriftReport,
    ErrorEvent,
    Heartbeat,
    Notice,
    PredictionEntry,
    ProcessStart,
    StudyCare,
)
from webapp.studies.models import Delivery, Round, Study, StudyState


@dataclass(frozen=True)
class Finding:
    """Something a rule found: which one, how much, and a sentence."""

    subject: str
    value: float
    text: str


Condition = Callable[[AlertRule, datetime], Iterable[Finding]]


def _window(rule: AlertRule, now: datetime) -> datetime:
    return now - timedelta(seconds=rule.window_seconds)


def _minutes(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def error_rate(rule: AlertRule, now: datetime) -> Iterable[Finding]:
    """Errors within the window."""
    count = ErrorEvent.objects.filter(at__gte=_window(rule, now)).count()
    if count >= rule.threshold:
        yield Finding("", count, f"{count} errors within {_minutes(rule.window_seconds)}.")


def failed_studies(rule: AlertRule, now: datetime) -> Iterable[Finding]:
    """Rounds opened within the window that failed and were not repaired."""
    count = (
        Round.objects.filter(state=StudyState.FAILED, completed_at__gte=_window(rule, now))
        .exclude(study__study_instance_uid__in=canary_uids())
        .count()
    )
    if count >= rule.threshold:
        yield Finding("", count, f"{count} studies of the last {_minutes(rule.window_seconds)} failed.")


def canary_uids() -> QuerySet[CanaryRun, Any]:
    """Return the UIDs of canaries, for a query."""
    return CanaryRun.objects.values("study_instance_uid")


def oldest_unfinished(rule: AlertRule, now: datetime) -> Iterable[Finding]:
    """Age of the oldest study that waits to be complete or analysed; not while the AI is paused, nor if suspended."""
    if switch.open_pause() is not None:
        return
    suspended = StudyCare.objects.filter(suspended_at__isnull=False).values("study_id")
    waiting = Round.objects.filter(state=StudyState.COMPLETE).exclude(study_id__in=suspended)
    receiving = Study.objects.filter(state=StudyState.RECEIVING).exclude(pk__in=suspended)
    times = (
        waiting.aggregate(at=Min("completed_at"))["at"],
        receiving.aggregate(at=Min("last_received_at"))["at"],
    )
    age = max(((now - at).total_seconds() for at in times if at is not None), default=0.0)
    if age > rule.threshold:
        yield Finding("", age, f"The oldest unfinished study has waited for {_minutes(age)}.")


def delivery_failing(rule: AlertRule, now: datetime) -> Iterable[Finding]:
    """Destinations that did not take a report within the window, or did not take or prove one in so many tries."""
    refused = Q(pk__in=selectors.not_taken().values("pk"), changed_at__gte=_window(rule, now))
    stuck = Q(pk__in=Delivery.objects.unfinished().values("pk"), tries__gte=rule.threshold)
    columns = [f"destination__{name}" for name in selectors.DESTINATION_COLUMNS]
    rows = Delivery.objects.filter(refused | stuck).values(*columns).annotate(reports=Count("pk"))
    for row in rows.order_by(*columns):
        name = selectors.destination_name(row)
        yield Finding(name[:128], row["reports"], f"{row['reports']} reports do not reach {name}.")


def disk_low(rule: AlertRule, now: datetime) -> Iterable[Finding]:
    """Free space of the archive's disk, in percent."""
    space = disk.free_space()
    if space is not None and space.percent < rule.threshold:
        yield Finding("", space.percent, f"The archive's disk has {space.percent:.1f} % left.")


def queue_growing(rule: AlertRule, now: datetime) -> Iterable[Finding]:
    """Rounds waiting, where more came within the window than were done."""
    if switch.open_pause() is not None:
        return
    waiting = Round.objects.filter(state=StudyState.COMPLETE).count()
    came = Round.objects.filter(completed_at__gte=_window(rule, now)).count()
    done = Round.objects.filter(analysed_at__gte=_window(rule, now)).count()
    if waiting >= rule.threshold and came > done:
        text = (
            f"{waiting} studies wait for analysis; {came} came and {done} were done in {_minutes(rule.window_seconds)}."
        )
        yield Finding("", waiting, text)


_WEEKS = 4
_USUAL_WEEKS = 3


def no_traffic(rule: AlertRule, now: datetime) -> Iterable[Finding]:
    """Silence in a window that, at the same time of the last weeks, nearly always had studies."""
    width = timedelta(seconds=rule.window_seconds)
    studies = PredictionEntry.objects.filter(source=PredictionEntry.Source.DICOM, level="STUDY", is_test=False)
    if Study.objects.filter(last_received_at__gte=now - width).exists():
        return
    weeks = [now - timedelta(weeks=week) for week in range(1, _WEEKS + 1)]
    usual = sum(studies.filter(at__gt=end - width, at__lte=end).count() >= rule.threshold for end in weeks)
    if usual >= _USUAL_WEEKS and not studies.filter(at__gte=now - width).exists():
        text = f"No study came within {_minutes(rule.window_seconds)}; at this time of the week some usually do."
        yield Finding("", usual, text)


def canary_late(rule: AlertRule, now: datetime) -> Iterable[Finding]:
    """Seconds since a canary came back whole."""
    if settings.NODE_CANARY_EVERY_SECONDS <= 0 or switch.open_pause() is not None:
        return
    passed = CanaryRun.objects.filter(state=CanaryRun.State.PASSED).order_by("-ended_at").first()
    first = ProcessStart.objects.order_by("at").first()
    since = passed.ended_at if passed is not None else (first.at if first is not None else None)
    if since is not None and (now - since).total_seconds() > rule.threshold:
        age = (now - since).total_seconds()
        yield Finding("", age, f"No canary has come back for {_minutes(age)}.")


def canary_failed(rule: AlertRule, now: datetime) -> Iterable[Finding]:
    """The last canary failed, or gave a wrong score."""
    last = CanaryRun.objects.exclude(state=CanaryRun.State.RUNNING).order_by("-started_at").first()
    if last is not None and last.state == CanaryRun.State.FAILED and switch.open_pause() is None:
        yield Finding("", 1, f"The last canary failed at {last.stage}: {last.reason}"[:400])


def drift(rule: AlertRule, now: datetime) -> Iterable[Finding]:
    """Groups whose last comparison passes the threshold of the population stability index."""
    newest = DriftReport.objects.order_by("-at").first()
    for row in DriftReport.objects.filter(at=newest.at) if newest is not None else ():
        if row.psi >= rule.threshold and row.p_value < 0.01:
            subject = f"{row.measure} of {row.group}"[:128]
            text = f"The {row.measure} of {row.group} has moved: PSI {row.psi:.2f}, KS {row.ks:.2f}."
            yield Finding(subject, row.psi, text)


def certificate_expiring(rule: AlertRule, now: datetime) -> Iterable[Finding]:
    """Days left of the certificates that the settings name, this node's own for DICOM among them."""
    own = [path for path in (settings.NODE_DICOM_TLS_CERTIFICATE, settings.NODE_DICOM_TLS_CA) if path]
    for path in dict.fromkeys([*settings.NODE_TLS_CERTIFICATES, *own]):
        days = surroundings.certificate_days_left(path, now)
        if days is None:
            yield Finding(path[-128:], 0, "The certificate cannot be read.")
        elif days < rule.threshold:
            yield Finding(path[-128:], days, f"The certificate expires in {days:.0f} days.")


def model_mismatch(rule: AlertRule, now: datetime) -> Iterable[Finding]:
    """The model file is not the one its manifest describes."""
    if text := surroundings.model_trouble():
        yield Finding("", 1, text[:400])


def process_silent(rule: AlertRule, now: datetime) -> Iterable[Finding]:
    """Processes without a sign of life for the window."""
    for row in Heartbeat.objects.filter(beat_at__lt=_window(rule, now), expected=True):
        age = (now - row.beat_at).total_seconds()
        yield Finding(row.name, age, f"The process {row.name} has shown no sign of life for {_minutes(age)}.")


def process_restarting(rule: AlertRule, now: datetime) -> Iterable[Finding]:
    """Processes that started more often than the threshold within the window."""
    starts = ProcessStart.objects.filter(at__gte=_window(rule, now)).values("name").annotate(times=Count("pk"))
    for row in starts.filter(times__gt=int(rule.threshold)).order_by("name"):
        text = f"The process {row['name']} started {row['times']} times within {_minutes(rule.window_seconds)}."
        yield Finding(row["name"], row["times"], text)


def broker_unreachable(rule: AlertRule, now: datetime) -> Iterable[Finding]:
    """The broker does not answer."""
    if not surroundings.broker_answers():
        yield Finding("", 1, "The broker does not answer: studies wait in the database.")


def ai_paused(rule: AlertRule, now: datetime) -> Iterable[Finding]:
    """The kill switch is on for longer than the threshold, in seconds."""
    pause = AiPause.objects.filter(ended_at__isnull=True).first()
    if pause is not None and (now - pause.since).total_seconds() > rule.threshold:
        age = (now - pause.since).total_seconds()
        yield Finding("", age, f"The AI has been paused for {_minutes(age)}.")


def notice_undelivered(rule: AlertRule, now: datetime) -> Iterable[Finding]:
    """Channels that do not take a notice in so many attempts."""
    stuck = Notice.objects.exclude(state=Notice.State.SENT).filter(attempts__gte=rule.threshold)
    recent = stuck.filter(created_at__gte=_window(rule, now)).exclude(alert__rule__kind="notice_undelivered")
    for row in recent.values("channel__name").annotate(notices=Count("pk")).order_by("channel__name"):
        text = f"The channel {row['channel__name']} does not take {row['notices']} notices."
        yield Finding(row["channel__name"][:128], row["notices"], text)


def audit_not_taken(rule: AlertRule, now: datetime) -> Iterable[Finding]:
    """Seconds for which the receiver of audit messages has taken none, though there are some."""
    receiver = audit_node.receiver()
    if receiver is None:
        return
    since = now - timedelta(seconds=rule.threshold)
    row = ForwardingCursor.objects.filter(receiver=receiver.name, failing_since__lt=since).first()
    if row is not None and row.failing_since is not None:
        age = (now - row.failing_since).total_seconds()
        text = f"The receiver of audit messages {row.receiver} has taken none for {_minutes(age)}."
        yield Finding(row.receiver[-128:], age, text)


BY_KIND: dict[str, Condition] = {
    condition.__name__: condition
    for condition in (
        error_rate,
        failed_studies,
        oldest_unfinished,
        delivery_failing,
        disk_low,
        queue_growing,
        no_traffic,
        canary_late,
        canary_failed,
        drift,
        certificate_expiring,
        model_mismatch,
        process_silent,
        process_restarting,
        broker_unreachable,
        ai_paused,
        notice_undelivered,
        audit_not_taken,
    )
}
