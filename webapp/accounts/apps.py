"""The accounts application."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    """The accounts application."""

    name = "webapp.accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Every database has the groups of the roles."""
        from webapp.accounts.roles import ensure_groups

        post_migrate.connect(ensure_groups, sender=self)
