"""How the API knows who asks."""

from django.contrib.auth.models import User
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from webapp.accounts import second_factor


class FullSession(SessionAuthentication):
    """A session that may do what its account may: one without a compulsory second factor may only set one up."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        """Return the account of the session.

        Raises
        ------
        PermissionDenied
            If a second factor is compulsory and the account has none.
        """
        found: tuple[User, None] | None = super().authenticate(request)
        view = (request.parser_context or {}).get("view")
        if found is not None and getattr(view, "needs_second_factor", True) and second_factor.is_missing(found[0]):
            raise PermissionDenied(second_factor.SENTENCE)
        return found
