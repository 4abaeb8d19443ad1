"""What the schema says of the audit trail."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers

from webapp.audit.models import Action, ActorKind, Event, Outcome
from webapp.openapi import problems
from webapp.trail import selectors


class AuditEventSerializer(serializers.Serializer[Any]):
    """One thing that somebody did; objects are named by type and identifier."""

    id = serializers.IntegerField()
    at = serializers.DateTimeField()
    actor_kind = serializers.ChoiceField(choices=ActorKind.choices)
    actor = serializers.CharField(help_text="User name, AE title, process; for a visitor the address.")
    actor_id = serializers.CharField(allow_blank=True)
    token_id = serializers.CharField(allow_blank=True, help_text="Which token, never the token itself.")
    address = serializers.CharField(allow_blank=True)
    action = serializers.ChoiceField(choices=Action.choices)
    event = serializers.ChoiceField(choices=Event.choices)
    object_type = serializers.CharField()
    object_id = serializers.CharField(allow_blank=True)
    outcome = serializers.ChoiceField(choices=Outcome.choices)
    detail = serializers.DictField()
    sequence = serializers.IntegerField(allow_null=True, help_text="Its place in the chain.")
    hash = serializers.CharField(allow_blank=True)


class AuditPageSerializer(serializers.Serializer[Any]):
    """A page of the trail, the newest first."""

    count = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = AuditEventSerializer(many=True)


class VerificationSerializer(serializers.Serializer[Any]):
    """What a walk over the chain found."""

    holds = serializers.BooleanField()
    first = serializers.IntegerField(help_text="The number that the walk began with.")
    count = serializers.IntegerField(help_text="How many links hold.")
    head = serializers.IntegerField()
    head_hash = serializers.CharField()
    broken_at = serializers.IntegerField(allow_null=True)
    reason = serializers.CharField(allow_blank=True)


_TIMES = {"since": "Not before this time.", "until": "Before this time."}
_FILTERS = [
    *(
        OpenApiParameter(
            name,
            str,
            enum=list(selectors.CHOICES[name].values) if name in selectors.CHOICES else None,
            description="Exactly this.",
        )
        for name in selectors.EXACT
    ),
    *(OpenApiParameter(name, OpenApiTypes.DATETIME, description=text) for name, text in _TIMES.items()),
    OpenApiParameter("search", str, description="A name, an identifier or an address as a whole."),
    OpenApiParameter("export", str, enum=["csv", "jsonl", "fhir"], description="Everything in one file."),
    OpenApiParameter("limit", int, description="How many at most."),
    OpenApiParameter("offset", int, description="How many to pass over."),
]

events = extend_schema_view(
    get=extend_schema(
        operation_id="list_audit_events",
        parameters=_FILTERS,
        responses={
            (200, "application/json"): AuditPageSerializer,
            (200, "text/csv"): OpenApiTypes.STR,
            (200, "application/x-ndjson"): OpenApiTypes.STR,
            (200, "application/fhir+ndjson"): OpenApiTypes.STR,
            **problems(400, 401, 403),
        },
    )
)
verification = extend_schema_view(
    get=extend_schema(
        operation_id="verify_audit_trail",
        parameters=[
            OpenApiParameter("first", int, description="The number to begin with; the newest 10,000 without it."),
        ],
        responses={200: VerificationSerializer, **problems(400, 401, 403)},
    )
)
