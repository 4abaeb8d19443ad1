"""The admin's page of uploads: read-only."""

from django.contrib import admin
from django.http import HttpRequest

from webapp.diagnosis.models import Diagnosis


@admin.register(Diagnosis)
class DiagnosisAdmin(admin.ModelAdmin[Diagnosis]):
    """Uploads and their scores."""

    list_display = [
        "created_at",
        "user",
        "image_format",
        "label",
        "probability",
        "confidence",
        "model_version",
    ]
    list_filter = ["label", "image_format", "model_version"]
    date_hierarchy = "created_at"

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Rows come from uploads alone."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Diagnosis | None = None) -> bool:
        """A prediction is never edited."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Diagnosis | None = None) -> bool:
        """A prediction is never deleted here."""
        return False
