"""What administrators do to a study: count it as complete, analyse it again, send its reports again."""

from http import HTTPStatus

from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from webapp.accounts.permissions import IsAdministrator
from webapp.accounts.tokens import Scope
from webapp.portal import openapi
from webapp.portal.api import find_study
from webapp.problems import Problem
from webapp.studies import delivery, dispatch
from webapp.studies.models import Delivery, Study


class _StaffAction(APIView):
    permission_classes = [IsAuthenticated, IsAdministrator]
    token_scopes = {"POST": Scope.ADMIN}

    def act(self, study: Study) -> int:
        """Do it; return how much was done."""
        raise NotImplementedError

    def post(self, request: Request, study_instance_uid: str) -> Response:
        """Answer with how many rounds or deliveries are under way."""
        return Response({"started": self.act(find_study(request, study_instance_uid))}, HTTPStatus.ACCEPTED)


@openapi.complete
class Complete(_StaffAction):
    """Count the study as complete now."""

    def act(self, study: Study) -> int:
        """Open a round over what has come so far."""
        if not dispatch.complete_by_staff(study.study_instance_uid):
            raise Problem(HTTPStatus.CONFLICT, "Nothing new has come since the last analysis of this study.")
        return 1


@openapi.retry
class Retry(_StaffAction):
    """Analyse the study again."""

    def act(self, study: Study) -> int:
        """Give a round that failed before its report another try."""
        if not dispatch.retry_analysis(study):
            raise Problem(HTTPStatus.CONFLICT, "The newest analysis has not failed before its report was written.")
        return 1


@openapi.resend
class Resend(_StaffAction):
    """Send the reports again."""

    def act(self, study: Study) -> int:
        """Put deliveries that failed for good, or were declined, back into the queue."""
        ended = [Delivery.State.FAILED, Delivery.State.DECLINED]
        rows = list(Delivery.objects.filter(report__round__study=study, state__in=ended).select_related("report"))
        if not rows:
            raise Problem(HTTPStatus.CONFLICT, "No delivery of this study has failed or was declined.")
        for row in rows:
            delivery.retry(row)
        return len(rows)
