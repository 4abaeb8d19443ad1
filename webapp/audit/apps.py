"""The audit application: below every other, knowing none of their models."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class AuditConfig(AppConfig):
    """The audit application."""

    name = "webapp.audit"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Let every application register what of it is audited: its ``audit_table``, where it has one."""
        from webapp.audit import checks as checks

        autodiscover_modules("audit_table")
