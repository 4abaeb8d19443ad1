"""All that the portal's monitoring screen shows, in one answer. The figures are those of the metrics and the admin."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Count, Min, Q
from django.utils import timezone

from webapp.monitoring import conditions, disk, performance, selectors, switch, volumes
from webapp.monitoring.models import Alert, AlertRule, CanaryRun, DriftReport, StudyCare
from webapp.monitoring.volumes import Day, Reason, ScoreBin, StageTime
from webapp.studies.models import BreastReview, Delivery, Review, Round, Study, StudyState
from webapp.studies.review_models import Agreement

PERIODS = (7, 30, 90)
_MOST_ALERTS = 50
_HEADLINES = (
    *("official test image", "official test breast", "official test patient"),
    *("operating points", "cross validation patient"),
)
_MOST_FIGURES = 60


@dataclass(frozen=True)
class Canary:
    """How the last canary fared: ``passed``, ``failed``, ``late`` (good, and too long ago), ``never``, or ``off``."""

    state: str
    stage: str
    reason: str
    ended_at: datetime | None
    age_seconds: float | None
    seconds: float | None
    last_passed_at: datetime | None
    every_seconds: float | None


@dataclass(frozen=True)
class Ai:
    """Whether the AI runs, and since when and why it does not."""

    paused: bool
    since: datetime | None
    reason: str


@dataclass(frozen=True)
class Queue:
    """What waits for analysis."""

    receiving: int
    waiting: int
    suspended: int
    oldest_seconds: float | None


@dataclass(frozen=True)
class DestinationState:
    """Reports to one destination that are still to be sent or proved, and those that it did not take."""

    destination: str
    waiting: int
    failed: int


@dataclass(frozen=True)
class OpenAlert:
    """An alert that is not over."""

    rule: str
    severity: str
    subject: str
    text: str
    raised_at: datetime
    acknowledged_at: datetime | None


@dataclass(frozen=True)
class Drift:
    """How far one measure of one kind of device has moved; `moved` where the alert rule's threshold is passed."""

    at: datetime
    group: str
    measure: str
    psi: float
    p_value: float
    reference_count: int
    recent_count: int
    moved: bool


@dataclass(frozen=True)
class MeasuredFigure:
    """A figure of the model's evaluation, as its report words it."""

    name: str
    value: str


@dataclass(frozen=True)
class Overview:
    """The node on one page."""

    at: datetime
    days: int
    canary: Canary
    ai: Ai
    queue: Queue
    disk: disk.Space | None
    alerts: list[OpenAlert]
    destinations: list[DestinationState]
    volumes: list[Day]
    reasons: list[Reason]
    stages: list[StageTime]
    scores: list[ScoreBin]
    live: list[performance.LiveFigures]
    readers: performance.Proportion
    evaluation: list[MeasuredFigure]
    drift: list[Drift]


def build(days: int, now: datetime | None = None) -> Overview:
    """Return the state now, and the figures of so many days, today among them."""
    now = now or timezone.now()
    pause = switch.open_pause()
    return Overview(
        at=now,
        days=days,
        canary=_canary(now),
        ai=Ai(False, None, "") if pause is None else Ai(True, pause.since, pause.reason),
        queue=_queue(now),
        disk=disk.free_space(),
        alerts=_alerts(),
        destinations=_destinations(),
        volumes=volumes.by_day(days, now),
        reasons=volumes.reasons(days, now),
        stages=volumes.stage_times(days, now),
        scores=volumes.scores(days, now),
        live=performance.live_figures(),
        readers=_readers(days, now),
        evaluation=_evaluation(),
        drift=_drift(),
    )


def _canary(now: datetime) -> Canary:
    runs = CanaryRun.objects.exclude(state=CanaryRun.State.RUNNING).order_by("-started_at")
    last, passed = runs.first(), runs.filter(state=CanaryRun.State.PASSED).order_by("-ended_at").first()
    every = settings.NODE_CANARY_EVERY_SECONDS
    passed_at = None if passed is None else passed.ended_at
    if last is None:
        state = "never" if every > 0 else "off"
        return Canary(state, "", "", None, None, None, None, every if every > 0 else None)
    state = "failed"
    if last.state == CanaryRun.State.PASSED:
        rule = AlertRule.objects.filter(kind="canary_late").first()
        is_late = rule is not None and any(conditions.canary_late(rule, now))
        state = "late" if is_late else "passed"
    return Canary(
        state=state,
        stage=last.stage,
        reason=last.reason,
        ended_at=last.ended_at,
        age_seconds=None if last.ended_at is None else (now - last.ended_at).total_seconds(),
        seconds=last.seconds,
        last_passed_at=passed_at,
        every_seconds=every if every > 0 else None,
    )


def _queue(now: datetime) -> Queue:
    suspended = StudyCare.objects.filter(suspended_at__isnull=False).values("study_id")
    found = Round.objects.filter(state=StudyState.COMPLETE).aggregate(
        waiting=Count("pk", filter=~Q(study_id__in=suspended)),
        suspended=Count("pk", filter=Q(study_id__in=suspended)),
        oldest=Min("completed_at", filter=~Q(study_id__in=suspended)),
    )
    receiving = Study.objects.filter(state=StudyState.RECEIVING)
    return Queue(
        receiving=receiving.exclude(study_instance_uid__in=conditions.canary_uids()).count(),
        waiting=found["waiting"],
        suspended=found["suspended"],
        oldest_seconds=None if found["oldest"] is None else (now - found["oldest"]).total_seconds(),
    )


def _alerts() -> list[OpenAlert]:
    """Return open alerts, critical ones first (their word comes before the other's), then the oldest first."""
    rows = Alert.objects.filter(cleared_at__isnull=True).select_related("rule")
    return [
        OpenAlert(row.rule.kind, row.rule.severity, row.subject, row.text, row.raised_at, row.acknowledged_at)
        for row in rows.order_by("rule__severity", "raised_at")[:_MOST_ALERTS]
    ]


def _destinations() -> list[DestinationState]:
    columns = [f"destination__{name}" for name in selectors.DESTINATION_COLUMNS]
    counts: dict[str, list[int]] = {}
    for place, rows in enumerate((Delivery.objects.unfinished(), selectors.not_taken())):
        for row in rows.values(*columns).annotate(reports=Count("pk")).order_by(*columns):
            counts.setdefault(selectors.destination_name(row), [0, 0])[place] += row["reports"]
    return [DestinationState(name, waiting, failed) for name, (waiting, failed) in sorted(counts.items())]


def _readers(days: int, now: datetime) -> performance.Proportion:
    """Return of how many breasts readers agreed with the AI, of those they said so or the contrary of."""
    said = BreastReview.objects.filter(review__at__gte=volumes.first_midnight(days, now))
    said = said.exclude(agreement=Agreement.NONE).exclude(review__kind=Review.Kind.FIRST_IMPRESSION)
    found = said.aggregate(hits=Count("pk", filter=Q(agreement=Agreement.AGREE)), total=Count("pk"))
    return performance.Proportion(found["hits"], found["total"])


def _evaluation() -> list[MeasuredFigure]:
    """Return the figures of the evaluation that say how good the model is; of a report of another form, the first."""
    found = performance.evaluation()
    chosen = [row for row in found if row[0].startswith(_HEADLINES)] or found
    return [MeasuredFigure(*row) for row in chosen[:_MOST_FIGURES]]


def _drift() -> list[Drift]:
    newest = DriftReport.objects.order_by("-at").first()
    if newest is None:
        return []
    rule = AlertRule.objects.filter(kind="drift").first()
    moved = set() if rule is None else {finding.subject for finding in conditions.drift(rule, newest.at)}
    return [
        Drift(
            at=row.at,
            group=row.group,
            measure=row.measure,
            psi=row.psi,
            p_value=row.p_value,
            reference_count=row.reference_count,
            recent_count=row.recent_count,
            moved=f"{row.measure} of {row.group}"[:128] in moved,
        )
        for row in DriftReport.objects.filter(at=newest.at).order_by("group", "measure")
    ]
