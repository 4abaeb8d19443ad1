"""What the schema says of the studies API."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_view

from webapp.openapi import problems
from webapp.portal import review_serializers, serializers

_ETAG = OpenApiParameter(
    "If-None-Match",
    str,
    OpenApiParameter.HEADER,
    description="The ETag of the last answer: 304 where all is as it was.",
)
_UNCHANGED = OpenApiResponse(None, "Nothing has changed.")

study_list = extend_schema_view(
    get=extend_schema(
        operation_id="list_studies",
        parameters=[serializers.WorklistQuerySerializer, _ETAG],
        responses={200: serializers.WorklistSerializer, 304: _UNCHANGED, **problems(400, 401, 403, 404)},
    )
)
study = extend_schema_view(
    get=extend_schema(
        operation_id="get_study",
        parameters=[_ETAG],
        responses={200: serializers.StudyDetailSerializer, 304: _UNCHANGED, **problems(401, 404)},
    )
)
saliency = extend_schema_view(
    get=extend_schema(
        operation_id="get_study_saliency",
        responses={(200, "image/png"): OpenApiTypes.BINARY, **problems(401, 403, 404)},
    )
)
model_input = extend_schema_view(
    get=extend_schema(
        operation_id="get_study_model_input",
        responses={(200, "image/png"): OpenApiTypes.BINARY, **problems(401, 404, 409)},
    )
)
report = extend_schema_view(
    get=extend_schema(
        operation_id="get_study_report",
        responses={200: serializers.ReportContentSerializer, **problems(401, 403, 404, 410)},
    )
)
report_file = extend_schema_view(
    get=extend_schema(
        operation_id="get_study_report_file",
        responses={(200, "application/dicom"): OpenApiTypes.BINARY, **problems(401, 403, 404, 410)},
    )
)
reviews = extend_schema_view(
    get=extend_schema(
        operation_id="list_study_reviews",
        responses={200: review_serializers.ReviewListSerializer, **problems(401, 403, 404)},
    ),
    post=extend_schema(
        operation_id="add_study_review",
        request=review_serializers.NewReviewSerializer,
        responses={
            201: review_serializers.ReviewSerializer,
            200: OpenApiResponse(review_serializers.ReviewSerializer, "It was taken a moment ago: a double click."),
            **problems(400, 401, 403, 404, 409, 422),
        },
    ),
)
outcomes = extend_schema_view(
    get=extend_schema(
        operation_id="list_study_outcomes",
        responses={200: review_serializers.OutcomeListSerializer, **problems(401, 403, 404)},
    ),
    post=extend_schema(
        operation_id="add_study_outcome",
        request=review_serializers.NewOutcomeSerializer,
        responses={
            201: review_serializers.OutcomeSerializer,
            200: OpenApiResponse(review_serializers.OutcomeSerializer, "It was taken a moment ago: a double click."),
            **problems(400, 401, 403, 404, 422),
        },
    ),
)
_STARTED = {202: serializers.StartedSerializer, **problems(401, 403, 404, 409)}
complete = extend_schema_view(post=extend_schema(operation_id="complete_study", request=None, responses=_STARTED))
retry = extend_schema_view(post=extend_schema(operation_id="retry_study", request=None, responses=_STARTED))
resend = extend_schema_view(post=extend_schema(operation_id="resend_study", request=None, responses=_STARTED))
