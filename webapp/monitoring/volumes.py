"""How much was done in the last days, how long it took, and which scores came of it; canaries are counted nowhere."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from webapp.monitoring import tallies
from webapp.monitoring.conditions import canary_uids
from webapp.monitoring.models import PredictionEntry
from webapp.studies.models import Round, Study, StudyState

STAGES = ("receive", "wait", "queue", "decode", "preprocess", "infer", "report", "send")
UPLOAD = "upload"
# the newest so many studies, and uploads, say how long stages take: the answer stays quick at any size
MOST_TIMED = 5000
_QUANTILES = (0.5, 0.95, 0.99)
_Source, _Level, _Result = PredictionEntry.Source, PredictionEntry.Level, PredictionEntry.Result


@dataclass(frozen=True)
class Day:
    """What one day brought."""

    day: date
    received: int
    analysed: int
    not_analysed: int
    failed: int
    uploads: int


@dataclass(frozen=True)
class Reason:
    """Why images were not analysed, and how many."""

    reason: str
    images: int


@dataclass(frozen=True)
class StageTime:
    """How long one stage took, of so many studies (or uploads). Each percentile is a time that was measured."""

    stage: str
    count: int
    p50_ms: float
    p95_ms: float
    p99_ms: float


@dataclass(frozen=True)
class ScoreBin:
    """How many studies have a calibrated probability above `low` and up to `high`; how many were called malignant."""

    low: float
    high: float
    studies: int
    called_malignant: int


def first_midnight(days: int, now: datetime) -> datetime:
    """Return when the period begins: today is its last day."""
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - timedelta(days=days - 1)


def by_day(days: int, now: datetime) -> list[Day]:
    """Return every day of the period, the oldest first; what retention removed is no longer among `received`."""
    since = first_midnight(days, now)
    arrived = Study.objects.filter(created_at__gte=since).exclude(state=StudyState.PRIOR)
    failed = Round.objects.filter(state=StudyState.FAILED, completed_at__gte=since)
    logged = _entries(since)
    of_studies = logged.filter(source=_Source.DICOM, level=_Level.STUDY)
    unanswered = Q(result=_Result.NOT_ANALYSED)
    received = _per_day(arrived.exclude(study_instance_uid__in=canary_uids()), "created_at")
    analysed = _per_day(of_studies.exclude(unanswered), "at")
    not_analysed = _per_day(of_studies.filter(unanswered), "at")
    broken = _per_day(failed.exclude(study__study_instance_uid__in=canary_uids()), "completed_at")
    uploads = _per_day(logged.filter(source=_Source.UPLOAD), "at")
    every = [since.date() + timedelta(days=number) for number in range(days)]
    counts = (received, analysed, not_analysed, broken, uploads)
    return [Day(day, *(found.get(day, 0) for found in counts)) for day in every]


def _entries(since: datetime) -> QuerySet[PredictionEntry]:
    return PredictionEntry.objects.filter(is_test=False, at__gte=since).order_by()


def _per_day(rows: QuerySet[Any], field: str) -> dict[date, int]:
    counted = rows.order_by().annotate(day=TruncDate(field)).values("day").annotate(rows=Count("pk"))
    return dict(counted.values_list("day", "rows"))


def reasons(days: int, now: datetime) -> list[Reason]:
    """Return why images of the period were not analysed, the commonest first."""
    rows = _entries(first_midnight(days, now)).filter(level=_Level.IMAGE, result=_Result.NOT_ANALYSED)
    counted = rows.values("reason").annotate(images=Count("pk")).order_by("-images", "reason")
    return [Reason(row["reason"], row["images"]) for row in counted]


def stage_times(days: int, now: datetime) -> list[StageTime]:
    """Return how long each stage took, in the order of the stages; a stage that nobody went through is left out."""
    rows = _entries(first_midnight(days, now)).order_by("-at")
    studies = rows.filter(source=_Source.DICOM, level=_Level.STUDY).values_list("latency_ms", flat=True)[:MOST_TIMED]
    uploads = rows.filter(source=_Source.UPLOAD).values_list("latency_ms", flat=True)[:MOST_TIMED]
    values: dict[str, list[float]] = {stage: [] for stage in STAGES}
    for found in studies:
        for stage in STAGES:
            if stage in found:
                values[stage].append(float(found[stage]))
    values[UPLOAD] = [float(found["total"]) for found in uploads if "total" in found]
    return [_stage_time(stage, taken) for stage, taken in values.items() if taken]


def _stage_time(stage: str, taken: Iterable[float]) -> StageTime:
    times = np.fromiter(taken, dtype=np.float64)
    # nearest rank: no time between two that were measured
    found = np.quantile(times, _QUANTILES, method="inverted_cdf")
    return StageTime(stage, len(times), *(float(value) for value in found))


def scores(days: int, now: datetime) -> list[ScoreBin]:
    """Return the calibrated probabilities of the period's studies, in the bins of the metrics' histogram."""
    rows = _entries(first_midnight(days, now)).filter(
        source=_Source.DICOM, level=_Level.STUDY, malignancy_probability__isnull=False
    )
    lows = (0.0, *tallies.SCORE_BUCKETS[:-1])
    wanted: dict[str, Count] = {}
    for number, (low, high) in enumerate(zip(lows, tallies.SCORE_BUCKETS, strict=True)):
        # the lowest bin holds 0 as well
        above = Q() if number == 0 else Q(malignancy_probability__gt=low)
        within = above & Q(malignancy_probability__lte=high)
        wanted[f"all_{number}"] = Count("pk", filter=within)
        wanted[f"called_{number}"] = Count("pk", filter=within & Q(prediction="Malignant"))
    found = rows.aggregate(**wanted)
    return [
        ScoreBin(low, high, found[f"all_{number}"], found[f"called_{number}"])
        for number, (low, high) in enumerate(zip(lows, tallies.SCORE_BUCKETS, strict=True))
    ]
