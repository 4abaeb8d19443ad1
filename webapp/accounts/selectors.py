"""What a user may see of accounts, sites and tokens. Every read takes the user."""

from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet

from webapp.accounts.models import Site
from webapp.accounts.roles import Person, Role, has_role
from webapp.accounts.token_models import ApiToken


def sites_of(user: Person) -> QuerySet[Site]:
    """Return the sites of an account: an administrator's are all."""
    if has_role(user, Role.ADMINISTRATOR):
        return Site.objects.all()
    return Site.objects.filter(members=user.pk) if user.is_authenticated else Site.objects.none()


def tokens_of(user: Person) -> QuerySet[ApiToken]:
    """Return the tokens of this account."""
    return ApiToken.objects.filter(token__user=user.pk).select_related("token")


def grant_of(token: Any) -> ApiToken | None:
    """Return what somebody who holds a token may use it for; None where nothing was written down."""
    return ApiToken.objects.filter(token=token).first()


def account_to_share_with(username: str) -> User | None:
    """Return the radiologist or clinician of this user name."""
    reading = [Role.RADIOLOGIST.value, Role.CLINICIAN.value]
    return User.objects.filter(username=username, is_active=True, groups__name__in=reading).first()
