"""The operations side over HTTP: metrics, the prediction log, the banner, errors of browser pages."""

import hmac
import ipaddress
import re
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_GET
from prometheus_client import CONTENT_TYPE_LATEST
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import UserRateThrottle
from rest_framework.views import APIView

from webapp.accounts.permissions import IsAdministrator, MayReadStudies
from webapp.accounts.throttling import API_THROTTLES
from webapp.accounts.tokens import Scope
from webapp.filters import FilterError
from webapp.monitoring import error_records, exporting, metrics, openapi, overview, selectors, switch
from webapp.monitoring.serializers import OverviewSerializer, PeriodSerializer
from webapp.paging import Paging
from webapp.problems import Problem


@require_GET
def metrics_view(request: HttpRequest) -> HttpResponse:
    """``GET /metrics``: by token, or from a configured address."""
    if not _may_read_metrics(request):
        return HttpResponse("A token, or a request from a configured address, is needed.\n", status=403)
    return HttpResponse(metrics.text(), content_type=CONTENT_TYPE_LATEST)


def _may_read_metrics(request: HttpRequest) -> bool:
    given = request.headers.get("Authorization", "").removeprefix("Bearer ").encode()
    wanted = settings.NODE_METRICS_TOKEN.encode()
    if wanted:
        return hmac.compare_digest(given, wanted)
    # behind a proxy every request comes from the proxy's address, so there the token alone counts
    if settings.NODE_BEHIND_PROXY:
        return False
    try:
        caller = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    return any(caller in ipaddress.ip_network(one, strict=False) for one in settings.NODE_METRICS_ADDRESSES)


@openapi.predictions
class PredictionLog(APIView):
    """``GET /api/monitoring/predictions/``: pages of JSON, or a file with ``?export=csv`` or ``jsonl``."""

    permission_classes = [MayReadStudies]
    token_scopes = {"GET": Scope.MONITOR}

    def get(self, request: Request) -> HttpResponseBase:
        """Answer with what this user may see."""
        pages = Paging()
        pages.check(request)
        try:
            rows = selectors.filtered(selectors.entries_for(request.user), request.query_params)
        except FilterError as error:
            raise Problem(HTTPStatus.BAD_REQUEST, str(error)) from error
        wanted = request.query_params.get("export")
        if wanted == "csv":
            return exporting.as_csv(rows)
        if wanted == "jsonl":
            return exporting.as_json_lines(rows)
        if wanted is not None:
            raise Problem(HTTPStatus.BAD_REQUEST, f"export is {wanted!r}; csv or jsonl is expected.")
        page = pages.paginate_queryset(rows, request, view=self) or []
        return pages.get_paginated_response([exporting.entry_body(entry) for entry in page])


@openapi.status
class Status(APIView):
    """``GET /api/monitoring/status/``: whether the AI runs, and the banner to show where it does not."""

    token_scopes = {"GET": Scope.READ}

    def get(self, request: Request) -> Response:
        """Answer with the banner, empty while the AI runs."""
        pause = switch.open_pause()
        return Response(
            {
                "ai": "running" if pause is None else "paused",
                "banner": "" if pause is None else switch.BANNER,
                "since": None if pause is None else pause.since.isoformat(),
                "research_use_only": True,
            }
        )


@openapi.overview
class NodeOverview(APIView):
    """``GET /api/monitoring/overview/?days=30``: the whole node, all sites, so for administrators alone."""

    permission_classes = [IsAdministrator]
    token_scopes = {"GET": Scope.MONITOR}

    def get(self, request: Request) -> Response:
        """Answer with the state now and the figures of the period."""
        period = PeriodSerializer(data=request.query_params)
        given = request.query_params.get("days")
        if given == "" or not period.is_valid():
            raise Problem(HTTPStatus.BAD_REQUEST, f"days is {given!r}; 7, 30 or 90 is expected.")
        return Response(OverviewSerializer(overview.build(period.validated_data["days"])).data)


class BrowserErrorThrottle(UserRateThrottle):
    """A page in a loop must not fill the database."""

    rate = "30/minute"


_NAME = re.compile(r"[A-Za-z]{1,60}(Error|Exception)|Error|UnhandledRejection", re.ASCII)
_PLACE = re.compile(r"(?:/[A-Za-z0-9_.-]{1,80}){1,6}:\d{1,6}(?::\d{1,6})?", re.ASCII)
_FRAMES = 30


@openapi.browser_errors
class BrowserErrors(APIView):
    """``POST /api/monitoring/browser-errors/``: kind, place and frames of an error in a page; never its message."""

    throttle_classes = [*API_THROTTLES, BrowserErrorThrottle]

    def post(self, request: Request) -> Response:
        """Record what has the form of a kind and of places in scripts, and drop everything else."""
        body = request.data if isinstance(request.data, dict) else {}
        kind, place = str(body.get("kind", "")), str(body.get("place", ""))
        if _NAME.fullmatch(kind) is None or _PLACE.fullmatch(place) is None:
            sentence = "kind is the name of an error class, place is /path/of/script.js:line:column."
            raise Problem(HTTPStatus.BAD_REQUEST, sentence)
        given = body.get("frames", [])
        frames = [str(frame) for frame in given[:_FRAMES]] if isinstance(given, list) else []
        kept = "\n".join(frame for frame in frames if _PLACE.fullmatch(frame))
        error_records.record_browser(kind, place, kept, "browser")
        return Response(status=HTTPStatus.NO_CONTENT)
