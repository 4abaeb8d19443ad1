"""What the API says of the node as a whole."""

from typing import Any

from rest_framework import serializers

from webapp.monitoring.models import Severity
from webapp.monitoring.overview import PERIODS

_CANARY_STATES = ("passed", "failed", "late", "never", "off")


class PeriodSerializer(serializers.Serializer[Any]):
    """Over how many days figures are wanted."""

    days = serializers.ChoiceField(choices=PERIODS, default=30, help_text="How many days, today among them.")


class CanarySerializer(serializers.Serializer[Any]):
    """How the last test study fared."""

    state = serializers.ChoiceField(
        choices=_CANARY_STATES,
        help_text="late: the last one passed, too long ago. never: none has come to its end. off: switched off.",
    )
    stage = serializers.CharField(allow_blank=True, help_text="Where it failed.")
    reason = serializers.CharField(allow_blank=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    age_seconds = serializers.FloatField(allow_null=True)
    seconds = serializers.FloatField(allow_null=True, help_text="How long it took.")
    last_passed_at = serializers.DateTimeField(allow_null=True)
    every_seconds = serializers.FloatField(allow_null=True, help_text="null: none is sent.")


class AiStateSerializer(serializers.Serializer[Any]):
    """Whether the AI runs."""

    paused = serializers.BooleanField()
    since = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField(allow_blank=True)


class QueueSerializer(serializers.Serializer[Any]):
    """What waits for analysis."""

    receiving = serializers.IntegerField(help_text="Studies whose images still come.")
    waiting = serializers.IntegerField(help_text="Rounds that wait for analysis.")
    suspended = serializers.IntegerField(help_text="Rounds that staff lets wait.")
    oldest_seconds = serializers.FloatField(allow_null=True)


class DiskSerializer(serializers.Serializer[Any]):
    """Room on the archive's disk."""

    free_bytes = serializers.IntegerField()
    total_bytes = serializers.IntegerField()
    percent = serializers.FloatField(help_text="Free, of 100.")


class OpenAlertSerializer(serializers.Serializer[Any]):
    """An alert that is not over."""

    rule = serializers.CharField()
    severity = serializers.ChoiceField(choices=Severity.choices)
    subject = serializers.CharField(allow_blank=True)
    text = serializers.CharField()
    raised_at = serializers.DateTimeField()
    acknowledged_at = serializers.DateTimeField(allow_null=True)


class DestinationStateSerializer(serializers.Serializer[Any]):
    """Reports to one destination."""

    destination = serializers.CharField()
    waiting = serializers.IntegerField(help_text="Still to be sent or proved.")
    failed = serializers.IntegerField(help_text="Not taken, for good.")


class DaySerializer(serializers.Serializer[Any]):
    """What one day brought."""

    day = serializers.DateField()
    received = serializers.IntegerField(help_text="Studies that arrived and are still kept.")
    analysed = serializers.IntegerField(help_text="Analyses with a result.")
    not_analysed = serializers.IntegerField(help_text="Analyses without one: no image could be analysed.")
    failed = serializers.IntegerField(help_text="Rounds that were completed that day and failed.")
    uploads = serializers.IntegerField()


class ReasonSerializer(serializers.Serializer[Any]):
    """Why images were not analysed."""

    reason = serializers.CharField(allow_blank=True)
    images = serializers.IntegerField()


class StageTimeSerializer(serializers.Serializer[Any]):
    """How long one stage took."""

    stage = serializers.CharField()
    count = serializers.IntegerField(help_text="Of so many studies, or uploads; the newest 5000 at most.")
    p50_ms = serializers.FloatField()
    p95_ms = serializers.FloatField()
    p99_ms = serializers.FloatField()


class ScoreBinSerializer(serializers.Serializer[Any]):
    """Studies with a calibrated probability above `low` and up to `high`."""

    low = serializers.FloatField()
    high = serializers.FloatField()
    studies = serializers.IntegerField()
    called_malignant = serializers.IntegerField()


class ProportionSerializer(serializers.Serializer[Any]):
    """So many of so many, with Wilson's 95 % interval."""

    hits = serializers.IntegerField()
    total = serializers.IntegerField()
    value = serializers.FloatField(allow_null=True, help_text="null: nothing was measured.")
    interval = serializers.ListField(child=serializers.FloatField(), min_length=2, max_length=2)


class LiveFiguresSerializer(serializers.Serializer[Any]):
    """The model's word against the outcomes that were entered, over one group of studies, since the beginning."""

    group = serializers.CharField()
    studies = serializers.IntegerField()
    recall_rate = ProportionSerializer()
    agreement = ProportionSerializer()
    positive_predictive_value = ProportionSerializer()
    sensitivity = ProportionSerializer()
    specificity = ProportionSerializer()


class MeasuredFigureSerializer(serializers.Serializer[Any]):
    """A figure of the model's evaluation, in the words of its report."""

    name = serializers.CharField()
    value = serializers.CharField()


class DriftSerializer(serializers.Serializer[Any]):
    """How far one measure of one kind of device has moved."""

    at = serializers.DateTimeField()
    group = serializers.CharField()
    measure = serializers.CharField()
    psi = serializers.FloatField(help_text="Population stability index.")
    p_value = serializers.FloatField()
    reference_count = serializers.IntegerField()
    recent_count = serializers.IntegerField()
    moved = serializers.BooleanField(help_text="Beyond the alert rule's threshold.")


class OverviewSerializer(serializers.Serializer[Any]):
    """The node on one page: its state now, and the figures of a period."""

    at = serializers.DateTimeField()
    days = serializers.IntegerField()
    canary = CanarySerializer()
    ai = AiStateSerializer()
    queue = QueueSerializer()
    disk = DiskSerializer(allow_null=True)
    alerts = OpenAlertSerializer(many=True)
    destinations = DestinationStateSerializer(many=True)
    volumes = DaySerializer(many=True)
    reasons = ReasonSerializer(many=True)
    stages = StageTimeSerializer(many=True)
    scores = ScoreBinSerializer(many=True)
    live = LiveFiguresSerializer(many=True)
    readers = ProportionSerializer(help_text="Breasts of which readers said that they agree with the AI.")
    evaluation = MeasuredFigureSerializer(many=True)
    drift = DriftSerializer(many=True)
