"""Rules, channels, alerts and notices."""

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest

from webapp.accounts.read_only import ReadOnly
from webapp.monitoring import alerting
from webapp.monitoring.models import Alert, AlertChannel, AlertRule, Notice


@admin.register(AlertRule)
class AlertRuleAdmin(admin.ModelAdmin[AlertRule]):
    """When to alert; docs/runbook.md says what each rule measures."""

    list_display = ["kind", "enabled", "severity", "threshold", "window_seconds", "cool_down_seconds"]
    list_editable = ["enabled", "threshold"]
    readonly_fields = ["kind"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Kinds of rules are code."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: AlertRule | None = None) -> bool:
        """A rule is switched off, not deleted."""
        return False


@admin.register(AlertChannel)
class AlertChannelAdmin(admin.ModelAdmin[AlertChannel]):
    """Where notices go."""

    list_display = ["name", "kind", "active", "for_escalation", "from_environment"]

    def has_change_permission(self, request: HttpRequest, obj: AlertChannel | None = None) -> bool:
        """Channels of the environment are changed there."""
        mine = obj is None or not obj.from_environment
        return mine and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: AlertChannel | None = None) -> bool:
        """Channels of the environment are removed there."""
        mine = obj is None or not obj.from_environment
        return mine and super().has_delete_permission(request, obj)


class NoticeInline(ReadOnly, admin.TabularInline[Notice, Alert]):
    """Who was told, and whether it arrived."""

    model = Notice
    fields = ["created_at", "channel", "kind", "state", "attempts", "next_attempt_at", "sent_at", "reason"]
    extra = 0


@admin.register(Alert)
class AlertAdmin(ReadOnly, admin.ModelAdmin[Alert]):
    """What is wrong now, and what was."""

    list_display = ["raised_at", "rule", "subject", "text", "is_open", "acknowledged_by", "cleared_at", "times"]
    list_filter = ["rule__kind", ("cleared_at", admin.EmptyFieldListFilter)]
    actions = ["acknowledge"]
    inlines = [NoticeInline]
    date_hierarchy = "raised_at"

    @admin.display(boolean=True, description="Open")
    def is_open(self, alert: Alert) -> bool:
        """Tell whether it is still there."""
        return alert.cleared_at is None

    @admin.action(description="Acknowledge: I look after it")
    def acknowledge(self, request: HttpRequest, queryset: QuerySet[Alert]) -> None:
        """Note who looks after it."""
        for alert in queryset.filter(acknowledged_at__isnull=True):
            if isinstance(request.user, User):
                alerting.acknowledge(alert, request.user)
        messages.info(request, "Acknowledged: they do not go to the escalation channels any more.")


@admin.register(Notice)
class NoticeAdmin(ReadOnly, admin.ModelAdmin[Notice]):
    """Messages to people; those that wait say why."""

    list_display = ["created_at", "channel", "kind", "state", "attempts", "next_attempt_at", "reason", "text"]
    list_filter = ["state", "kind", "channel"]
