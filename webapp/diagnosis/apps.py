"""The diagnosis application."""

from django.apps import AppConfig


class DiagnosisConfig(AppConfig):
    """The diagnosis application."""

    name = "webapp.diagnosis"
    default_auto_field = "django.db.models.BigAutoField"
