"""``/api/accounts/``: who is signed in, for how long, and with which tokens."""

from http import HTTPStatus
from typing import Any

from django.contrib.auth.models import User
from django.http import Http404
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from webapp.accounts import openapi, selectors, session_clock, tokens
from webapp.accounts.serializers import NewTokenSerializer, me_body, token_body
from webapp.accounts.tokens import Scope

_NO_STORE = {"Cache-Control": "no-store"}


@openapi.me
class Me(APIView):
    """``GET /api/accounts/me/``."""

    # who must set up a second factor first may know so
    needs_second_factor = False
    permission_classes = [IsAuthenticated]
    token_scopes = {"GET": Scope.READ}

    def get(self, request: Request) -> Response:
        """Answer with the account, its roles and sites, and when the session ends."""
        return Response(me_body(_user(request), request.session, request.auth), headers=_NO_STORE)


@openapi.extend
class Extend(APIView):
    """``POST /api/accounts/extend/``: "I am still here"."""

    needs_second_factor = False
    permission_classes = [IsAuthenticated]

    def post(self, request: Request) -> Response:
        """Begin the idle time anew."""
        session_clock.extend(request.session)
        return Response(me_body(_user(request), request.session, request.auth), headers=_NO_STORE)


@openapi.tokens
class TokenList(APIView):
    """The account's own API tokens. A token makes no tokens: this is for sessions."""

    permission_classes = [IsAuthenticated]

    def get(self, request: Request) -> Response:
        """Answer with the tokens, without their text."""
        return Response({"results": [token_body(row) for row in selectors.tokens_of(request.user)]})

    def post(self, request: Request) -> Response:
        """Make a token; its text is in this answer and nowhere else."""
        asked = NewTokenSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        values: dict[str, Any] = asked.validated_data
        user = _user(request)
        if selectors.tokens_of(user).count() >= tokens.MOST_TOKENS:
            raise ValidationError({"name": [f"An account has at most {tokens.MOST_TOKENS} tokens. Revoke one first."]})
        if values["lasting"]:
            row, text = tokens.make_lasting(user, values["name"], values["scopes"], values["days"])
        else:
            row, text = tokens.make_for_session(user, values["name"], values["scopes"], request.session)
        return Response({**token_body(row), "token": text}, status=HTTPStatus.CREATED, headers=_NO_STORE)


@openapi.token
class TokenDetail(APIView):
    """One API token of the account."""

    permission_classes = [IsAuthenticated]

    def delete(self, request: Request, pk: int) -> Response:
        """Revoke it."""
        row = selectors.tokens_of(request.user).filter(pk=pk).first()
        if row is None:
            raise Http404
        tokens.revoke(row)
        return Response(status=HTTPStatus.NO_CONTENT)


def _user(request: Request) -> User:
    assert isinstance(request.user, User)  # the permission class let nobody else in
    return request.user
