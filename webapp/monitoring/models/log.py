"""The prediction log, and what readers and pathology said later."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class PredictionEntry(models.Model):
    """One prediction, of an image or of a whole study. Rows outlive their study, so they carry UIDs, no keys."""

    class Source(models.TextChoices):
        DICOM = "DICOM", "DICOM"
        UPLOAD = "UPLOAD", "Upload"

    class Level(models.TextChoices):
        IMAGE = "IMAGE", "Image"
        STUDY = "STUDY", "Study"

    class Result(models.TextChoices):
        ANALYSED = "ANALYSED", "Analysed"
        SENT = "SENT", "Analysed, report sent"
        SEND_FAILED = "SEND_FAILED", "Analysed, report not sent"
        NOT_ANALYSED = "NOT_ANALYSED", "Not analysed"

    at = models.DateTimeField(db_index=True)
    source = models.CharField(max_length=8, choices=Source.choices)
    level = models.CharField(max_length=8, choices=Level.choices)
    result = models.CharField(max_length=16, choices=Result.choices)
    reason = models.CharField(max_length=32, blank=True, help_text="the code of why it was not analysed")
    file_name = models.CharField(max_length=255, blank=True, help_text="of an upload; kept in this database alone")
    upload_id = models.BigIntegerField(null=True, blank=True)
    sop_instance_uid = models.CharField(max_length=64, blank=True, db_index=True)
    study_instance_uid = models.CharField(max_length=64, blank=True, db_index=True)
    round_number = models.PositiveIntegerField(null=True, blank=True)
    prediction = models.CharField(max_length=16, blank=True)
    confidence = models.FloatField(null=True)
    malignancy_probability = models.FloatField(null=True)
    raw_score = models.FloatField(null=True)
    input_mean = models.FloatField(null=True, help_text="of the network's input, 0 to 1")
    model_version = models.CharField(max_length=64)
    model_sha256 = models.CharField(max_length=64)
    operating_point = models.CharField(max_length=64)
    asked_by = models.CharField(max_length=150, blank=True, help_text="user name or AE title")
    latency_ms = models.JSONField(default=dict, help_text="by stage, milliseconds")
    manufacturer = models.CharField(max_length=64, blank=True)
    software_version = models.CharField(max_length=64, blank=True)
    site = models.CharField(max_length=64, blank=True)
    age_band = models.CharField(max_length=8, blank=True)
    is_test = models.BooleanField(default=False, help_text="a canary: counted nowhere")

    class Meta:
        verbose_name_plural = "prediction log"
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["level", "is_test", "at"])]
        constraints = [
            models.CheckConstraint(
                condition=~Q(model_version="") & ~Q(model_sha256=""), name="a_log_entry_names_its_model"
            ),
            models.UniqueConstraint(
                fields=["study_instance_uid", "round_number", "level", "sop_instance_uid"],
                condition=Q(source="DICOM"),
                name="one_log_entry_a_round_and_image",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.prediction or self.result}"


class Outcome(models.Model):
    """What became of a study: the reader's word, and pathology's, entered later."""

    class Breast(models.TextChoices):
        RIGHT = "R", "Right"
        LEFT = "L", "Left"
        STUDY = "", "Whole study"

    class Biopsy(models.TextChoices):
        NONE = "", "None, or not known"
        BENIGN = "BENIGN", "Benign"
        MALIGNANT = "MALIGNANT", "Malignant"

    study_instance_uid = models.CharField(max_length=64, db_index=True)
    breast = models.CharField(max_length=1, choices=Breast.choices, blank=True, default="")
    recalled = models.BooleanField(help_text="the reader asked for further assessment")
    biopsy = models.CharField(max_length=12, choices=Biopsy.choices, blank=True, default="")
    followed_up_negative = models.BooleanField(default=False, help_text="no cancer found within the follow-up interval")
    density = models.CharField(max_length=1, blank=True, help_text="BI-RADS a to d, where known")
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="outcomes")
    entered_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-entered_at"]
        constraints = [
            models.UniqueConstraint(fields=["study_instance_uid", "breast"], name="one_outcome_a_study_and_breast")
        ]

    def __str__(self) -> str:
        return f"{self.study_instance_uid} {self.get_breast_display()}"

    @property
    def is_cancer(self) -> bool | None:
        """The truth where there is one: pathology, or a negative follow-up; None where nobody knows."""
        if self.biopsy:
            return self.biopsy == self.Biopsy.MALIGNANT
        return False if self.followed_up_negative else None
