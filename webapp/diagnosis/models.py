"""One row for each uploaded image that was scored."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class Diagnosis(models.Model):
    """What the model said of an upload. The picture itself is not kept."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="diagnoses")
    image_sha256 = models.CharField(max_length=64)
    image_format = models.CharField(max_length=8)
    label = models.CharField(max_length=16)
    probability = models.FloatField()
    confidence = models.FloatField()
    operating_point = models.CharField(max_length=64)
    threshold = models.FloatField()
    model_name = models.CharField(max_length=64)
    model_version = models.CharField(max_length=64)
    model_sha256 = models.CharField(max_length=64)
    latency_ms = models.FloatField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "diagnoses"
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(model_version="") & ~Q(model_sha256=""), name="a_diagnosis_names_its_model"
            )
        ]

    def __str__(self) -> str:
        return f"upload {self.pk}: {self.label}"
