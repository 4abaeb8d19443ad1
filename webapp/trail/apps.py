"""The audit trail as people read it. It is written by ``webapp.audit``, which knows no roles."""

from django.apps import AppConfig


class TrailConfig(AppConfig):
    """The application of auditors."""

    name = "webapp.trail"
    default_auto_field = "django.db.models.BigAutoField"
