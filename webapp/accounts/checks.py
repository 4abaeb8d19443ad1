"""What must hold of the settings of accounts, in sentences that a human can act on."""

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from webapp.accounts import second_factor
from webapp.accounts.single_sign_on import RoleTextError, role_names


@register()
def accounts_are_sound(**_: object) -> list[CheckMessage]:
    """Run every check of this module."""
    return [*_second_factor(), *_times(), *_single_sign_on()]


def _second_factor() -> list[CheckMessage]:
    if settings.NODE_SECOND_FACTOR in second_factor.CHOICES:
        return []
    hint = f"It is one of {', '.join(second_factor.CHOICES)}."
    return [Error(f"NODE_SECOND_FACTOR is {settings.NODE_SECOND_FACTOR!r}.", hint=hint, id="accounts.E001")]


def _times() -> list[CheckMessage]:
    if settings.NODE_IDLE_SECONDS <= settings.NODE_SESSION_SECONDS:
        return []
    text = "NODE_IDLE_SECONDS is longer than NODE_SESSION_SECONDS: no session is ever idle for so long."
    return [Warning(text, id="accounts.W001")]


def _single_sign_on() -> list[CheckMessage]:
    found: list[CheckMessage] = []
    issuer = settings.NODE_OIDC_ISSUER
    if issuer and not (settings.NODE_OIDC_CLIENT_ID and settings.NODE_OIDC_CLIENT_SECRET):
        hint = "Set NODE_OIDC_CLIENT_ID and NODE_OIDC_CLIENT_SECRET (or NODE_OIDC_CLIENT_SECRET_FILE)."
        found.append(Error("NODE_OIDC_ISSUER is set without a client.", hint=hint, id="accounts.E002"))
    if issuer and not issuer.startswith("https://") and settings.NODE_HTTPS:
        hint = "What an identity provider says must come over TLS."
        found.append(Error(f"NODE_OIDC_ISSUER is {issuer!r}; https:// is expected.", hint=hint, id="accounts.E003"))
    if settings.NODE_OIDC_ROLES and not settings.NODE_OIDC_ROLES_CLAIM:
        text = "NODE_OIDC_ROLES says what words mean, but NODE_OIDC_ROLES_CLAIM does not say where they stand."
        found.append(Error(text, id="accounts.E004"))
    try:
        role_names(settings.NODE_OIDC_ROLES)
    except RoleTextError as error:
        found.append(Error(f"NODE_OIDC_ROLES: {error}", id="accounts.E005"))
    return found
