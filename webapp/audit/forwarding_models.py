"""How far the trail was sent."""

from django.db import models
from django.utils import timezone


class ForwardingCursor(models.Model):
    """What one receiver has taken, and who is sending to it just now."""

    receiver = models.CharField(max_length=270, unique=True, help_text="HOST:PORT")
    sent_sequence = models.PositiveBigIntegerField(default=0, help_text="number of the last event that it took")
    sent_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveIntegerField(default=0, help_text="since it last took something")
    failing_since = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)
    next_attempt_at = models.DateTimeField(default=timezone.now)
    claimed_by = models.CharField(max_length=32, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.receiver}: {self.sent_sequence}"
