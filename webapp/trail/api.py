"""The audit trail over HTTP: events for whoever may read them, and whether the chain holds."""

from http import HTTPStatus

from django.http.response import HttpResponseBase
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from webapp.accounts.permissions import MayReadAuditTrail
from webapp.accounts.tokens import Scope
from webapp.audit import verify
from webapp.filters import FilterError
from webapp.paging import LARGEST, Paging, is_whole
from webapp.problems import Problem
from webapp.trail import exporting, openapi, selectors

# how many links one request walks: some hundreds of milliseconds
LONGEST_WALK = 10_000
_FILES = {"csv": exporting.as_csv, "jsonl": exporting.as_json_lines, "fhir": exporting.as_fhir}


class _TrailView(APIView):
    permission_classes = [IsAuthenticated, MayReadAuditTrail]
    token_scopes = {"GET": Scope.AUDIT}


@openapi.events
class AuditEvents(_TrailView):
    """``GET /api/v1/audit/events/``: pages of JSON, or a file with ``?export=csv``, ``jsonl`` or ``fhir``."""

    def get(self, request: Request) -> HttpResponseBase:
        """Answer with the events, the newest first."""
        pages = Paging()
        pages.check(request)
        try:
            rows = selectors.filtered(selectors.events_for(request.user), request.query_params)
        except FilterError as error:
            raise Problem(HTTPStatus.BAD_REQUEST, str(error)) from error
        wanted = request.query_params.get("export")
        if wanted is not None and wanted not in _FILES:
            raise Problem(HTTPStatus.BAD_REQUEST, f"export is {wanted!r}; csv, jsonl or fhir is expected.")
        if wanted is not None:
            return _FILES[wanted](rows)
        page = pages.paginate_queryset(rows, request, view=self) or []
        return pages.get_paginated_response([exporting.event_body(event) for event in page])


@openapi.verification
class Verification(_TrailView):
    """``GET /api/v1/audit/verification/``: walk a stretch of the chain; ``manage.py audit_verify`` walks all of it."""

    def get(self, request: Request) -> Response:
        """Answer with what the walk found."""
        verdict = verify.verify(self._first(request), most=LONGEST_WALK)
        broken = verdict.broken
        return Response(
            {
                "holds": verdict.holds,
                "first": verdict.first,
                "count": verdict.count,
                "head": verdict.head,
                "head_hash": verdict.head_hash,
                "broken_at": None if broken is None else broken.sequence,
                "reason": "" if broken is None else broken.reason,
            }
        )

    def _first(self, request: Request) -> int:
        given = request.query_params.get("first")
        if given is None:
            return max(1, verify.head_number() - LONGEST_WALK + 1)
        if not is_whole(given, 1):
            sentence = f"first is {given!r}; a whole number from 1 to {LARGEST} is expected."
            raise Problem(HTTPStatus.BAD_REQUEST, sentence)
        return int(given)
