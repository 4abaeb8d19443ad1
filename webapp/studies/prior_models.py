"""Rows of the search for earlier mammograms; `models` makes them known to Django."""

from django.db import models


class PriorSearch(models.Model):
    """The one look for the earlier mammograms of a study. It never holds the study up."""

    class State(models.TextChoices):
        QUEUED = "QUEUED", "Queued"
        DONE = "DONE", "Everything that was found is here"
        PARTIAL = "PARTIAL", "Not everything that was found is here"
        FAILED = "FAILED", "Failed for good"

    study = models.OneToOneField("studies.Study", on_delete=models.PROTECT, related_name="prior_search")
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    reason = models.TextField(blank=True)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    queued_at = models.DateTimeField(null=True, blank=True)
    claimed_by = models.CharField(max_length=128, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "prior searches"
        indexes = [models.Index(fields=["state", "next_attempt_at"])]

    def __str__(self) -> str:
        return f"priors of {self.study}"


class Prior(models.Model):
    """An earlier study of the same patient, and how much of it came."""

    class State(models.TextChoices):
        FOUND = "FOUND", "Found, not yet here"
        HERE = "HERE", "Was here before"
        RETRIEVED = "RETRIEVED", "Retrieved"
        PARTIAL = "PARTIAL", "Retrieved in part"
        FAILED = "FAILED", "Not retrieved"

    search = models.ForeignKey(PriorSearch, on_delete=models.PROTECT, related_name="priors")
    study_instance_uid = models.CharField(max_length=64)
    study_date = models.DateField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.FOUND)
    images_expected = models.PositiveIntegerField(null=True, help_text="empty where the peer does not count them")
    images_here = models.PositiveIntegerField(default=0)
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ["-study_date", "id"]
        constraints = [models.UniqueConstraint(fields=["search", "study_instance_uid"], name="one_row_a_prior")]

    def __str__(self) -> str:
        return f"{self.study_instance_uid}, {self.search}"
