"""When a session ends: some time after the last request of a person, and in any case after a working day.

The clock stands in the session itself, on the server. A request with ``X-Background: 1`` (a page that looks for news)
leaves it alone. So that not every request writes, a request is noted once in a sixtieth of the idle time: a session may
end that much early, never late.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

_SIGNED_IN: Final = "signed_in_at"
_SEEN: Final = "seen_at"
_NOTED_PARTS: Final = 60
_BACKGROUND: Final = "X-Background"


@dataclass(frozen=True)
class Deadlines:
    """When a session ends: at the latest, and where nobody asks for anything."""

    expires_at: datetime
    idle_expires_at: datetime


class SessionClock:
    """Middleware that ends sessions whose time is over."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Look at the clock before anything else sees who is signed in."""
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            ends = deadlines(request.session)
            if timezone.now() >= min(ends.expires_at, ends.idle_expires_at):
                logout(request)
            elif request.headers.get(_BACKGROUND) != "1":
                _note(request.session, settings.NODE_IDLE_SECONDS / _NOTED_PARTS)
        return self.get_response(request)


def deadlines(session: SessionBase) -> Deadlines:
    """Return when this session ends; one without a clock ends now."""
    ends = _time(session, _SIGNED_IN) + timedelta(seconds=settings.NODE_SESSION_SECONDS)
    idle_ends = _time(session, _SEEN) + timedelta(seconds=settings.NODE_IDLE_SECONDS)
    return Deadlines(expires_at=ends, idle_expires_at=min(ends, idle_ends))


def extend(session: SessionBase) -> None:
    """Begin the idle time anew."""
    _note(session, 0)


def start(request: HttpRequest | None, **_: Any) -> None:
    """Begin the time of a session (at sign-in)."""
    if request is not None and hasattr(request, "session"):
        request.session[_SIGNED_IN] = request.session[_SEEN] = timezone.now().timestamp()


def connect() -> None:
    """Start the clock at every sign-in, whatever way it took."""
    user_logged_in.connect(start, dispatch_uid="session_clock")


def _note(session: SessionBase, unless_within_seconds: float) -> None:
    now = timezone.now()
    if (now - _time(session, _SEEN)).total_seconds() >= unless_within_seconds:
        session[_SEEN] = now.timestamp()


def _time(session: SessionBase, name: str) -> datetime:
    return datetime.fromtimestamp(session.get(name, 0), UTC)
