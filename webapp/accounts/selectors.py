"""What a user may see of accounts and sites. Every read takes the user."""

from django.db.models import QuerySet

from webapp.accounts.models import Site
from webapp.accounts.roles import Person, Role, has_role


def sites_of(user: Person) -> QuerySet[Site]:
    """Return the sites of an account: an administrator's are all."""
    if has_role(user, Role.ADMINISTRATOR):
        return Site.objects.all()
    return Site.objects.filter(members=user.pk) if user.is_authenticated else Site.objects.none()
