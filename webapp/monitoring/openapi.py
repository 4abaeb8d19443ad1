"""What the schema says of the operations API."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import serializers

from webapp.monitoring import exporting, selectors
from webapp.monitoring.models import PredictionEntry
from webapp.monitoring.serializers import OverviewSerializer, PeriodSerializer
from webapp.openapi import problems


class PredictionEntrySerializer(serializers.ModelSerializer[PredictionEntry]):
    """One prediction of an image, or of a whole study."""

    latency_ms = serializers.DictField(child=serializers.FloatField(), help_text="By stage.")

    class Meta:
        model = PredictionEntry
        fields = [*exporting.FIELDS, "latency_ms"]
        read_only_fields = fields


class PredictionPageSerializer(serializers.Serializer[Any]):
    """A page of the prediction log, the newest first."""

    count = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = PredictionEntrySerializer(many=True)


class AiStatusSerializer(serializers.Serializer[Any]):
    """Whether the AI runs, and what to show where it does not."""

    ai = serializers.CharField(help_text="running, or paused")
    banner = serializers.CharField(allow_blank=True)
    since = serializers.DateTimeField(allow_null=True)
    research_use_only = serializers.BooleanField()


class BrowserErrorSerializer(serializers.Serializer[Any]):
    """An error in a page: never its message, which may hold what the page showed."""

    kind = serializers.CharField(help_text="Name of the error's class, such as TypeError.")
    place = serializers.CharField(help_text="/path/of/script.js:line:column")
    frames = serializers.ListField(child=serializers.CharField(), required=False, help_text="Places, innermost first.")


_TIMES = {"since": "Not before this time.", "until": "Before this time."}
_FILTERS = [
    *(OpenApiParameter(name, str, description="Exactly this.") for name in selectors.EXACT),
    *(OpenApiParameter(name, OpenApiTypes.DATETIME, description=text) for name, text in _TIMES.items()),
    OpenApiParameter("search", str, description="Within a file name, or a UID or name as a whole."),
    OpenApiParameter("export", str, enum=["csv", "jsonl"], description="Everything in one file."),
    OpenApiParameter("limit", int, description="How many at most."),
    OpenApiParameter("offset", int, description="How many to pass over."),
]

predictions = extend_schema_view(
    get=extend_schema(
        operation_id="list_predictions",
        parameters=_FILTERS,
        responses={
            (200, "application/json"): PredictionPageSerializer,
            (200, "text/csv"): OpenApiTypes.STR,
            (200, "application/x-ndjson"): OpenApiTypes.STR,
            **problems(400, 401),
        },
    )
)
status = extend_schema_view(
    get=extend_schema(operation_id="get_ai_status", responses={200: AiStatusSerializer, **problems(401)})
)
overview = extend_schema_view(
    get=extend_schema(
        operation_id="get_overview",
        parameters=[PeriodSerializer],
        responses={200: OverviewSerializer, **problems(400, 401, 403)},
    )
)
browser_errors = extend_schema_view(
    post=extend_schema(
        operation_id="report_browser_error",
        request={"application/json": BrowserErrorSerializer},
        responses={204: OpenApiResponse(None, "Recorded."), **problems(400, 401, 403, 415, 429)},
    )
)
