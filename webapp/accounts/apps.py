"""The accounts application."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """The accounts application."""

    name = "webapp.accounts"
    default_auto_field = "django.db.models.BigAutoField"
