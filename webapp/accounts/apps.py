"""The accounts application."""

from typing import Any

from django.apps import AppConfig
from django.core.management import call_command
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    """The accounts application."""

    name = "webapp.accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Every database has the groups of the roles, and the table of what all processes count together."""
        from webapp.accounts import checks, session_clock  # noqa: F401 - registers the checks
        from webapp.accounts.roles import ensure_groups

        post_migrate.connect(ensure_groups, sender=self)
        post_migrate.connect(_ensure_cache_table, sender=self)
        session_clock.connect()


def _ensure_cache_table(using: str, **_: Any) -> None:
    call_command("createcachetable", verbosity=0, database=using)
