"""What staff decides about the AI and about single studies, and how the canary fares."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from webapp.studies.models import Delivery, Study


class AiPause(models.Model):
    """The kill switch: while a pause is open, nothing is analysed. Receiving goes on."""

    since = models.DateTimeField()
    reason = models.CharField(max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    by_rule = models.CharField(max_length=32, blank=True, help_text="the alert rule that paused, where no person did")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = "AI pause"
        ordering = ["-since"]
        constraints = [
            # one value for every open pause, so that a second one has no room
            models.UniqueConstraint(models.Value(1), condition=Q(ended_at__isnull=True), name="one_open_pause")
        ]

    def __str__(self) -> str:
        return f"since {self.since:%Y-%m-%d %H:%M}"


class StudyCare(models.Model):
    """What staff asked for one study: to wait, or to go first."""

    study = models.OneToOneField(Study, on_delete=models.CASCADE, related_name="care")
    suspended_at = models.DateTimeField(null=True, blank=True)
    urgent = models.BooleanField(default=False)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    def __str__(self) -> str:
        return str(self.study)


class CanaryRun(models.Model):
    """One synthetic study sent through the real door. Its row is there before the study is."""

    class State(models.TextChoices):
        RUNNING = "RUNNING", "Running"
        PASSED = "PASSED", "Passed"
        FAILED = "FAILED", "Failed"

    study_instance_uid = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.RUNNING)
    stage = models.CharField(max_length=16, blank=True)
    reason = models.CharField(max_length=400, blank=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    seconds = models.FloatField(null=True)
    largest_difference = models.FloatField(null=True, help_text="between a score and its golden one")
    destination = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-started_at"]

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M} {self.state}"


class DriftReport(models.Model):
    """The scores and inputs of the last studies beside those of the reference window, for one kind of device."""

    at = models.DateTimeField()
    group = models.CharField(max_length=140, help_text="manufacturer and software version, or all")
    measure = models.CharField(max_length=16, help_text="score or input")
    reference_count = models.PositiveIntegerField()
    recent_count = models.PositiveIntegerField()
    psi = models.FloatField(help_text="population stability index")
    ks = models.FloatField(help_text="Kolmogorov-Smirnov statistic")
    p_value = models.FloatField()

    class Meta:
        ordering = ["-at", "group"]

    def __str__(self) -> str:
        return f"{self.group} {self.measure}"


class StudyTimeline(Study):
    """A study with its journey; a page of the admin, no table."""

    class Meta:
        proxy = True
        verbose_name = "study timeline"
        verbose_name_plural = "queue and timelines"


class DeadLetter(Delivery):
    """A delivery that failed for good; a page of the admin, no table."""

    class Meta:
        proxy = True
        verbose_name = "dead letter"
