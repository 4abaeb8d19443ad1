"""The portal application."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """The portal application."""

    name = "webapp.portal"
    default_auto_field = "django.db.models.BigAutoField"
