"""UPS-RS: the worklist over HTTP (PS3.18 11), for administrators. Subscriptions and events are not there yet."""

import json
from http import HTTPStatus
from typing import Any

from django.conf import settings
from pydicom.datadict import tag_for_keyword
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from webapp.accounts.permissions import IsAdministrator
from webapp.accounts.tokens import Scope
from webapp.audit import telling
from webapp.problems import Problem
from webapp.workitems import steps
from webapp.workitems.steps import Attributes, RefusalError

_MOST = 200
_LONGEST_BYTES = 1024 * 1024
_PAGE = {"limit", "offset", "includefield", "fuzzymatching"}


class DicomJsonParser(JSONParser):
    """Reads ``application/dicom+json``."""

    media_type = "application/dicom+json"


class DicomJsonRenderer(JSONRenderer):
    """Writes ``application/dicom+json``."""

    media_type = "application/dicom+json"
    format = "dicom+json"


class _WorkitemView(APIView):
    permission_classes = [IsAdministrator]
    token_scopes = {"GET": Scope.WORKLIST, "POST": Scope.WORKLIST, "PUT": Scope.WORKLIST}
    parser_classes = [DicomJsonParser, JSONParser]
    renderer_classes = [DicomJsonRenderer, JSONRenderer]

    def handle_exception(self, exc: Exception) -> Response:
        """Answer a refusal as problem JSON, with the Warning header that PS3.18 asks for."""
        if not isinstance(exc, RefusalError):
            return super().handle_exception(exc)
        answer = super().handle_exception(Problem(HTTPStatus(exc.status), exc.sentence))
        answer["Warning"] = f'299 {settings.NODE_AE_TITLE}: "{exc.sentence}"'
        return answer


class Workitems(_WorkitemView):
    """Create and search."""

    def post(self, request: Request) -> Response:
        """Schedule a work item; its UID stands after the question mark, or in the data set."""
        item = steps.create(_bare(request), _attributes(request))
        telling.note_made(request, item.uid)
        return Response(
            status=HTTPStatus.CREATED, headers={"Location": request.build_absolute_uri(f"workitems/{item.uid}")}
        )

    def get(self, request: Request) -> Response:
        """Return the work items that match."""
        keys = {_tag(name): str(value) for name, value in request.query_params.items() if name not in _PAGE}
        found = steps.find(keys, min(_number(request, "limit", _MOST), _MOST), _number(request, "offset", 0))
        return Response(found) if found else Response(status=HTTPStatus.NO_CONTENT)


class OneWorkitem(_WorkitemView):
    """Retrieve and update."""

    def get(self, request: Request, uid: str) -> Response:
        """Return one work item."""
        return Response([steps.shown(steps.item_of(uid))])

    def post(self, request: Request, uid: str) -> Response:
        """Merge attributes; the Transaction UID stands after the question mark."""
        key = _bare(request) or request.query_params.get("transaction-uid", "")
        steps.update(uid, key, _attributes(request))
        return Response(status=HTTPStatus.OK)


class WorkitemState(_WorkitemView):
    """Claim, complete, cancel."""

    def put(self, request: Request, uid: str) -> Response:
        """Change the state."""
        warning = steps.change_state(uid, _attributes(request))
        headers = {"Warning": f'299 {settings.NODE_AE_TITLE}: "{warning}"'} if warning else {}
        return Response(status=HTTPStatus.OK, headers=headers)


class CancelRequest(_WorkitemView):
    """Ask for a cancellation."""

    def post(self, request: Request, uid: str) -> Response:
        """Note the wish; what is only scheduled is canceled at once."""
        steps.request_cancellation(uid, _attributes(request, may_be_empty=True))
        return Response(status=HTTPStatus.ACCEPTED)


def _attributes(request: Request, *, may_be_empty: bool = False) -> Attributes:
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > _LONGEST_BYTES:
        raise RefusalError(413, f"A work item has at most {_LONGEST_BYTES} bytes.")
    data: Any = request.data
    if "\\u0000" in json.dumps(data):
        raise RefusalError(400, "A work item holds no NUL characters: not every database keeps them.")
    if isinstance(data, list) and len(data) == 1:
        data = data[0]
    if may_be_empty and not data:
        return {}
    if not isinstance(data, dict) or not data:
        raise RefusalError(400, "One data set in DICOM JSON is expected.")
    if any(len(tag) != 8 or not isinstance(element, dict) for tag, element in data.items()):
        raise RefusalError(400, "The data set is no DICOM JSON: its keys are tags of eight hexadecimal digits.")
    return {tag.upper(): element for tag, element in data.items()}


def _bare(request: Request) -> str:
    """Return what stands alone after the question mark, as PS3.18 11.4.1 has it."""
    query = request.META.get("QUERY_STRING", "")
    return query if "=" not in query else ""


def _tag(name: str) -> str:
    tag = tag_for_keyword(name)
    if tag is not None:
        return f"{tag:08X}"
    if len(name) == 8:
        return name.upper()
    raise RefusalError(400, f"{name[:64]} is no attribute that could be searched for.")


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else default
