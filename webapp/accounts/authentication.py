"""How the API knows who asks: by token or by session."""

from typing import Any, Final

from django.contrib.auth.models import User
from knox.auth import TokenAuthentication
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request

from webapp.accounts import second_factor, selectors, tokens
from webapp.audit import asking

# these look as GET does; where a view has no GET, they need what it needs for the rest
_LOOKING: Final = ("HEAD", "OPTIONS")


class ScopedToken(TokenAuthentication):  # type: ignore[misc]
    """A token opens what its scopes name. A view says in ``token_scopes`` which scope each method needs; what a view
    does not name is closed to tokens.
    """

    def authenticate(self, request: Request) -> tuple[User, Any] | None:
        """Return the account of the token.

        Raises
        ------
        AuthenticationFailed
            If there is no such token, or it has ended.
        PermissionDenied
            If the token is not for this.
        """
        try:
            found: tuple[User, Any] | None = super().authenticate(request)
        except UnicodeDecodeError:
            raise AuthenticationFailed("Invalid token.") from None
        if found is None:
            return None
        user, token = found
        asking.remember_token(request, user, token)
        grant = selectors.grant_of(token)
        if grant is not None and tokens.is_over(grant, user):
            tokens.revoke(grant)
            raise AuthenticationFailed("This token has ended: the password has changed since.")
        needed = self._needed(request)
        if needed is None:
            raise PermissionDenied("This address is not for tokens. Sign in to the portal.")
        if grant is None or needed not in grant.scopes:
            raise PermissionDenied(f"This token lacks the scope {needed!r}. Make one that has it.")
        return user, token

    @staticmethod
    def _needed(request: Request) -> str | None:
        view = (request.parser_context or {}).get("view")
        scopes: dict[str, str] = getattr(view, "token_scopes", {})
        method = str(request.method)
        if method in _LOOKING and "GET" not in scopes:
            return next(iter(scopes.values()), None)
        return scopes.get("GET" if method in _LOOKING else method)


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
