"""The monitoring application."""

from django.apps import AppConfig


class MonitoringConfig(AppConfig):
    """The monitoring application."""

    name = "webapp.monitoring"
    default_auto_field = "django.db.models.BigAutoField"
