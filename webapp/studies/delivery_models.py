"""Rows of reports on their way; `models` makes them known to Django."""

from django.db import models
from django.db.models import Q


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """Deliveries by what is still to be done."""

    def unfinished(self) -> "DeliveryQuerySet":
        """Return those that have a step before them: to send, to have committed, or to read back."""
        return self.filter(
            Q(state=Delivery.State.QUEUED)
            | Q(state=Delivery.State.SENT) & (Q(wants_commitment=True) | Q(wants_read_back=True))
            | Q(state=Delivery.State.COMMITTED, wants_read_back=True)
        )


class Delivery(models.Model):
    """One report on its way to one destination.

    SENT means that the peer answered with a success status, COMMITTED that it took over the safekeeping,
    VERIFIED that a query found the object there.
    """

    class State(models.TextChoices):
        QUEUED = "QUEUED", "Queued"
        SENT = "SENT", "Sent"
        COMMITTED = "COMMITTED", "Committed by the peer"
        VERIFIED = "VERIFIED", "Found at the peer"
        DECLINED = "DECLINED", "Not taken there: the peer takes no objects of this kind"
        FAILED = "FAILED", "Failed for good"

    report = models.ForeignKey("studies.Report", on_delete=models.PROTECT, related_name="deliveries")
    destination = models.ForeignKey("studies.Destination", on_delete=models.PROTECT, related_name="deliveries")
    state = models.CharField(max_length=9, choices=State.choices, default=State.QUEUED)
    # the destination's profile when the report was queued: a later change is for later reports
    wants_commitment = models.BooleanField(default=False)
    wants_read_back = models.BooleanField(default=False)
    attempts = models.PositiveIntegerField(default=0)
    tries = models.PositiveIntegerField(default=0, help_text="of the present step")
    sends = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    queued_at = models.DateTimeField(null=True, blank=True)
    claimed_by = models.CharField(max_length=128, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    status = models.CharField(
        max_length=4, blank=True, help_text="the last code of the peer; DIMSE statuses in hexadecimal"
    )
    reason = models.TextField(blank=True)
    transaction_uid = models.CharField(max_length=64, blank=True, db_index=True)
    send_ms = models.FloatField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["report", "destination"], name="one_delivery_a_report_and_destination")
        ]
        indexes = [models.Index(fields=["state", "next_attempt_at"])]

    def __str__(self) -> str:
        return f"{self.report} to {self.destination}"

    @property
    def is_proved(self) -> bool:
        """Whether the peer itself has said that it holds the object."""
        return self.state in {Delivery.State.COMMITTED, Delivery.State.VERIFIED}


class DeliveryEvent(models.Model):
    """What happened to a delivery, never edited: the state it came to, when and why."""

    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="events")
    state = models.CharField(max_length=9, choices=Delivery.State.choices)
    status = models.CharField(max_length=4, blank=True)
    reason = models.TextField(blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.delivery}: {self.state}"
