"""What the schema says of the upload API."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_view

from webapp.accounts import openapi as accounts_openapi
from webapp.diagnosis.serializers import DiagnosisSerializer, UploadFormSerializer
from webapp.openapi import problems

_ACCESS = OpenApiParameter("access", str, description="What an anonymous uploader was given.")
_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="The same key with the same image returns the same result; with another image it is refused.",
)
_TOKEN = OpenApiParameter(
    "X-Chat-Token", str, OpenApiParameter.HEADER, description="The token of the conversation to attach."
)

uploads = extend_schema_view(
    get=extend_schema(
        operation_id="list_diagnoses", responses={200: DiagnosisSerializer(many=True), **problems(400, 401, 403)}
    ),
    post=extend_schema(
        operation_id="create_diagnosis",
        parameters=[_KEY, _TOKEN],
        request={"multipart/form-data": UploadFormSerializer},
        responses={200: DiagnosisSerializer, **problems(400, 401, 403, 411, 413, 415, 422, 429, 503)},
        filters=False,
    ),
)
result = extend_schema_view(
    get=extend_schema(
        operation_id="get_diagnosis",
        parameters=[_ACCESS],
        responses={200: DiagnosisSerializer, **problems(401, 403, 404)},
    )
)


def _file(operation_id: str, media_type: str) -> Callable[[type[Any]], type[Any]]:
    content = OpenApiResponse(OpenApiTypes.BINARY)
    return extend_schema_view(
        get=extend_schema(
            operation_id=operation_id,
            parameters=[_ACCESS],
            responses={(200, media_type): content, **problems(401, 403, 404)},
        )
    )


heatmap = _file("get_diagnosis_heatmap", "image/png")
report = _file("get_diagnosis_report", "application/pdf")
shares = accounts_openapi.shares("upload")
