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
from webapp.portal.qido import Found, Query
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
        return [MayStore()] if self.request.method == "POST" else [*super().get_permissions()]

    def study(self, request: Request, study_instance_uid: str) -> Study:
        """Return a study that the user may see; 404 otherwise."""
        # not every database takes a NUL
        found = None if "\0" in study_instance_uid else selectors.study_for(request.user, study_instance_uid)
        if found is None:
            raise Http404
        return found

    def instances(self, request: Request, uids: dict[str, str]) -> QuerySet[Instance]:
        """Return the instances that the path names; 404 where there is none."""
        study = self.study(request, uids["study"])
        if any("\0" in uid for uid in uids.values()):
            raise Http404
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


def _search(request: Request, find: Callable[[Query, str], Found]) -> HttpResponseBase:
    media_type = json_type(request)
    try:
        found = find(qido.parse(request.query_params), request.build_absolute_uri("/dicom-web"))
    except qido.QueryError as error:
        raise Problem(HTTPStatus.BAD_REQUEST, str(error)) from None
    answer: HttpResponseBase = HttpResponse(status=HTTPStatus.NO_CONTENT)
    if found.items:
        answer = JsonResponse(found.items, safe=False, content_type=media_type)
    if found.warnings:
        answer["Warning"] = ", ".join(found.warnings)
    answer["Cache-Control"] = "private, no-store"
    return answer


class Studies(Storing, DicomwebView):
    """``GET /studies`` and ``POST /studies``."""

    def get(self, request: Request) -> HttpResponseBase:
        """Answer with the studies that match."""
        studies = selectors.studies_for(request.user)
        return _search(request, lambda query, base: qido.search_studies(studies, query, base))


class _InstancesToSearch(DicomwebView):
    """What is searched: all that the user may see, or one study or series of it."""

    def searched(self, request: Request, study: str | None, series: str | None = None) -> QuerySet[Instance]:
        """Return the images; 404 where the study is not the user's to see."""
        if study is None:
            return selectors.instances_for(request.user)
        return selectors.instances_of(self.study(request, study), series=series)


class SeriesSearch(_InstancesToSearch):
    """``GET /series`` and ``/studies/{study}/series``."""

    def get(self, request: Request, study: str | None = None) -> HttpResponseBase:
        """Answer with the series that match."""
        rows = self.searched(request, study)
        return _search(request, lambda query, base: qido.search_series(rows, query, base, with_study=study is None))


class InstanceSearch(_InstancesToSearch):
    """``GET /instances``, ``/studies/{study}/instances`` and ``.../series/{series}/instances``."""

    def get(self, request: Request, study: str | None = None, series: str | None = None) -> HttpResponseBase:
        """Answer with the instances that match."""
        rows = self.searched(request, study, series)
        return _search(request, lambda query, base: qido.search_instances(rows, query, base, with_study=study is None))
