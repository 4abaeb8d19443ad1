"""The figures of the whole node for Prometheus: read from the database, so right whichever process is asked.

Gauges are counted when asked for. Counters and histograms are the tallies that all processes add to.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from django.db.models import Count, Min, Sum
from django.utils import timezone
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from webapp.monitoring import disk, selectors, switch, tallies
from webapp.monitoring.conditions import canary_uids
from webapp.monitoring.models import Alert, AlertRule, CanaryRun, ErrorGroup, Heartbeat, Notice
from webapp.studies.models import Delivery, Round, Study, StudyState

_COUNTERS = {
    "stores": ("mammonode_stores", "C-STORE requests by the status that answered them", ("status",)),
    "received_bytes": ("mammonode_received_bytes", "Bytes of stored objects", ()),
    "associations": ("mammonode_associations", "What became of associations", ("event",)),
    "predictions": (
        "mammonode_predictions",
        "Predictions by class and model",
        ("prediction", "level", "source", "model"),
    ),
    "deliveries": (
        "mammonode_delivery_attempts",
        "Steps of deliveries; retry is one that failed for now, waiting a peer that has yet to commit",
        ("outcome", "destination"),
    ),
    "rounds_failed": ("mammonode_rounds_failed", "Rounds that failed for good", ("stage",)),
    "errors": ("mammonode_errors", "Recorded errors by kind", ("origin", "kind")),
    "notices": ("mammonode_notices", "Attempts to send a notice of an alert", ("outcome", "channel")),
}
_HISTOGRAMS = {
    "stage_seconds": (
        "mammonode_stage_seconds",
        "How long each stage of a study took",
        ("stage",),
        tallies.STAGE_BUCKETS,
    ),
    "score": ("mammonode_score", "Probability of malignancy", ("level", "model"), tallies.SCORE_BUCKETS),
}


def text() -> bytes:
    """Return the figures in Prometheus' text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Node())
    return generate_latest(registry)


class _Node(Collector):
    def collect(self) -> Iterable[Metric]:
        now = timezone.now()
        yield from _tallied_counters()
        yield from _tallied_histograms()
        yield from _studies(now)
        yield from _deliveries()
        yield from _processes(now)
        yield from _state_of_alerts()
        yield from _canary(now)


def _gauge(name: str, text: str, rows: Iterable[tuple[list[str], float]], labels: list[str]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"mammonode_{name}", text, labels=labels)
    for values, value in rows:
        family.add_metric(values, value)
    return family


def _tallied_counters() -> Iterator[Metric]:
    for name, (public, text, labels) in _COUNTERS.items():
        family = CounterMetricFamily(public, text, labels=list(labels))
        rows = tallies.totals(name).get(name, [])
        for found, value in rows:
            family.add_metric([found.get(label, "") for label in labels], value)
        if not rows and not labels:
            family.add_metric([], 0.0)
        yield family


def _tallied_histograms() -> Iterator[Metric]:
    for name, (public, text, labels, buckets) in _HISTOGRAMS.items():
        rows = tallies.totals(f"{name}_")
        sums = {_key(found, labels): value for found, value in rows.get(f"{name}_sum", [])}
        counts: dict[tuple[str, ...], dict[str, float]] = {}
        for found, value in rows.get(f"{name}_bucket", []):
            counts.setdefault(_key(found, labels), {})[found["le"]] = value
        family = HistogramMetricFamily(public, text, labels=list(labels))
        for key, by_bucket in counts.items():
            family.add_metric(list(key), _cumulative(by_bucket, buckets), sums.get(key, 0.0))
        yield family


def _key(found: dict[str, str], labels: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(found.get(label, "") for label in labels)


def _cumulative(by_bucket: dict[str, float], buckets: tuple[float, ...]) -> list[tuple[str, float]]:
    running, found = 0.0, []
    for bound in [*(f"{bucket:g}" for bucket in buckets), "+Inf"]:
        running += by_bucket.get(bound, 0.0)
        found.append((bound, running))
    return found


def _studies(now: datetime) -> Iterator[Metric]:
    real = Study.objects.exclude(study_instance_uid__in=canary_uids())
    rows = real.values("state").annotate(studies=Count("pk"), oldest=Min("last_received_at"))
    found = {row["state"]: (row["studies"], (now - row["oldest"]).total_seconds()) for row in rows}
    # a state without a study is 0, not absent: alert rules look at it
    states = {state: found.get(state, (0, 0.0)) for state in StudyState.values}
    yield _gauge(
        "studies",
        "Studies by state",
        [([state], count) for state, (count, _) in states.items()],
        ["state"],
    )
    yield _gauge(
        "study_oldest_age_seconds",
        "Time since the last image of the oldest study in each state",
        [([state], age) for state, (_, age) in states.items()],
        ["state"],
    )
    waiting = Round.objects.filter(state=StudyState.COMPLETE).count()
    yield _gauge("queue_depth", "Rounds that wait for analysis", [([], waiting)], [])
    retries = Round.objects.aggregate(all=Sum("attempts"), rows=Count("pk"))
    extra = max(0, (retries["all"] or 0) - (retries["rows"] or 0))
    yield _gauge("analysis_retries", "Analyses that began more than once, of the rounds kept", [([], extra)], [])
    yield _gauge("ai_paused", "1 while the AI is paused", [([], float(switch.open_pause() is not None))], [])


def _deliveries() -> Iterator[Metric]:
    columns = ["state", *(f"destination__{name}" for name in selectors.DESTINATION_COLUMNS)]
    rows = Delivery.objects.values(*columns).annotate(reports=Count("pk")).order_by(*columns)
    found = [([row["state"], selectors.destination_name(row)], float(row["reports"])) for row in rows]
    yield _gauge("deliveries", "Reports by state and destination", found, ["state", "destination"])


def _processes(now: datetime) -> Iterator[Metric]:
    beats = list(Heartbeat.objects.all())
    yield _gauge(
        "process_heartbeat_age_seconds",
        "Time since the last sign of life",
        [([row.name, row.machine], (now - row.beat_at).total_seconds()) for row in beats],
        ["process", "machine"],
    )
    starts = CounterMetricFamily("mammonode_process_starts", "Starts of each process", labels=["process", "machine"])
    for row in beats:
        starts.add_metric([row.name, row.machine], row.starts)
    yield starts
    space = disk.free_space()
    if space is not None:
        yield _gauge("disk_free_bytes", "Free space of the archive's disk", [([], space.free_bytes)], [])
        yield _gauge("disk_total_bytes", "Size of the archive's disk", [([], space.total_bytes)], [])


def _state_of_alerts() -> Iterator[Metric]:
    firing = dict(
        Alert.objects.filter(cleared_at__isnull=True)
        .values_list("rule__kind")
        .annotate(alerts=Count("pk"))
        .values_list("rule__kind", "alerts")
    )
    rules = AlertRule.objects.filter(enabled=True).values_list("kind", "severity")
    yield _gauge(
        "alerts_firing",
        "Open alerts by rule",
        [([kind, severity], firing.get(kind, 0)) for kind, severity in rules],
        ["rule", "severity"],
    )
    waiting = Notice.objects.filter(state=Notice.State.QUEUED).count()
    yield _gauge("notices_waiting", "Notices that no channel has taken yet", [([], waiting)], [])
    open_errors = ErrorGroup.objects.filter(state=ErrorGroup.State.OPEN).count()
    yield _gauge("error_groups_open", "Groups of errors that nobody resolved", [([], open_errors)], [])


def _canary(now: datetime) -> Iterator[Metric]:
    passed = CanaryRun.objects.filter(state=CanaryRun.State.PASSED).order_by("-ended_at").first()
    last = CanaryRun.objects.exclude(state=CanaryRun.State.RUNNING).first()
    if passed is not None and passed.ended_at is not None:
        age = (now - passed.ended_at).total_seconds()
        yield _gauge("canary_age_seconds", "Time since a canary came back whole", [([], age)], [])
        yield _gauge("canary_seconds", "How long the last good canary took", [([], passed.seconds or 0.0)], [])
    if last is not None:
        good = float(last.state == CanaryRun.State.PASSED)
        yield _gauge("canary_passed", "1 where the last canary passed", [([], good)], [])
