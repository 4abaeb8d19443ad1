"""OpenID Connect: who the hospital's identity provider vouches for, and which roles they get here.

An account here belongs to somebody at the provider where

- they were connected before;
- an administrator made an account of the same user name without a password of its own; or
- the claim that `NODE_OIDC_ROLES_CLAIM` names gives them a role: then the account is made, and its roles follow the
  claim at every sign-in.
"""

from collections.abc import Mapping
from typing import Any

from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest

from webapp.accounts.roles import Role, set_roles


class RoleTextError(ValueError):
    """A pair of `NODE_OIDC_ROLES` cannot be understood."""


class SocialAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Lets in whom the provider knows and who has something to do here."""

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Find the account, and give it the roles that the provider says."""
        if not sociallogin.is_existing:
            waiting = User.objects.filter(username=sociallogin.user.get_username(), is_active=True).first()
            if waiting is not None and not waiting.has_usable_password():
                sociallogin.connect(request, waiting)
        if sociallogin.is_existing and settings.NODE_OIDC_ROLES_CLAIM:
            set_roles(sociallogin.user, *claimed_roles(sociallogin.account.extra_data))

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Make an account for who has a role, unless somebody else here goes by that name."""
        is_taken = User.objects.filter(username=sociallogin.user.get_username()).exists()
        return not is_taken and bool(claimed_roles(sociallogin.account.extra_data))

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> User:
        """Make the account with its roles."""
        user: User = super().save_user(request, sociallogin, form)
        set_roles(user, *claimed_roles(sociallogin.account.extra_data))
        return user


def claimed_roles(data: Mapping[str, Any]) -> frozenset[Role]:
    """Return the roles that the provider's words mean here; words that mean nothing give none."""
    if not settings.NODE_OIDC_ROLES_CLAIM:
        return frozenset()
    meanings = role_names(settings.NODE_OIDC_ROLES)
    found: set[Role] = set()
    for source in (data.get("userinfo"), data.get("id_token"), data):
        said = source.get(settings.NODE_OIDC_ROLES_CLAIM) if isinstance(source, Mapping) else None
        words = [said] if isinstance(said, str) else said if isinstance(said, list) else []
        found.update(meanings[word] for word in words if isinstance(word, str) and word in meanings)
    return frozenset(found)


def role_names(pairs: tuple[str, ...]) -> dict[str, Role]:
    """Return what each word of the provider means: ``word=role``, or the roles' own names where nothing is given.

    Raises
    ------
    RoleTextError
        If a pair has another form, or names no role.
    """
    if not pairs:
        return {role.value: role for role in Role}
    found: dict[str, Role] = {}
    for pair in pairs:
        word, separator, name = (part.strip() for part in pair.rpartition("="))
        if not word or not separator or name not in Role.values:
            raise RoleTextError(f"{pair!r} should read word=role, with a role of {', '.join(Role.values)}.")
        found[word] = Role(name)
    return found
