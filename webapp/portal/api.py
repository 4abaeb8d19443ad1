"""Studies over HTTP: the worklist, and one study."""

from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from webapp.accounts.permissions import MayReadStudies
from webapp.accounts.tokens import Scope
from webapp.paging import NumberedPaging, Paging
from webapp.portal import openapi, polling, worklist
from webapp.portal.detail import study_detail
from webapp.studies import selectors
from webapp.studies.models import Study


def find_study(request: Request, study_instance_uid: str) -> Study:
    """Return a study that the user may see.

    Raises
    ------
    Http404
        Where it is not there or not this user's to see.
    """
    study = selectors.study_for(request.user, study_instance_uid)
    if study is None:
        raise Http404
    return study


@openapi.study_list
class StudyList(APIView):
    """The worklist, asked for every few seconds: by ``page``, or by ``limit`` and ``offset`` as before."""

    permission_classes = [MayReadStudies]
    token_scopes = {"GET": Scope.READ}

    def get(self, request: Request) -> Response:
        """Answer with one page, or with 304."""
        by_offset = "limit" in request.query_params or "offset" in request.query_params
        pages = Paging() if by_offset else NumberedPaging()
        found = worklist.search(request.user, request.query_params)
        page = pages.paginate_queryset(found, request, view=self) or []
        answer = pages.get_paginated_response(worklist.rows_of(request.user, page))
        return polling.conditional(request, answer.data)


@openapi.study
class StudyDetail(APIView):
    """One study with its newest round."""

    permission_classes = [MayReadStudies]
    token_scopes = {"GET": Scope.READ}

    def get(self, request: Request, study_instance_uid: str) -> Response:
        """Answer with the study, or 404 where it is not there or not this user's to see."""
        return polling.conditional(request, study_detail(request.user, find_study(request, study_instance_uid)))
