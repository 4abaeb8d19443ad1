"""Whom an upload was shown to."""

from django.conf import settings
from django.db import models


class UploadShare(models.Model):
    """An upload that one account showed to another, until somebody takes it back."""

    diagnosis = models.ForeignKey("diagnosis.Diagnosis", on_delete=models.CASCADE, related_name="shares")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="shared_uploads")
    shared_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="uploads_i_shared")
    shared_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["shared_at", "id"]
        constraints = [models.UniqueConstraint(fields=["diagnosis", "person"], name="one_share_an_upload_and_person")]

    def __str__(self) -> str:
        return f"upload {self.diagnosis_id} shown to account {self.person_id}"
