"""Places that studies belong to, and who reads there."""

from django.conf import settings
from django.db import models

# known to Django because it is named here
from webapp.accounts.token_models import ApiToken as ApiToken

MAIN_SITE = "Main site"


class Site(models.Model):
    """A hospital or department: its studies are read by its members."""

    name = models.CharField(max_length=100, unique=True)
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="sites", blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


def main_site_pk() -> int:
    """Return the key of the site that counts where none was named: the oldest one."""
    oldest = Site.objects.order_by("pk").values_list("pk", flat=True).first()
    if oldest is not None:
        return oldest
    # without a signal: a migration asks for it, perhaps before there is an audit trail
    return Site.objects.bulk_create([Site(name=MAIN_SITE)])[0].pk
