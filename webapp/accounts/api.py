"""``/api/accounts/``: who is signed in, and for how long."""

from http import HTTPStatus

from django.contrib.auth.models import User
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from webapp.accounts import openapi, session_clock
from webapp.accounts.serializers import me_body


@openapi.me
class Me(APIView):
    """``GET /api/accounts/me/``."""

    # who must set up a second factor first may know so
    needs_second_factor = False
    permission_classes = [IsAuthenticated]

    def get(self, request: Request) -> Response:
        """Answer with the account, its roles and sites, and when the session ends."""
        assert isinstance(request.user, User)  # the permission class let nobody else in
        return Response(me_body(request.user, request.session, request.auth), headers={"Cache-Control": "no-store"})


@openapi.extend
class Extend(APIView):
    """``POST /api/accounts/extend/``: "I am still here"."""

    # who must set up a second factor first may know so
    needs_second_factor = False
    permission_classes = [IsAuthenticated]

    def post(self, request: Request) -> Response:
        """Begin the idle time anew."""
        assert isinstance(request.user, User)  # the permission class let nobody else in
        session_clock.extend(request.session)
        return Response(me_body(request.user, request.session, request.auth), status=HTTPStatus.OK)
