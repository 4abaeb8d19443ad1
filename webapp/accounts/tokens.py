"""API tokens: what each may be used for, how long it lasts, and what ends it.

A *lasting* token is for a script: it ends by its date, or when it is revoked. Every other token belongs to the session
that it was made in: it ends when that session is signed out, when the password changes, and at the session's end.
"""

import secrets
from collections.abc import Collection
from datetime import timedelta
from typing import Any, Final

from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_out
from django.contrib.sessions.backends.base import SessionBase
from django.db import models, transaction
from django.http import HttpRequest
from django.utils import timezone
from knox.models import AuthToken

from webapp.accounts.session_clock import deadlines
from webapp.accounts.token_models import ApiToken

LONGEST_DAYS: Final = 365
USUAL_DAYS: Final = 90
MOST_TOKENS: Final = 50
_FAMILY: Final = "token_family"


class Scope(models.TextChoices):
    """What a token may be used for. It never may more than its account."""

    READ = "read", "Read studies, uploads and results"
    UPLOAD = "upload", "Upload images for a score"
    STOW = "stow", "Store objects over DICOMweb"
    CHAT = "chat", "Talk to the chatbot"
    WORKLIST = "worklist", "Read and change the worklist"
    REVIEW = "review", "Write reviews and outcomes"
    MONITOR = "monitor", "Read the prediction log and the figures"
    AUDIT = "audit", "Read the audit trail"
    ADMIN = "admin", "Do what administrators' buttons do"


@transaction.atomic
def make_lasting(user: User, name: str, scopes: Collection[str], days: int = USUAL_DAYS) -> tuple[ApiToken, str]:
    """Return a new token for a script, and its text, which is shown this once."""
    row, text = AuthToken.objects.create(user, expiry=timedelta(days=min(days, LONGEST_DAYS)))
    return ApiToken.objects.create(token=row, name=name, scopes=sorted(scopes)), text


@transaction.atomic
def make_for_session(user: User, name: str, scopes: Collection[str], session: SessionBase) -> tuple[ApiToken, str]:
    """Return a new token that ends with a session, and its text, which is shown this once."""
    row, text = AuthToken.objects.create(user, expiry=deadlines(session).expires_at - timezone.now())
    family = session.setdefault(_FAMILY, secrets.token_hex(16))
    made = ApiToken.objects.create(
        token=row,
        name=name,
        scopes=sorted(scopes),
        session_family=family,
        password_state=user.get_session_auth_hash(),
    )
    return made, text


def is_over(grant: ApiToken, user: User) -> bool:
    """Tell whether the password that a session's token was made under has changed."""
    return bool(grant.session_family) and grant.password_state != user.get_session_auth_hash()


def revoke(grant: ApiToken) -> None:
    """End a token now."""
    grant.token.delete()


def end_with_session(request: HttpRequest | None, **_: Any) -> None:
    """End the tokens of a session that is signed out, or whose time is over."""
    family = request.session.get(_FAMILY) if request is not None and hasattr(request, "session") else None
    if family:
        AuthToken.objects.filter(grant__session_family=family).delete()


def connect() -> None:
    """Listen for the end of sessions."""
    user_logged_out.connect(end_with_session, dispatch_uid="tokens_of_a_session")
