"""The admin's page of assessments: read-only, and without what the person wrote."""

from django.contrib import admin
from django.http import HttpRequest

from webapp.chatbot.models import Assessment


@admin.register(Assessment)
class AssessmentAdmin(admin.ModelAdmin[Assessment]):
    """Levels and rules, to follow how the chatbot is doing."""

    list_display = ("created_at", "level", "audience", "language", "rule_set_version", "study_instance_uid")
    list_filter = ["level", "audience", "language", "rule_set_version"]
    fields = (
        "created_at",
        "level",
        "audience",
        "language",
        "rule_set_version",
        "rules_fired",
        "study_instance_uid",
        "diagnosis",
        "attached_by",
        "attached_at",
    )
    date_hierarchy = "created_at"

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Rows come from conversations alone."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Assessment | None = None) -> bool:
        """An assessment is never edited."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Assessment | None = None) -> bool:
        """An assessment goes with its conversation, or stays with its study."""
        return False
