"""The admin's pages of the worklist: to be looked at."""

from django.contrib import admin

from webapp.studies.admin import ReadOnly
from webapp.workitems.models import Performance, Workitem


@admin.register(Workitem)
class WorkitemAdmin(ReadOnly, admin.ModelAdmin[Workitem]):
    """Work items of this node's own worklist."""

    list_display = ["uid", "state", "cancel_requested_at", "created_at", "changed_at"]
    list_filter = ["state"]
    search_fields = ["uid"]
    exclude = ["transaction_uid"]


@admin.register(Performance)
class PerformanceAdmin(ReadOnly, admin.ModelAdmin[Performance]):
    """Work items of another worklist that this node performs."""

    list_display = ["uid", "study", "state", "reason", "started_at", "finished_at"]
    list_filter = ["state"]
    search_fields = ["uid", "study__study_instance_uid"]
    exclude = ["transaction_uid"]
