"""The prediction log, outcomes, and the model's performance."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from django.utils.module_loading import import_string

from webapp.accounts.read_only import ReadOnly
from webapp.monitoring import exporting
from webapp.monitoring.models import DriftReport, Outcome, PredictionEntry


@admin.register(PredictionEntry)
class PredictionEntryAdmin(ReadOnly, admin.ModelAdmin[PredictionEntry]):
    """One row a prediction; search, filter, export."""

    list_display = [
        "at",
        "source",
        "level",
        "subject",
        "prediction",
        "malignancy_probability",
        "confidence",
        "model_version",
        "asked_by",
        "result",
    ]
    list_filter = ["source", "level", "result", "prediction", "model_version", "manufacturer", "is_test"]
    search_fields = ["file_name", "=sop_instance_uid", "=study_instance_uid", "asked_by", "model_sha256"]
    date_hierarchy = "at"
    actions = ["export_csv", "export_json_lines"]

    @admin.display(description="Image")
    def subject(self, row: PredictionEntry) -> str:
        """Show the file name or the UID."""
        return row.file_name or row.sop_instance_uid or row.study_instance_uid

    @admin.action(description="Export as CSV")
    def export_csv(self, request: HttpRequest, queryset: QuerySet[PredictionEntry]) -> HttpResponseBase:
        """Hand out the chosen rows as a table."""
        return exporting.as_csv(queryset)

    @admin.action(description="Export as JSON lines")
    def export_json_lines(self, request: HttpRequest, queryset: QuerySet[PredictionEntry]) -> HttpResponseBase:
        """Hand out the chosen rows as JSON lines."""
        return exporting.as_json_lines(queryset)


@admin.register(Outcome)
class OutcomeAdmin(admin.ModelAdmin[Outcome]):
    """What readers and pathology said; the live figures are computed from it."""

    list_display = ["study_instance_uid", "breast", "recalled", "biopsy", "followed_up_negative", "entered_by"]
    list_filter = ["recalled", "biopsy"]
    search_fields = ["=study_instance_uid"]
    exclude = ["entered_by"]
    change_list_template = "monitoring/outcome_list.html"

    def save_model(self, request: HttpRequest, obj: Outcome, form: Any, change: bool) -> None:
        """Note who entered it."""
        obj.entered_by_id = int(request.user.pk or 0)
        super().save_model(request, obj, form, change)

    def get_urls(self) -> list[URLPattern]:
        """Add the page of the model's performance."""
        # by name, when URLs are first asked for: only the web process needs it
        page = self.admin_site.admin_view(import_string("webapp.monitoring.performance_page.show"))
        return [path("performance/", page, name="monitoring_performance"), *super().get_urls()]


@admin.register(DriftReport)
class DriftReportAdmin(ReadOnly, admin.ModelAdmin[DriftReport]):
    """How far scores and inputs have moved."""

    list_display = ["at", "group", "measure", "psi", "ks", "p_value", "reference_count", "recent_count"]
    list_filter = ["measure", "group"]
    date_hierarchy = "at"
