"""Rules, alerts, and the notices that channels carry. Nothing here holds a patient's data."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email
from django.db import models
from django.db.models import Q


class Severity(models.TextChoices):
    """How bad it is."""

    WARNING = "WARNING", "Warning"
    CRITICAL = "CRITICAL", "Critical"


class AlertRule(models.Model):
    """When to alert. What a kind measures stands in ``conditions.py`` and in the runbook."""

    kind = models.CharField(max_length=32, unique=True, editable=False)
    enabled = models.BooleanField(default=True)
    severity = models.CharField(max_length=8, choices=Severity.choices, default=Severity.WARNING)
    threshold = models.FloatField(help_text="its unit stands in the runbook")
    window_seconds = models.PositiveIntegerField(help_text="how far back the rule looks", default=3600)
    cool_down_seconds = models.PositiveIntegerField(
        help_text="after a notice, the same thing going off and on again stays silent for so long", default=1800
    )
    escalate_after_seconds = models.PositiveIntegerField(
        help_text="an alert that nobody acknowledged goes to the escalation channels; 0 for never", default=3600
    )
    holds_results = models.BooleanField(default=False, help_text="while it fires, the AI is paused (drift alone)")
    channels: "models.ManyToManyField[AlertChannel, models.Model]" = models.ManyToManyField(
        "AlertChannel", blank=True, help_text="none: every channel that is active"
    )

    class Meta:
        ordering = ["kind"]

    def __str__(self) -> str:
        return self.kind


class AlertChannel(models.Model):
    """Where notices go."""

    class Kind(models.TextChoices):
        EMAIL = "EMAIL", "E-mail"
        WEBHOOK = "WEBHOOK", "Webhook (JSON, Slack-compatible)"

    name = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    target = models.CharField(max_length=500, help_text="an e-mail address, or a URL")
    active = models.BooleanField(default=True)
    for_escalation = models.BooleanField(default=False, help_text="gets only what nobody acknowledged")
    from_environment = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse what is no address."""
        if self.kind == self.Kind.EMAIL:
            validate_email(self.target)
        elif not self.target.startswith(("http://", "https://")):
            raise ValidationError("A webhook's target begins with http:// or https://.")
        else:
            URLValidator(schemes=["http", "https"])(self.target.replace("//localhost", "//127.0.0.1"))


class Alert(models.Model):
    """Something that a rule found, from its first sight to its end."""

    rule = models.ForeignKey(AlertRule, on_delete=models.PROTECT, related_name="alerts")
    subject = models.CharField(max_length=128, blank=True, help_text="which destination, process or device")
    text = models.CharField(max_length=400)
    value = models.FloatField(null=True)
    raised_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    times = models.PositiveIntegerField(default=1, help_text="how often it went off and on again")
    notified_at = models.DateTimeField(null=True, blank=True)
    escalated_at = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    cleared_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-raised_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "subject"],
                condition=Q(cleared_at__isnull=True),
                name="one_open_alert_a_rule_and_subject",
            )
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.subject}".strip()


class Notice(models.Model):
    """One message to one channel. It is retried until the channel took it."""

    class Kind(models.TextChoices):
        RAISED = "RAISED", "Alert"
        ESCALATED = "ESCALATED", "Escalation"
        CLEARED = "CLEARED", "All clear"

    class State(models.TextChoices):
        QUEUED = "QUEUED", "Queued"
        SENT = "SENT", "Sent"
        GIVEN_UP = "GIVEN_UP", "Given up"

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="notices")
    channel = models.ForeignKey(AlertChannel, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    text = models.CharField(max_length=500)
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=400, blank=True, help_text="why the last attempt failed")

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["state", "next_attempt_at"])]

    def __str__(self) -> str:
        return f"{self.kind} to {self.channel}"
