"""Who asks over HTTP: an account in a session, an account by a token, or somebody known by the address alone."""

from typing import Any, Final

from django.http import HttpRequest

from webapp.audit.actors import Actor
from webapp.audit.addresses import client_address
from webapp.audit.models import ActorKind

_SESSION: Final = "_asked_in_session"
_TOKEN: Final = "_asked_by_token"
_MARK_LENGTH: Final = 16


def begin(request: HttpRequest) -> None:
    """Keep whose session a request belongs to: a view that refuses it forgets the account."""
    setattr(request, _SESSION, request.user)


def remember_token(request: Any, user: Any, token: Any) -> None:
    """Keep which token was shown: one that is refused afterwards is told under its account all the same."""
    setattr(getattr(request, "_request", request), _TOKEN, (user, token))


def token_mark(digest: str) -> str:
    """Return enough of a token's digest to tell tokens apart, and too little to find the token by."""
    return digest[:_MARK_LENGTH]


def actor_of(request: HttpRequest) -> Actor:
    """Return who asks, as far as it is known at present: the framework looks at tokens in the view."""
    address = client_address(request)
    shown = getattr(request, _TOKEN, None)
    if shown is not None:
        user, token = shown
        mark = token_mark(str(token.pk))
        return Actor(ActorKind.TOKEN, user.get_username(), str(user.pk), token_id=mark, address=address)
    for user in (request.user, getattr(request, _SESSION, None)):
        if user is not None and user.is_authenticated:
            return Actor(ActorKind.USER, user.get_username(), str(user.pk), address=address)
    return Actor(ActorKind.VISITOR, address or "unknown address", address=address)
