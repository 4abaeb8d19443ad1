"""Errors, grouped by what they have in common."""

from django.conf import settings
from django.db import models


class ErrorGroup(models.Model):
    """Failures with one fingerprint. The traceback names places and kinds; no words that may quote a patient."""

    class State(models.TextChoices):
        OPEN = "OPEN", "Open"
        RESOLVED = "RESOLVED", "Resolved"

    class Origin(models.TextChoices):
        REQUEST = "REQUEST", "Request"
        ASSOCIATION = "ASSOCIATION", "Association"
        TASK = "TASK", "Task"
        BROWSER = "BROWSER", "Browser page"
        PROCESS = "PROCESS", "Process"

    fingerprint = models.CharField(max_length=64, unique=True)
    origin = models.CharField(max_length=12, choices=Origin.choices)
    kind = models.CharField(max_length=128)
    place = models.CharField(max_length=200)
    message = models.CharField(max_length=400, blank=True, help_text="the log line's template, without its values")
    stage = models.CharField(max_length=16, blank=True)
    traceback = models.TextField(blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    count = models.PositiveIntegerField(default=0)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    reopened_times = models.PositiveIntegerField(default=0)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["-last_at"]
        indexes = [models.Index(fields=["state", "last_at"])]

    def __str__(self) -> str:
        return f"{self.kind} at {self.place}"


class ErrorEvent(models.Model):
    """One occurrence."""

    group = models.ForeignKey(ErrorGroup, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField(db_index=True)
    process = models.CharField(max_length=64)
    study_instance_uid = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.group} {self.at:%Y-%m-%d %H:%M:%S}"
