"""Who may sign in, and how attempts are counted: what this node wants of allauth."""

import base64
import hashlib
from collections.abc import Sequence
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest

from webapp.accounts import second_factor


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are made by administrators."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up."""
        return False

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Count by account alone: by host name too, whoever knows two names of the node could try twice as often."""
        return f"sign-in:{credentials.get('username', '').lower()}"


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Second factors count unless they are switched off; their secrets are not stored in clear."""

    def is_mfa_enabled(self, user: AbstractBaseUser, types: Sequence[Authenticator.Type] | None = None) -> bool:
        """Tell whether one is asked for at sign-in."""
        if settings.NODE_SECOND_FACTOR == second_factor.OFF:
            return False
        return bool(super().is_mfa_enabled(user, types))

    def encrypt(self, text: str) -> str:
        """Encrypt under the node's secret key."""
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Undo it."""
        return _cipher().decrypt(encrypted_text.encode()).decode()


def _cipher() -> Fernet:
    key = hashlib.sha256(b"webapp.accounts.second_factor" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))
