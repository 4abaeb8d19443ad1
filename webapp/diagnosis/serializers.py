"""Form fields -> values, rows -> JSON of the upload API."""

from typing import Any
from urllib.parse import urlencode

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.reverse import reverse

from webapp.diagnosis import selectors
from webapp.diagnosis.contents import FORMATS
from webapp.diagnosis.models import Diagnosis

REPLAYED = "These bytes were uploaded before: this is the result of that upload."


class UploadSerializer(serializers.Serializer[dict[str, Any]]):
    """The fields beside the image."""

    laterality = serializers.ChoiceField(
        choices=["L", "R"], required=False, help_text="The breast, where the image does not say it."
    )
    view = serializers.ChoiceField(
        choices=["CC", "MLO"], required=False, help_text="The projection, where the image does not say it."
    )
    assessment = serializers.CharField(
        max_length=64,
        required=False,
        help_text="A chatbot assessment to attach: a conversation's id (with its token in X-Chat-Token), or a number.",
    )
    store = serializers.BooleanField(
        default=False, help_text="Store a DICOM image as a study, as if a PACS had pushed it."
    )


class UploadFormSerializer(UploadSerializer):
    """The whole form, for the schema: the file itself goes its own way."""

    image = serializers.FileField(help_text="PNG, JPEG, TIFF or DICOM Part 10; told apart by content.")


class OperatingPointSerializer(serializers.Serializer[dict[str, Any]]):
    """From which probability on the label is Malignant."""

    name = serializers.CharField()
    threshold = serializers.FloatField(min_value=0, max_value=1)


class ModelSerializer(serializers.Serializer[dict[str, Any]]):
    """Which network spoke."""

    name = serializers.CharField()
    version = serializers.CharField()
    sha256 = serializers.CharField()


class DiagnosisSerializer(serializers.Serializer[Diagnosis]):
    """The result of one upload. Clients that read only the first two keys keep working."""

    prediction = serializers.ChoiceField(choices=["Benign", "Malignant"])
    confidence = serializers.FloatField(
        min_value=0.5, max_value=1, help_text="Calibrated probability of the predicted class."
    )
    malignancy_probability = serializers.FloatField(min_value=0, max_value=1)
    id = serializers.IntegerField()
    operating_point = OperatingPointSerializer()
    model = ModelSerializer()
    latency_ms = serializers.FloatField()
    image_format = serializers.ChoiceField(choices=list(FORMATS))
    laterality = serializers.CharField(allow_null=True)
    view = serializers.CharField(allow_null=True)
    heatmap = serializers.URLField(allow_null=True, help_text="A PNG: where the network looked.")
    report = serializers.URLField(help_text="A PDF of this result.")
    study_instance_uid = serializers.CharField(allow_null=True, help_text="Where the image was stored as a study.")
    assessment = serializers.IntegerField(allow_null=True, help_text="The chatbot assessment that was attached.")
    warnings = serializers.ListField(child=serializers.CharField())
    created_at = serializers.DateTimeField()
    research_use_only = serializers.BooleanField(help_text="Always true: not for diagnosis.")

    def to_representation(self, instance: Diagnosis) -> dict[str, Any]:
        """Return the body."""
        return diagnosis_body(instance, self.context["request"])


def diagnosis_body(row: Diagnosis, request: Request, *, is_replayed: bool = False) -> dict[str, Any]:
    """Return one upload's result."""
    return {
        "prediction": row.label,
        "confidence": round(row.confidence, 4),
        "malignancy_probability": round(row.probability, 4),
        "id": row.pk,
        "operating_point": {"name": row.operating_point, "threshold": round(row.threshold, 4)},
        "model": {"name": row.model_name, "version": row.model_version, "sha256": row.model_sha256},
        "latency_ms": round(row.latency_ms, 1),
        "image_format": row.image_format,
        "laterality": row.laterality or None,
        "view": row.view or None,
        "heatmap": _address("diagnosis-heatmap", row, request) if row.heatmap else None,
        "report": _address("diagnosis-report", row, request),
        "study_instance_uid": row.study_instance_uid or None,
        "assessment": row.assessment,
        "warnings": [*row.warnings, *([REPLAYED] if is_replayed else [])],
        "created_at": row.created_at.isoformat(),
        "research_use_only": True,
    }


def _address(name: str, row: Diagnosis, request: Request) -> str:
    access = selectors.access_to(row)
    query = f"?{urlencode({'access': access})}" if access else ""
    return reverse(name, args=[row.pk], request=request) + query
