"""``/api/studies/{study}/shares/``: to whom a study is shown."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from rest_framework.request import Request

from webapp.accounts import openapi
from webapp.accounts.sharing import SharesView
from webapp.studies import selectors
from webapp.studies.models import Study, StudyShare


@openapi.shares("study")
class StudyShares(SharesView[Study]):
    """To whom a study is shown."""

    target_name = "study"

    def target(self, request: Request, keys: dict[str, Any]) -> Study:
        """Return the study, which the user sees."""
        study = selectors.study_for(request.user, keys["study_instance_uid"])
        if study is None:
            raise Http404
        return study

    def may_share(self, request: Request, target: Study) -> bool:
        """Ask for the uploader, or for the role."""
        return selectors.may_share(request.user, target)

    def rows(self, target: Study) -> QuerySet[StudyShare]:
        """Return the shares."""
        return selectors.shares_of(target)
