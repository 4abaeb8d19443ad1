"""The monitoring application."""

from importlib import import_module

from django.apps import AppConfig
from django.conf import settings


class MonitoringConfig(AppConfig):
    """The monitoring application."""

    name = "webapp.monitoring"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen to the journey and to Celery's processes; tell Sentry where it is wanted."""
        # Django's own place for these: models must be loaded first
        from webapp.monitoring import celery_pulse, subscribers  # noqa: F401

        subscribers.connect()
        if settings.NODE_SENTRY_DSN:
            import_module("webapp.monitoring.sentry").start()
