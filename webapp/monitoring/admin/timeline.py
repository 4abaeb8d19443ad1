"""The queue, and the timeline of each study with its buttons."""

from collections.abc import Callable

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from webapp.accounts.read_only import ReadOnly
from webapp.monitoring import selectors, switch, timelines
from webapp.monitoring.models import StudyTimeline
from webapp.studies import delivery, dispatch
from webapp.studies.models import Study


def _complete(study: Study, user: User) -> str:
    opened = dispatch.complete_by_staff(study.study_instance_uid)
    return "It goes to analysis." if opened else "Nothing new has come since its last round."


def _retry(study: Study, user: User) -> str:
    return "It is analysed again." if dispatch.retry_analysis(study) else "Its newest analysis did not fail."


def _send(study: Study, user: User) -> str:
    rows = list(selectors.not_taken().filter(report__round__study=study))
    for row in rows:
        delivery.retry(row)
    return f"{len(rows)} reports are sent again."


def _suspend(study: Study, user: User) -> str:
    switch.suspend(study, user)
    return "It waits until it is released."


def _release(study: Study, user: User) -> str:
    switch.release(study, user)
    return "It goes on."


def _urgent(study: Study, user: User) -> str:
    switch.set_urgent(study, user)
    return "It goes first where a backlog is done."


_BUTTONS: dict[str, tuple[str, Callable[[Study, User], str]]] = {
    "complete": ("Count as complete now", _complete),
    "retry": ("Analyse again", _retry),
    "send": ("Send failed reports again", _send),
    "suspend": ("Suspend", _suspend),
    "release": ("Release", _release),
    "urgent": ("Urgent", _urgent),
}


@admin.register(StudyTimeline)
class StudyTimelineAdmin(ReadOnly, admin.ModelAdmin[StudyTimeline]):
    """Studies in the order of their last image, with how long each has waited."""

    list_display = ["study_instance_uid", "state", "waiting", "attempts", "failure"]
    list_filter = ["state"]
    search_fields = ["=study_instance_uid", "=accession_number", "=patient_id"]

    @admin.display(description="Since its last image")
    def waiting(self, study: StudyTimeline) -> str:
        """Show the age in minutes."""
        return f"{(timezone.now() - study.last_received_at).total_seconds() / 60:.0f} min"

    @admin.display(description="Attempts")
    def attempts(self, study: StudyTimeline) -> int:
        """Show how often its analyses began."""
        return sum(study.rounds.values_list("attempts", flat=True))

    @admin.display(description="Failed at")
    def failure(self, study: StudyTimeline) -> str:
        """Show the stage of its newest round's failure."""
        newest = study.rounds.order_by("-number").first()
        return "" if newest is None else newest.failure_stage

    def get_queryset(self, request: HttpRequest) -> QuerySet[StudyTimeline]:
        """Show all, the newest first."""
        return super().get_queryset(request).order_by("-last_received_at")

    def get_urls(self) -> list[URLPattern]:
        """Add the buttons' target."""
        press = self.admin_site.admin_view(require_POST(self.press))
        return [path("<path:object_id>/press/<str:button>/", press, name="monitoring_press"), *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, object] | None = None,
    ) -> HttpResponse:
        """Show the timeline."""
        study = self.get_object(request, object_id)
        if study is None or not self.has_view_permission(request, study):
            raise Http404
        context = {
            **self.admin_site.each_context(request),
            "title": f"Study {study.study_instance_uid}",
            "study": study,
            "steps": timelines.of(study),
            "held": switch.why_held(study.rounds.order_by("-number").first()),
            "buttons": [(name, label) for name, (label, _) in _BUTTONS.items()],
        }
        return TemplateResponse(request, "monitoring/timeline.html", context)

    def press(self, request: HttpRequest, object_id: str, button: str) -> HttpResponse:
        """Do what a button says.

        Raises
        ------
        PermissionDenied
            If the account may not change studies.
        """
        study = Study.objects.filter(pk=object_id).first()
        if study is None or button not in _BUTTONS or not isinstance(request.user, User):
            raise Http404
        if not request.user.has_perm("studies.change_study"):
            raise PermissionDenied("Only an administrator presses these buttons.")
        self.log_change(request, StudyTimeline.objects.get(pk=study.pk), f"pressed {button}")
        messages.info(request, _BUTTONS[button][1](study, request.user))
        return HttpResponseRedirect(reverse("admin:monitoring_studytimeline_change", args=[study.pk]))
