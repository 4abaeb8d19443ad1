"""What people said of a study: rows that are only ever added; `models` makes them known to Django."""

from typing import Any, NoReturn, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models

_ONLY_ADDED = "What a reader said is never changed. A later word is a new row."


class AppendOnlyQuerySet(models.QuerySet[Any]):
    """Rows that nothing changes or deletes."""

    def update(self, **kwargs: Any) -> NoReturn:
        """Refuse."""
        raise ValidationError(_ONLY_ADDED)

    def delete(self) -> NoReturn:
        """Refuse."""
        raise ValidationError(_ONLY_ADDED)


class AppendOnly(models.Model):
    """A row that is written once. It goes only with its whole study."""

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write a new row; refuse to write one again."""
        if not self._state.adding:
            raise ValidationError(_ONLY_ADDED)
        super().save(*args, **kwargs)

    def delete(self: Self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse."""
        raise ValidationError(_ONLY_ADDED)


class Agreement(models.TextChoices):
    """What the reader says of the AI's word."""

    AGREE = "agree", "Agrees"
    DISAGREE = "disagree", "Disagrees"
    NONE = "none", "Says nothing of it"


class Review(AppendOnly):
    """One reader's word on one study."""

    class Kind(models.TextChoices):
        FIRST_IMPRESSION = "first-impression", "First impression, before the AI's results"
        READING = "reading", "Reading"
        ARBITRATION = "arbitration", "Arbitration between two readings"

    study = models.ForeignKey("studies.Study", on_delete=models.PROTECT, related_name="reviews")
    round = models.ForeignKey(
        "studies.Round", on_delete=models.PROTECT, related_name="reviews", null=True, help_text="the newest one then"
    )
    kind = models.CharField(max_length=16, choices=Kind.choices)
    reader = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reviews")
    reader_name = models.CharField(max_length=150, help_text="as the reader was called then")
    ai_was_hidden = models.BooleanField(help_text="whether the reader had not been shown the AI's results")
    comment = models.TextField(blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.study}: {self.kind} by {self.reader_name}"


class BreastReview(AppendOnly):
    """What a review says of one breast."""

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="breasts")
    laterality = models.CharField(max_length=1, choices=[("L", "Left"), ("R", "Right")])
    agreement = models.CharField(max_length=8, choices=Agreement.choices, default=Agreement.NONE)
    birads = models.CharField(max_length=2, blank=True, help_text="BI-RADS category")
    density = models.CharField(max_length=1, blank=True, help_text="BI-RADS a to d")

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["review", "laterality"], name="one_word_a_review_and_breast")]

    def __str__(self) -> str:
        return f"{self.review}: {self.laterality}"


class FindingReview(AppendOnly):
    """What a review says of one of the AI's marks, or a mark that the reader added."""

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="findings")
    instance = models.ForeignKey("studies.Instance", on_delete=models.PROTECT, related_name="reviewed_in")
    mark_index = models.PositiveIntegerField(null=True, help_text="which of the AI's marks; empty for one's own")
    agreement = models.CharField(max_length=8, choices=Agreement.choices, default=Agreement.NONE)
    polygon = models.JSONField(null=True, help_text="corners [x, y] in the image's pixels")
    text = models.TextField(blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.review}: {self.instance}"


class OutcomeEntry(AppendOnly):
    """What became of a study, as somebody entered it. The newest of a kind and breast counts."""

    class Kind(models.TextChoices):
        RECALL = "recall", "Recalled for assessment"
        NO_RECALL = "no-recall", "Not recalled"
        BIOPSY_BENIGN = "biopsy-benign", "Biopsy: benign"
        BIOPSY_MALIGNANT = "biopsy-malignant", "Biopsy: malignant"
        FOLLOW_UP = "follow-up", "Followed up without cancer"

    study = models.ForeignKey("studies.Study", on_delete=models.PROTECT, related_name="outcomes")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    laterality = models.CharField(max_length=1, blank=True, choices=[("L", "Left"), ("R", "Right")])
    happened_on = models.DateField(help_text="when it happened")
    text = models.TextField(blank=True)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="outcome_entries")
    entered_by_name = models.CharField(max_length=150)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "outcome entries"
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.study}: {self.kind}"
