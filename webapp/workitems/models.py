"""Rows of the worklist: what others want done here, and what this node does for a worklist elsewhere."""

from django.db import models

from webapp.studies.models import Study


class Workitem(models.Model):
    """A Unified Procedure Step of which this node is the manager (PS3.4 CC.1.1)."""

    class State(models.TextChoices):
        SCHEDULED = "SCHEDULED", "Scheduled"
        IN_PROGRESS = "IN PROGRESS", "In progress"
        COMPLETED = "COMPLETED", "Completed"
        CANCELED = "CANCELED", "Canceled"

    uid = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=11, choices=State.choices, default=State.SCHEDULED)
    transaction_uid = models.CharField(max_length=64, blank=True, help_text="the key of whoever claimed it")
    attributes = models.JSONField(default=dict, help_text="DICOM JSON, without state and transaction")
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    cancel_reason = models.CharField(max_length=400, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["state", "id"])]

    def __str__(self) -> str:
        return f"{self.uid} {self.state}"

    @property
    def is_final(self) -> bool:
        """Tell whether nothing changes any more."""
        return self.state in {self.State.COMPLETED, self.State.CANCELED}


class Performance(models.Model):
    """A work item of another manager that this node performs. The row stands before the claim goes out."""

    class State(models.TextChoices):
        CLAIMING = "CLAIMING", "Being claimed"
        IN_PROGRESS = "IN_PROGRESS", "In progress"
        COMPLETED = "COMPLETED", "Completed"
        CANCELED = "CANCELED", "Canceled"
        LOST = "LOST", "Somebody else has it, or it is gone"

    origin = models.CharField(max_length=400)
    uid = models.CharField(max_length=64)
    transaction_uid = models.CharField(max_length=64)
    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="performances")
    state = models.CharField(max_length=11, choices=State.choices, default=State.CLAIMING)
    reason = models.TextField(blank=True)
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["origin", "uid"], name="one_performance_a_workitem")]

    def __str__(self) -> str:
        return f"{self.uid} {self.state}"
