"""The worklist application."""

from django.apps import AppConfig


class WorkitemsConfig(AppConfig):
    """Unified Procedure Steps: a worklist others may fill, and the work this node takes from one."""

    name = "webapp.workitems"
    default_auto_field = "django.db.models.BigAutoField"
