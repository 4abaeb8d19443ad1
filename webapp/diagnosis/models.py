"""One row for each uploaded image that was scored."""

from django.conf import settings
from django.db import models
from django.db.models import Q

# known to Django because it is named here
from webapp.diagnosis.share_models import UploadShare as UploadShare


class Diagnosis(models.Model):
    """What the model said of an upload. The picture itself is not kept, unless it was stored as a study."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="diagnoses",
        null=True,
        blank=True,
        help_text="empty: anonymous, where open uploads are switched on",
    )
    image_sha256 = models.CharField(max_length=64)
    image_format = models.CharField(max_length=8)
    laterality = models.CharField(max_length=1, blank=True)
    view = models.CharField(max_length=16, blank=True)
    label = models.CharField(max_length=16)
    probability = models.FloatField()
    confidence = models.FloatField()
    operating_point = models.CharField(max_length=64)
    threshold = models.FloatField()
    model_name = models.CharField(max_length=64)
    model_version = models.CharField(max_length=64)
    model_sha256 = models.CharField(max_length=64)
    latency_ms = models.FloatField()
    warnings = models.JSONField(default=list)
    heatmap = models.CharField(max_length=64, blank=True, help_text="its file among the derived pictures")
    study_instance_uid = models.CharField(max_length=64, blank=True, help_text="where it was stored as a study")
    assessment = models.PositiveBigIntegerField(null=True, blank=True, help_text="the chatbot's, attached at upload")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "diagnoses"
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["user", "image_sha256", "created_at"])]
        constraints = [
            models.CheckConstraint(
                condition=~Q(model_version="") & ~Q(model_sha256=""), name="a_diagnosis_names_its_model"
            )
        ]

    def __str__(self) -> str:
        return f"upload {self.pk}: {self.label}"


class UploadKey(models.Model):
    """An Idempotency-Key that a client sent, and the upload it stands for."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="upload_keys", null=True, blank=True
    )
    key = models.CharField(max_length=255)
    diagnosis = models.ForeignKey(Diagnosis, on_delete=models.CASCADE, related_name="keys")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="one_upload_a_user_and_key"),
            models.UniqueConstraint(fields=["key"], condition=Q(user__isnull=True), name="one_anonymous_upload_a_key"),
        ]

    def __str__(self) -> str:
        return f"key of upload {self.diagnosis_id}"
