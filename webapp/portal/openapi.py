"""What the schema says of the studies API."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers

from webapp.openapi import problems
from webapp.portal.serializers import StudySummarySerializer
from webapp.studies.models import StudyState


class FailureSerializer(serializers.Serializer[Any]):
    """Where a study failed, and why."""

    stage = serializers.CharField()
    reason = serializers.CharField()


class StudyDetailSerializer(serializers.Serializer[Any]):
    """A study with its newest round: images, scores, timings, reports, deliveries."""

    study_instance_uid = serializers.CharField()
    state = serializers.ChoiceField(choices=StudyState.choices)
    round = serializers.IntegerField()
    accession_number = serializers.CharField(allow_blank=True)
    failure = FailureSerializer(allow_null=True)
    images = serializers.ListField(child=serializers.DictField())
    breasts = serializers.ListField(child=serializers.DictField())
    probability = serializers.FloatField(allow_null=True)
    prediction = serializers.CharField(allow_null=True)
    confidence = serializers.FloatField(allow_null=True)
    operating_point = serializers.CharField(allow_null=True)
    timings_ms = serializers.DictField(child=serializers.FloatField())
    reports = serializers.ListField(child=serializers.DictField())
    deliveries = serializers.ListField(child=serializers.DictField())
    model = serializers.DictField(allow_null=True)
    research_use_only = serializers.BooleanField()


study_list = extend_schema_view(
    get=extend_schema(
        operation_id="list_studies", responses={200: StudySummarySerializer(many=True), **problems(400, 401)}
    )
)
study = extend_schema_view(
    get=extend_schema(operation_id="get_study", responses={200: StudyDetailSerializer, **problems(401, 404)})
)
