"""DICOMweb: what every resource shares, and QIDO-RS and STOW-RS (PS3.18 10.5, 10.6)."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase, JsonResponse
from rest_framework.request import Request
from rest_framework.views import APIView

from webapp.accounts.permissions import MayReadStudies, MayStore
from webapp.accounts.tokens import Scope
from webapp.portal import negotiation, qido
from webapp.portal.dicomweb_storing import Storing
from webapp.portal.negotiation import AnyMediaType
from webapp.problems import Problem
from webapp.studies import selectors
from webapp.studies.models import Instance, Study

DICOM_JSON: Final = "application/dicom+json"


class DicomwebView(APIView):
    """What every resource shares: the scope of the user, and the way of answering."""

    permission_classes = [MayReadStudies]
    token_scopes = {"GET": Scope.READ, "POST": Scope.STOW}
    # a viewer asks for each image, and for its header
    throttle_scope = "dicomweb"
    content_negotiation_class = AnyMediaType
    # PS3.18 describes it; the schema describes what is this node's own
    schema = None

    def get_permissions(self) -> list[Any]:
        """Ask who stores for another right than who reads."""
        return [MayStore()] if self.request.method == "POST" else super().get_permissions()

    def study(self, request: Request, study_instance_uid: str) -> Study:
        """Return a study that the user may see; 404 otherwise."""
        found = selectors.study_for(request.user, study_instance_uid)
        if found is None:
            raise Http404
        return found

    def instances(self, request: Request, uids: dict[str, str]) -> QuerySet[Instance]:
        """Return the instances that the path names; 404 where there is none."""
        study = self.study(request, uids["study"])
        rows = selectors.instances_of(study, series=uids.get("series"), instance=uids.get("instance"))
        if not rows.exists():
            raise Http404
        return rows


def json_type(request: Request) -> str:
    """Return the form of JSON that the client takes; 406 where it takes none."""
    for wanted in negotiation.accepted(request):
        for media_type in (DICOM_JSON, "application/json"):
            if wanted.takes(media_type):
                return media_type
    raise Problem(HTTPStatus.NOT_ACCEPTABLE, f"This is given as {DICOM_JSON}. Please accept that.")


def _search(request: Request, find: Callable[[], list[dict[str, Any]]]) -> HttpResponseBase:
    media_type = json_type(request)
    try:
        found = find()
    except qido.UnknownKeyError as error:
        raise Problem(HTTPStatus.BAD_REQUEST, str(error)) from None
    if not found:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    return JsonResponse(found, safe=False, content_type=media_type)


class Studies(Storing, DicomwebView):
    """``GET /studies`` and ``POST /studies``."""

    def get(self, request: Request) -> HttpResponseBase:
        """Answer with the studies that match."""
        studies = selectors.studies_for(request.user)
        return _search(request, lambda: qido.search_studies(studies, request.query_params.dict()))


class SeriesSearch(DicomwebView):
    """``GET /studies/{study}/series``."""

    def get(self, request: Request, study: str) -> HttpResponseBase:
        """Answer with the series that match."""
        row = self.study(request, study)
        return _search(request, lambda: qido.search_series(row, request.query_params.dict()))


class InstanceSearch(DicomwebView):
    """``GET /studies/{study}/instances`` and ``.../series/{series}/instances``."""

    def get(self, request: Request, study: str, series: str | None = None) -> HttpResponseBase:
        """Answer with the instances that match."""
        row = self.study(request, study)
        return _search(request, lambda: qido.search_instances(row, series, request.query_params.dict()))
