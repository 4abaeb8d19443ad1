"""Showing an object to another account: what studies and uploads share of it."""

from http import HTTPStatus
from typing import Any, Generic, TypeVar

from django.contrib.auth.models import User
from django.db.models import Model, QuerySet
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from webapp.accounts import selectors
from webapp.accounts.permissions import MayReadStudies
from webapp.accounts.tokens import Scope

Target = TypeVar("Target", bound=Model)


class SharingSerializer(serializers.Serializer[dict[str, Any]]):
    """Whom to show it to."""

    username = serializers.CharField(max_length=150)


class ShareSerializer(serializers.Serializer[Any]):
    """To whom it is shown, by whom, since when."""

    username = serializers.CharField()
    shared_by = serializers.CharField()
    shared_at = serializers.DateTimeField()


def share_body(row: Any) -> dict[str, Any]:
    """Return one share."""
    return {
        "username": row.person.get_username(),
        "shared_by": row.shared_by.get_username(),
        "shared_at": row.shared_at.isoformat(),
    }


class SharesView(APIView, Generic[Target]):
    """Lists, adds and takes back; the application says which object, which rows, and who may."""

    # how a row of a share names its object
    target_name = ""
    permission_classes = [MayReadStudies]
    token_scopes = {"GET": Scope.READ}

    def target(self, request: Request, keys: dict[str, Any]) -> Target:
        """Return the object, which the user sees; 404 otherwise."""
        raise NotImplementedError

    def may_share(self, request: Request, target: Target) -> bool:
        """Tell whether the user may show it to others."""
        raise NotImplementedError

    def rows(self, target: Target) -> QuerySet[Any]:
        """Return its shares."""
        raise NotImplementedError

    def get(self, request: Request, **keys: Any) -> Response:
        """Answer with whom it is shown to."""
        return Response({"results": [share_body(row) for row in self.rows(self._mine(request, keys))]})

    def post(self, request: Request, **keys: Any) -> Response:
        """Show it to one more account; again is no mistake."""
        target = self._mine(request, keys)
        person = self._person(request)
        assert isinstance(request.user, User)  # the permission class let nobody else in
        names = {self.target_name: target, "person": person}
        row, is_new = self.rows(target).get_or_create(**names, defaults={"shared_by": request.user})
        return Response(share_body(row), status=HTTPStatus.CREATED if is_new else HTTPStatus.OK)

    def delete(self, request: Request, **keys: Any) -> Response:
        """Take it back; where it was not shown, nothing is to be done."""
        self.rows(self._mine(request, keys)).filter(person=self._person(request)).delete()
        return Response(status=HTTPStatus.NO_CONTENT)

    def _mine(self, request: Request, keys: dict[str, Any]) -> Target:
        target = self.target(request, keys)
        if not self.may_share(request, target):
            raise PermissionDenied("Only its uploader, a radiologist or an administrator may show this to others.")
        return target

    def _person(self, request: Request) -> User:
        given = request.query_params.dict() if request.method == "DELETE" else request.data
        asked = SharingSerializer(data=given)
        asked.is_valid(raise_exception=True)
        person = selectors.account_to_share_with(asked.validated_data["username"])
        if person is None:
            raise ValidationError({"username": ["No radiologist or clinician goes by this name."]})
        return person
