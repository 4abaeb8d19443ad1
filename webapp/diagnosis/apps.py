"""The diagnosis application."""

from django.apps import AppConfig


class DiagnosisConfig(AppConfig):
    """The diagnosis application."""

    name = "webapp.diagnosis"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect the signals and register the checks."""
        from webapp.accounts import scopes
        from webapp.diagnosis import checks, selectors, signals  # noqa: F401 - Django's own place for it

        scopes.register(scopes.UPLOAD, selectors.may_see)
