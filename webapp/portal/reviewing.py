"""``/api/v1/studies/{study}/reviews/`` and ``outcomes/``: what people say of a study, added and never changed."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, TypeVar

from django.contrib.auth.models import User
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from webapp.accounts.permissions import MayEnterOutcomes, MayReadStudies, MayReview
from webapp.accounts.tokens import Scope
from webapp.portal import openapi
from webapp.portal.api import find_study
from webapp.portal.review_serializers import NewOutcomeSerializer, NewReviewSerializer, outcome_body, review_body
from webapp.problems import Problem
from webapp.studies import reviewing, selectors, verdicts
from webapp.studies.errors import WordRefusedError

Row = TypeVar("Row")


class _Words(APIView):
    permission_classes = [MayReadStudies]
    token_scopes = {"GET": Scope.READ, "POST": Scope.REVIEW}
    may_speak: type[BasePermission] = MayReview

    def get_permissions(self) -> list[BasePermission]:
        """Let fewer speak than listen."""
        return [self.may_speak()] if self.request.method == "POST" else [MayReadStudies()]


@openapi.reviews
class StudyReviews(_Words):
    """The words of readers on a study."""

    def get(self, request: Request, study_instance_uid: str) -> Response:
        """Answer with what this user is shown of them."""
        study = find_study(request, study_instance_uid)
        rows, withheld = selectors.reviews_for(request.user, study)
        return Response({"results": [review_body(row, request.user.pk) for row in rows], "withheld": withheld})

    def post(self, request: Request, study_instance_uid: str) -> Response:
        """Add a review; the same one within a minute is answered by the row that is there."""
        study = find_study(request, study_instance_uid)
        sent = NewReviewSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        reader = _person(request)
        review, is_new = _taken(lambda: reviewing.record_review(reader, study, sent.word()))
        return _answer(review_body(review, reader.pk), is_new=is_new)


@openapi.outcomes
class StudyOutcomes(_Words):
    """What became of a study."""

    may_speak = MayEnterOutcomes

    def get(self, request: Request, study_instance_uid: str) -> Response:
        """Answer with what this user is shown of the entries."""
        rows, withheld = selectors.outcomes_for(request.user, find_study(request, study_instance_uid))
        return Response({"results": [outcome_body(row) for row in rows], "withheld": withheld})

    def post(self, request: Request, study_instance_uid: str) -> Response:
        """Add an entry; the same one within a minute is answered by the row that is there."""
        study = find_study(request, study_instance_uid)
        sent = NewOutcomeSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        person = _person(request)
        name = reviewing.name_of(person)
        row, is_new = _taken(lambda: verdicts.record_outcome(person, study, sent.entry(), name))
        return _answer(outcome_body(row), is_new=is_new)


def _person(request: Request) -> User:
    assert isinstance(request.user, User)  # the permission classes let nobody else in
    return request.user


def _taken(record: Callable[[], tuple[Row, bool]]) -> tuple[Row, bool]:
    try:
        return record()
    except WordRefusedError as refused:
        status = HTTPStatus.CONFLICT if refused.comes_too_late else HTTPStatus.UNPROCESSABLE_ENTITY
        raise Problem(status, str(refused)) from refused


def _answer(body: dict[str, Any], *, is_new: bool) -> Response:
    return Response(body, status=HTTPStatus.CREATED if is_new else HTTPStatus.OK)
