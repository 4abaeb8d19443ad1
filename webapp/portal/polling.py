"""Answers that a page asks for every few seconds: nothing is sent twice (RFC 9110 8.8.3, 13.1.2)."""

import hashlib
import json
from http import HTTPStatus

from django.core.serializers.json import DjangoJSONEncoder
from django.utils.cache import get_conditional_response, patch_vary_headers
from rest_framework.request import Request
from rest_framework.response import Response


def conditional(request: Request, body: object) -> Response:
    """Answer with the body and its ETag, or with 304 where the client has it already."""
    text = json.dumps(body, cls=DjangoJSONEncoder, sort_keys=True, ensure_ascii=False)
    etag = f'"{hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]}"'
    plain = get_conditional_response(request._request, etag=etag)
    if plain is not None and plain.status_code == HTTPStatus.NOT_MODIFIED:
        answer = Response(status=HTTPStatus.NOT_MODIFIED)
    else:
        answer = Response(body)
    answer["ETag"] = etag
    answer["Cache-Control"] = "private, no-cache"
    patch_vary_headers(answer, ["Authorization", "Cookie"])
    return answer
