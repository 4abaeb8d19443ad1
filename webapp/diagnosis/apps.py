"""The diagnosis application."""

from django.apps import AppConfig


class DiagnosisConfig(AppConfig):
    """The diagnosis application."""

    name = "webapp.diagnosis"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect the signals and register the checks."""
        from webapp.diagnosis import checks, signals  # noqa: F401 - Django's own place for it
