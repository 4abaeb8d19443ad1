"""The admin's pages of studies, deliveries and peers. What is clinical is read-only."""

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest

from dicom_node import scu
from dicom_node.errors import SendError
from webapp.studies import delivery, dispatch
from webapp.studies.models import (
    AllowedPeer,
    ConflictingCopy,
    Delivery,
    DeliveryEvent,
    Destination,
    ImageResult,
    Instance,
    Prediction,
    Prior,
    PriorSearch,
    Report,
    Round,
    Study,
)
from webapp.studies.peers import peer_of

# a page waits for the answer
_ECHO_TIMEOUTS = scu.Timeouts(connect_seconds=3.0, association_seconds=5.0, response_seconds=5.0)


class ReadOnly:
    """No adding, changing or deleting."""

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Rows come from the journey alone."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """What is clinical is not edited here."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """What is clinical is not deleted here."""
        return False


class InstanceInline(ReadOnly, admin.TabularInline[Instance, Study]):
    """The images of a study."""

    model = Instance
    fields = [
        "sop_instance_uid",
        "laterality",
        "view",
        "not_analysed",
        "received_from",
        "received_at",
        "round",
    ]
    extra = 0


class RoundInline(ReadOnly, admin.TabularInline[Round, Study]):
    """The rounds of a study."""

    model = Round
    fields = [
        "number",
        "state",
        "trigger",
        "completed_at",
        "analysed_at",
        "sent_at",
        "attempts",
        "failure_reason",
    ]
    extra = 0


@admin.register(Study)
class StudyAdmin(ReadOnly, admin.ModelAdmin[Study]):
    """Studies and where they stand."""

    list_display = ["study_instance_uid", "state", "site", "patient_id", "accession_number", "last_received_at"]
    list_filter = ["state", "site"]
    search_fields = ["study_instance_uid", "patient_id", "accession_number"]
    date_hierarchy = "last_received_at"
    inlines = [RoundInline, InstanceInline]
    actions = ["complete_now", "analyse_again"]

    @admin.action(description="Count as complete now")
    def complete_now(self, request: HttpRequest, queryset: QuerySet[Study]) -> None:
        """Open a round over what has come so far."""
        opened = sum(dispatch.complete_by_staff(study.study_instance_uid) for study in queryset)
        messages.info(request, f"{opened} of {queryset.count()} studies go to analysis; the others had nothing new.")

    @admin.action(description="Try failed analyses again")
    def analyse_again(self, request: HttpRequest, queryset: QuerySet[Study]) -> None:
        """Give rounds that failed before their report another try."""
        tried = sum(dispatch.retry_analysis(study) for study in queryset)
        messages.info(request, f"{tried} of {queryset.count()} studies are analysed again.")


class ImageResultInline(ReadOnly, admin.TabularInline[ImageResult, Round]):
    """The images of a round."""

    model = ImageResult
    fields = ["instance", "probability", "label", "not_analysed", "reason"]
    extra = 0


class PredictionInline(ReadOnly, admin.StackedInline[Prediction, Round]):
    """What the model said."""

    model = Prediction
    extra = 0


@admin.register(Round)
class RoundAdmin(ReadOnly, admin.ModelAdmin[Round]):
    """Analyses."""

    list_display = ["study", "number", "state", "trigger", "completed_at", "attempts", "failure_stage"]
    list_filter = ["state", "failure_stage"]
    search_fields = ["study__study_instance_uid"]
    inlines = [PredictionInline, ImageResultInline]


@admin.register(Report)
class ReportAdmin(ReadOnly, admin.ModelAdmin[Report]):
    """Reports."""

    list_display = ["sop_instance_uid", "round", "kind", "created_at"]
    search_fields = ["sop_instance_uid", "round__study__study_instance_uid"]


class DeliveryEventInline(ReadOnly, admin.TabularInline[DeliveryEvent, Delivery]):
    """What happened to a delivery."""

    model = DeliveryEvent
    extra = 0


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly, admin.ModelAdmin[Delivery]):
    """Reports on their way."""

    list_display = ["report", "destination", "state", "attempts", "next_attempt_at", "status", "reason"]
    list_filter = ["state", "destination"]
    search_fields = ["report__sop_instance_uid", "report__round__study__study_instance_uid"]
    inlines = [DeliveryEventInline]
    actions = ["send_again"]

    @admin.action(description="Send failed and declined ones again")
    def send_again(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        """Put deliveries that failed for good back into the queue."""
        failed = list(queryset.filter(state__in=[Delivery.State.FAILED, Delivery.State.DECLINED]))
        for row in failed:
            delivery.retry(row)
        messages.info(request, f"{len(failed)} deliveries are sent again.")


class PriorInline(ReadOnly, admin.TabularInline[Prior, PriorSearch]):
    """The earlier studies that were found."""

    model = Prior
    extra = 0


@admin.register(PriorSearch)
class PriorSearchAdmin(ReadOnly, admin.ModelAdmin[PriorSearch]):
    """Searches for earlier studies."""

    list_display = ["study", "state", "attempts", "next_attempt_at", "reason"]
    list_filter = ["state"]
    search_fields = ["study__study_instance_uid"]
    inlines = [PriorInline]


@admin.register(ConflictingCopy)
class ConflictingCopyAdmin(ReadOnly, admin.ModelAdmin[ConflictingCopy]):
    """Objects that came under a known UID with other bytes."""

    list_display = ["instance", "received_from", "received_address", "received_at", "path"]


class FromEnvironment:
    """Rows that the environment set are changed there, not here."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Rows made in the admin may be changed in it."""
        mine = obj is None or not obj.from_environment
        return mine and super().has_change_permission(request, obj)  # type: ignore[misc]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Rows made in the admin may be deleted in it."""
        mine = obj is None or not obj.from_environment
        return mine and super().has_delete_permission(request, obj)  # type: ignore[misc]


@admin.register(Destination)
class DestinationAdmin(FromEnvironment, admin.ModelAdmin[Destination]):
    """Where reports go."""

    list_display = [
        "ae_title",
        "host",
        "port",
        "active",
        "tls",
        "objects_wanted",
        "wants_commitment",
        "wants_read_back",
        "from_environment",
    ]
    actions = ["echo"]

    @admin.action(description="Ask whether it is there (C-ECHO)")
    def echo(self, request: HttpRequest, queryset: QuerySet[Destination]) -> None:
        """Ask each destination and show its answer."""
        for row in queryset[:10]:
            try:
                scu.echo(peer_of(row), settings.NODE_AE_TITLE, _ECHO_TIMEOUTS)
            except SendError as error:
                messages.error(request, str(error))
            else:
                messages.success(request, f"{row} answers.")


@admin.register(AllowedPeer)
class AllowedPeerAdmin(FromEnvironment, admin.ModelAdmin[AllowedPeer]):
    """Who may push."""

    list_display = ["ae_title", "address", "site", "from_environment"]
