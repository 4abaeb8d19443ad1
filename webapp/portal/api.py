"""Studies over HTTP: where each stands, and what was found."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from webapp.accounts.permissions import MayReadStudies
from webapp.accounts.tokens import Scope
from webapp.portal import openapi
from webapp.portal.serializers import StudySummarySerializer, study_detail
from webapp.studies import selectors
from webapp.studies.models import Study


@openapi.study_list
class StudyList(ListAPIView[Study]):
    """Studies, the newest first."""

    permission_classes = [MayReadStudies]
    token_scopes = {"GET": Scope.READ}
    serializer_class = StudySummarySerializer

    def get_queryset(self) -> QuerySet[Study]:
        """Return what this user may see."""
        return selectors.studies_for(self.request.user)


@openapi.study
class StudyDetail(APIView):
    """One study with its newest round."""

    permission_classes = [MayReadStudies]
    token_scopes = {"GET": Scope.READ}

    def get(self, request: Request, study_instance_uid: str) -> Response:
        """Answer with the study, or 404 where it is not there or not this user's to see."""
        study = selectors.study_for(request.user, study_instance_uid)
        if study is None:
            raise Http404
        answer: dict[str, Any] = study_detail(study)
        return Response(answer)
