"""The OpenAPI schema of the whole API: what every view shares, and the few paths that are no API views."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers

_VERSIONED, _ALIAS = "/api/v1/", "/api/"

_HEALTH = {
    "live": "The web process runs.",
    "ready": "Database, broker, archive and model are there, and the last canary passed.",
    "scp": "The receiving process answers C-ECHO.",
    "workers": "Every process shows signs of life.",
}

Schema = dict[str, Any]


class ProblemSerializer(serializers.Serializer[dict[str, Any]]):
    """What went wrong and what to do (RFC 9457)."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()


class NodeSchema(AutoSchema):
    """The first word below the version is the tag."""

    def get_tags(self) -> list[str]:
        """Return the tag."""
        return [self.path.removeprefix(_VERSIONED).split("/", 1)[0]]

    def get_operation(self, *args: Any, **kwargs: Any) -> Schema | None:
        """Add what every operation with a body may answer: a length is asked for, or the body is too large."""
        operation: Schema | None = super().get_operation(*args, **kwargs)
        if operation is not None and "requestBody" in operation:
            answers = operation["responses"]
            for status, words in ((411, "A length is needed."), (413, "Too large.")):
                answers.setdefault(str(status), {**answers["429"], "description": words})
            operation["responses"] = dict(sorted(answers.items()))
        return operation


def problems(*statuses: int) -> dict[Any, Any]:
    """Return the documented errors of an operation."""
    words = {
        401: "Nobody is signed in.",
        403: "Not for this account.",
        404: "Not there, or not yours to see.",
        429: "Too often.",
        503: "Not now; Retry-After says when. It is also the answer while the audit trail cannot be written.",
    }
    return {
        (status, "application/problem+json"): OpenApiResponse(ProblemSerializer, words.get(status, ""))
        for status in (*statuses, 406, 429, 503)
    }


def drop_aliases(endpoints: list[tuple[str, str, str, Any]], **_: object) -> list[tuple[str, str, str, Any]]:
    """Leave out ``/api/x`` where ``/api/v1/x`` is described, and DICOMweb, which its standard describes (PS3.18)."""
    endpoints = [endpoint for endpoint in endpoints if endpoint[0].startswith(_ALIAS)]
    versioned = {path.removeprefix(_VERSIONED) for path, *_ in endpoints if path.startswith(_VERSIONED)}
    return [
        endpoint
        for endpoint in endpoints
        if endpoint[0].startswith(_VERSIONED) or endpoint[0].removeprefix(_ALIAS) not in versioned
    ]


def add_health(result: Schema, **_: object) -> Schema:
    """Describe the health checks, which stay outside the framework so that they answer when it does not."""
    body = {
        "type": "object",
        "properties": {"status": {"type": "string"}, "reasons": {"type": "array", "items": {"type": "string"}}},
        "required": ["status"],
    }
    content = {"application/json": {"schema": body}}
    for name, text in _HEALTH.items():
        answers: Schema = {"200": {"description": text, "content": content}}
        if name != "live":
            answers["503"] = {"description": "Not so; the reasons are in the answer.", "content": content}
        result["paths"][f"/health/{name}"] = {
            "get": {"operationId": f"health_{name}", "tags": ["health"], "security": [{}], "responses": answers}
        }
    return result
