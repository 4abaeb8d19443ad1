"""The audit application: below every other, knowing none of their models."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class AuditConfig(AppConfig):
    """The audit application."""

    name = "webapp.audit"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the checks, and let every application say what of it is audited, in its ``audit_table``."""
        autodiscover_modules("audit_table")
        from webapp.audit import checks  # noqa: F401 - Django's own place for it: models must be loaded first
