"""Processes and canaries."""

from celery import current_app
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST
from kombu.exceptions import OperationalError

from webapp.accounts.read_only import ReadOnly
from webapp.audit import rows
from webapp.monitoring.models import CanaryRun, Heartbeat


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnly, admin.ModelAdmin[Heartbeat]):
    """Which processes there are, and when each showed a sign of life."""

    list_display = ["name", "machine", "pid", "started_at", "beat_at", "starts", "expected"]
    actions = ["retire", "expect"]

    @admin.action(description="Out of service: its silence is no alert")
    def retire(self, request: HttpRequest, queryset: QuerySet[Heartbeat]) -> None:
        """Expect nothing of it any more; it is expected again when it starts."""
        rows.update(queryset, "process", expected=False)

    @admin.action(description="In service: its silence is an alert")
    def expect(self, request: HttpRequest, queryset: QuerySet[Heartbeat]) -> None:
        """Expect its signs of life again."""
        rows.update(queryset, "process", expected=True)


@admin.register(CanaryRun)
class CanaryRunAdmin(ReadOnly, admin.ModelAdmin[CanaryRun]):
    """Canaries, and a button that sends one."""

    list_display = ["started_at", "state", "stage", "reason", "seconds", "largest_difference"]
    list_filter = ["state"]
    change_list_template = "monitoring/canary_list.html"

    def get_urls(self) -> list[URLPattern]:
        """Add the button's target."""
        send = self.admin_site.admin_view(require_POST(self.send))
        return [path("send/", send, name="monitoring_canary_send"), *super().get_urls()]

    def send(self, request: HttpRequest) -> HttpResponse:
        """Ask a worker for a canary."""
        try:
            current_app.send_task("monitoring.canary")
            messages.info(request, "A canary is on its way; its row appears here.")
        except (OperationalError, OSError):
            messages.error(request, "The broker does not answer: no canary was sent.")
        return HttpResponseRedirect(reverse("admin:monitoring_canaryrun_changelist"))
