"""The studies application."""

import logging
import warnings

import pydicom
from django.apps import AppConfig


class StudiesConfig(AppConfig):
    """The studies application."""

    name = "webapp.studies"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks, and keep pydicom from quoting what it dislikes: it may be a patient's."""
        pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE
        # importing pydicom sets this level anew, after the settings did
        logging.getLogger("pydicom").setLevel(logging.ERROR)
        warnings.filterwarnings("ignore", module=r"pydicom\.")
        from webapp.studies import checks  # noqa: F401 - Django's own place for it: models must be loaded first
