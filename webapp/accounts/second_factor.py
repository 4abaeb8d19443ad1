"""The second factor of an account: a code of an authenticator, or a passkey."""

from typing import Final

from allauth.mfa.models import Authenticator
from django.conf import settings

from webapp.accounts.roles import Person

OFF, OPTIONAL, COMPULSORY = CHOICES = ("off", "optional", "compulsory")
# recovery codes only stand in for one of these
_FACTORS: Final = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
SENTENCE: Final = "This account needs a second factor first: set one up at /accounts/2fa/ or in the portal."


def is_required() -> bool:
    """Tell whether every account must have one."""
    return bool(settings.NODE_SECOND_FACTOR == COMPULSORY)


def is_enabled(user: Person) -> bool:
    """Tell whether the account has one, and it counts."""
    if settings.NODE_SECOND_FACTOR == OFF or user.pk is None:
        return False
    return bool(Authenticator.objects.filter(user_id=user.pk, type__in=_FACTORS).exists())


def is_missing(user: Person) -> bool:
    """Tell whether the account must set one up before it may do anything else."""
    return is_required() and not is_enabled(user)


def remove(user: Person) -> int:
    """Take every factor from an account whose owner has lost them; return how many there were."""
    return int(Authenticator.objects.filter(user_id=user.pk).delete()[0])
