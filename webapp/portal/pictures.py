"""What the AI saw of an image, and where it looked: two PNGs."""

from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from rest_framework.request import Request
from rest_framework.views import APIView

from webapp.accounts.permissions import MayReadStudies
from webapp.accounts.tokens import Scope
from webapp.portal import openapi
from webapp.portal.api import find_study
from webapp.portal.documents import refuse_hidden
from webapp.portal.negotiation import AnyMediaType
from webapp.problems import Problem
from webapp.studies import pipeline, saliency_files
from webapp.studies.models import ImageResult, Study

_CACHING = "private, max-age=3600"


class _Picture(APIView):
    permission_classes = [MayReadStudies]
    token_scopes = {"GET": Scope.READ}
    content_negotiation_class = AnyMediaType

    def result(self, study: Study, sop_instance_uid: str) -> ImageResult:
        """Return the newest result of the image."""
        rows = ImageResult.objects.filter(round__study=study, instance__sop_instance_uid=sop_instance_uid)
        newest = rows.select_related("instance", "round__prediction").order_by("-round__number").first()
        if newest is None:
            raise Http404
        return newest


@openapi.saliency
class Saliency(_Picture):
    """Where the network looked: to be laid over the image, edge to edge."""

    def get(self, request: Request, study_instance_uid: str, sop_instance_uid: str) -> HttpResponseBase:
        """Answer with the PNG: transparent where nothing stood out."""
        study = find_study(request, study_instance_uid)
        refuse_hidden(request, study)
        result = self.result(study, sop_instance_uid)
        path = saliency_files.path_of(result.saliency)
        if not result.saliency or not path.is_file():
            raise Problem(HTTPStatus.NOT_FOUND, "There is no heat map of this image; has_saliency says so.")
        return _answer(request, result.saliency, path.read_bytes)


@openapi.model_input
class ModelInput(_Picture):
    """The tensor that the network was given, as a picture: made again by the same code."""

    def get(self, request: Request, study_instance_uid: str, sop_instance_uid: str) -> HttpResponseBase:
        """Answer with the PNG."""
        study = find_study(request, study_instance_uid)
        result = self.result(study, sop_instance_uid)
        if result.probability is None:
            raise Problem(HTTPStatus.CONFLICT, "This image was not analysed, so the network was given nothing of it.")
        instance = result.instance
        path: Path = settings.NODE_ARCHIVE_DIR / instance.path
        image = pipeline.StoredImage(instance.sop_instance_uid, path, None)
        return _answer(request, f"{result.round.prediction.model_sha256[:16]}-{instance.pk}", lambda: _input(image))


def _input(image: pipeline.StoredImage) -> bytes:
    seen = pipeline.input_picture(image)
    if isinstance(seen, pipeline.NotAnalysedImage):
        raise Problem(HTTPStatus.CONFLICT, f"The network's input cannot be made again: {seen.reason}")
    return seen


def _answer(request: Request, name: str, make: Callable[[], bytes]) -> HttpResponseBase:
    etag = f'"{name}"'
    plain = get_conditional_response(request._request, etag=etag)
    answer = HttpResponse(make(), content_type="image/png") if plain is None else plain
    answer["ETag"], answer["Cache-Control"] = etag, _CACHING
    return answer
