"""The kill switch, and dead letters."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseRedirect
from django.urls import reverse

from webapp.accounts.read_only import ReadOnly
from webapp.monitoring import selectors, switch
from webapp.monitoring.models import AiPause, DeadLetter
from webapp.studies import delivery
from webapp.studies.models import Delivery


@admin.register(AiPause)
class AiPauseAdmin(admin.ModelAdmin[AiPause]):
    """The kill switch: adding a row stops inference, the action lets it go on."""

    list_display = ["since", "reason", "by", "by_rule", "ended_at", "ended_by"]
    fields = ["reason"]
    actions = ["resume"]

    def has_change_permission(self, request: HttpRequest, obj: AiPause | None = None) -> bool:
        """What happened is not edited."""
        return obj is None and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: AiPause | None = None) -> bool:
        """What happened is not deleted."""
        return False

    def save_model(self, request: HttpRequest, obj: AiPause, form: Any, change: bool) -> None:
        """Turn the switch; where it is on already, nothing more is to be done."""
        if isinstance(request.user, User) and not switch.pause(obj.reason, request.user):
            messages.warning(request, "The AI was paused already.")
        current = switch.open_pause()
        if current is not None:
            obj.pk, obj.since = current.pk, current.since

    def log_addition(self, request: HttpRequest, obj: AiPause, message: Any) -> Any:
        """Keep the admin's own note of who did it."""
        return super().log_addition(request, obj, message) if obj.pk else None

    def response_add(self, request: HttpRequest, obj: AiPause, post_url_continue: str | None = None) -> HttpResponse:
        """Say what holds now."""
        messages.info(request, switch.BANNER)
        return HttpResponseRedirect(reverse("admin:monitoring_aipause_changelist"))

    @admin.action(description="Let the AI go on: the most urgent and oldest studies first")
    def resume(self, request: HttpRequest, queryset: QuerySet[AiPause]) -> None:
        """End the pause."""
        user = request.user if isinstance(request.user, User) else None
        messages.info(request, f"The AI runs again; {switch.resume(user)} studies were waiting.")


@admin.register(DeadLetter)
class DeadLetterAdmin(ReadOnly, admin.ModelAdmin[DeadLetter]):
    """Reports that a destination refused for good."""

    list_display = ["changed_at", "report", "destination", "attempts", "status", "reason"]
    list_filter = ["destination"]
    actions = ["send_again"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[DeadLetter]:
        """Show what failed for good."""
        return super().get_queryset(request).filter(pk__in=selectors.not_taken().values("pk"))

    @admin.action(description="Send again")
    def send_again(self, request: HttpRequest, queryset: QuerySet[DeadLetter]) -> None:
        """Put them back into the queue."""
        rows = list(queryset)
        for row in rows:
            delivery.retry(Delivery.objects.get(pk=row.pk))
        messages.info(request, f"{len(rows)} reports are sent again.")
