"""Errors, grouped."""

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest

from webapp.accounts.read_only import ReadOnly
from webapp.monitoring import error_records
from webapp.monitoring.models import ErrorEvent, ErrorGroup


class ErrorEventInline(ReadOnly, admin.TabularInline[ErrorEvent, ErrorGroup]):
    """The newest occurrences."""

    model = ErrorEvent
    extra = 0
    max_num = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[ErrorEvent]:
        """Show the last hundred of this group."""
        rows = super().get_queryset(request)
        match = request.resolver_match
        group = None if match is None else match.kwargs.get("object_id")
        newest = rows.filter(group_id=group).order_by("-at").values("pk")[:100]
        return rows.filter(pk__in=list(newest.values_list("pk", flat=True)))


@admin.register(ErrorGroup)
class ErrorGroupAdmin(ReadOnly, admin.ModelAdmin[ErrorGroup]):
    """What went wrong, how often, and whether somebody dealt with it."""

    list_display = ["last_at", "state", "count", "kind", "place", "stage", "origin", "first_at", "reopened_times"]
    list_filter = ["state", "origin", "stage"]
    search_fields = ["kind", "place", "message", "events__study_instance_uid"]
    actions = ["resolve", "reopen"]
    inlines = [ErrorEventInline]

    @admin.action(description="Resolve: dealt with; the next occurrence opens it again")
    def resolve(self, request: HttpRequest, queryset: QuerySet[ErrorGroup]) -> None:
        """Note that they are dealt with."""
        for group in queryset:
            if isinstance(request.user, User):
                error_records.resolve(group, request.user)
        messages.info(request, f"{queryset.count()} groups are resolved.")

    @admin.action(description="Reopen: not dealt with after all")
    def reopen(self, request: HttpRequest, queryset: QuerySet[ErrorGroup]) -> None:
        """Take that back."""
        for group in queryset:
            error_records.reopen(group)
        messages.info(request, f"{queryset.count()} groups are open.")
