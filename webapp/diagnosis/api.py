"""``/api/diagnosis/``: an image in, a score out; and what was scored before."""

from http import HTTPStatus
from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import PermissionDenied
from rest_framework.generics import ListAPIView
from rest_framework.parsers import MultiPartParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from webapp.accounts.sharing import SharesView
from webapp.accounts.tokens import Scope
from webapp.audit.addresses import client_address
from webapp.diagnosis import attachments, heatmaps, openapi, reports, scoring, selectors
from webapp.diagnosis.filters import DiagnosisFilter
from webapp.diagnosis.models import Diagnosis, UploadShare
from webapp.diagnosis.permissions import MayAskForResult, MayUpload
from webapp.diagnosis.receiving import FIELD, Inbox, Received
from webapp.diagnosis.renderers import PdfRenderer, PngRenderer
from webapp.diagnosis.scoring import Order
from webapp.diagnosis.serializers import DiagnosisSerializer, UploadSerializer, diagnosis_body
from webapp.diagnosis.throttling import OpenUploadThrottle, UploadThrottle
from webapp.problems import Problem

LONGEST_KEY = 255


@openapi.uploads
class DiagnosisList(ListAPIView[Diagnosis]):
    """Score one uploaded mammogram; list one's own uploads."""

    parser_classes = [MultiPartParser]
    permission_classes = [MayUpload]
    token_scopes = {"GET": Scope.READ, "POST": Scope.UPLOAD}
    serializer_class = DiagnosisSerializer
    filter_backends = [DjangoFilterBackend]
    filterset_class = DiagnosisFilter

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        """Put our own inbox before the body is touched."""
        self.inbox = Inbox()
        request.upload_handlers = [self.inbox]
        return super().initialize_request(request, *args, **kwargs)

    def get_throttles(self) -> list[Any]:
        """Count uploads apart, too."""
        uploads = [UploadThrottle(), OpenUploadThrottle()] if self.request.method == "POST" else []
        return [*super().get_throttles(), *uploads]

    def get_queryset(self) -> QuerySet[Diagnosis]:
        """Return what this user uploaded, and what was shown to them."""
        return selectors.diagnoses_for(self.request.user)

    def post(self, request: Request) -> Response:
        """Answer with the prediction and its confidence."""
        upload = request.FILES.get(FIELD)
        try:
            outcome = scoring.diagnose(self._order(request, upload))
        finally:
            if isinstance(upload, Received):
                upload.close()
        body = diagnosis_body(outcome.row, request, is_replayed=outcome.is_replayed)
        return Response(body, headers={"Cache-Control": "no-store"})

    def _order(self, request: Request, upload: object) -> Order:
        if not isinstance(upload, Received):
            raise Problem(HTTPStatus.BAD_REQUEST, "No file came in the field 'image'. Send it as multipart/form-data.")
        if self.inbox.files > 1:
            raise Problem(HTTPStatus.BAD_REQUEST, "Several files came in the field 'image'. Send one image a request.")
        if not upload.size:
            raise Problem(HTTPStatus.BAD_REQUEST, "The uploaded file is empty. Please choose the image and try again.")
        asked = UploadSerializer(data=request.POST)
        asked.is_valid(raise_exception=True)
        values: dict[str, Any] = dict(asked.validated_data)
        named = values.pop("assessment", None)
        attachment = None
        if not isinstance(request.user, User):
            if named is not None or values["store"]:
                raise PermissionDenied("Please sign in to store a study or to attach an assessment.")
        elif named is not None:
            attachment = attachments.find(named, request.headers.get("X-Chat-Token", ""), request.user)
        return Order(
            upload=upload,
            user=request.user,
            address=client_address(request),
            attachment=attachment,
            idempotency_key=_idempotency_key(request),
            **values,
        )


def _idempotency_key(request: Request) -> str:
    key = request.headers.get("Idempotency-Key", "").strip()
    if len(key) > LONGEST_KEY or not key.isprintable():
        raise Problem(
            HTTPStatus.BAD_REQUEST, f"The Idempotency-Key is not usable: send up to {LONGEST_KEY} plain characters."
        )
    return key


class _OneResult(APIView):
    """What concerns one upload."""

    permission_classes = [MayAskForResult]
    token_scopes = {"GET": Scope.READ}

    def find(self, request: Request, pk: int) -> Diagnosis:
        """Return the row, or 404 where it is not there or not this user's to see."""
        row = selectors.diagnosis_for(request.user, pk, request.query_params.get("access", ""))
        if row is None:
            raise Http404
        return row


@openapi.result
class DiagnosisDetail(_OneResult):
    """One upload's result."""

    def get(self, request: Request, pk: int) -> Response:
        """Answer with the result."""
        return Response(diagnosis_body(self.find(request, pk), request))


@openapi.heatmap
class DiagnosisHeatmap(_OneResult):
    """Where the network looked."""

    renderer_classes = [PngRenderer, JSONRenderer]

    def get(self, request: Request, pk: int) -> Response:
        """Answer with a PNG."""
        png = heatmaps.read(self.find(request, pk).heatmap)
        if png is None:
            raise Http404
        return _file(png, PngRenderer.media_type, f"upload-{pk}-heatmap.png")


@openapi.report
class DiagnosisReport(_OneResult):
    """The result as a page."""

    renderer_classes = [PdfRenderer, JSONRenderer]

    def get(self, request: Request, pk: int) -> Response:
        """Answer with a PDF."""
        return _file(reports.pdf_of(self.find(request, pk)), PdfRenderer.media_type, f"upload-{pk}-report.pdf")


@openapi.shares
class DiagnosisShares(SharesView[Diagnosis]):
    """To whom an upload is shown."""

    target_name = "diagnosis"

    def target(self, request: Request, keys: dict[str, Any]) -> Diagnosis:
        """Return the upload, which the user sees."""
        row = selectors.diagnosis_for(request.user, keys["pk"])
        if row is None:
            raise Http404
        return row

    def may_share(self, request: Request, target: Diagnosis) -> bool:
        """Ask for the uploader, or for the role."""
        return selectors.may_share(request.user, target)

    def rows(self, target: Diagnosis) -> QuerySet[UploadShare]:
        """Return the shares."""
        return selectors.shares_of(target)


def _file(content: bytes, media_type: str, name: str) -> Response:
    headers = {"Content-Disposition": f'inline; filename="{name}"', "Cache-Control": "private, no-store"}
    return Response(content, content_type=media_type, headers=headers)
