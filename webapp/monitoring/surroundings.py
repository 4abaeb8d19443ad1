"""What the node stands on: broker, certificates, the model file."""

import os
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from celery import current_app
from cryptography import x509
from django.conf import settings

from webapp.studies import checks


def broker_answers() -> bool:
    """Tell whether the broker takes a connection."""
    if str(settings.CELERY_BROKER_URL).startswith("filesystem"):
        folder = settings.NODE_QUEUE_DIR / "messages"
        return not folder.exists() or os.access(folder, os.W_OK)
    if str(settings.CELERY_BROKER_URL).startswith("memory"):
        return True
    wait = settings.NODE_BROKER_WAIT_SECONDS
    try:
        with current_app.connection_for_write(connect_timeout=max(1, round(wait))) as connection:
            connection.ensure_connection(max_retries=1, interval_start=0, interval_step=0, timeout=max(1, round(wait)))
    except Exception:  # each transport has its own errors, and all of them mean the same here
        return False
    return True


def certificate_days_left(path: str, now: datetime) -> float | None:
    """Return the days until a PEM certificate expires; None where it cannot be read."""
    try:
        certificate = x509.load_pem_x509_certificate(Path(path).read_bytes())
    except (OSError, ValueError):
        return None
    return (certificate.not_valid_after_utc - now).total_seconds() / 86400


def model_trouble() -> str:
    """Return what is wrong with the model file, empty where it is the one that its manifest describes."""
    return _model_trouble(_stamp())


def _stamp() -> tuple[tuple[str, int, int], ...]:
    folder: Path = settings.NODE_MODELS_DIR
    if not folder.is_dir():
        return ((str(folder), 0, 0),)
    files = [path for path in sorted(folder.iterdir()) if path.is_file()]
    return tuple((str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in files)


@lru_cache(maxsize=2)
def _model_trouble(stamp: tuple[tuple[str, int, int], ...]) -> str:
    """Hash the file anew only when something in the folder changed."""
    return " ".join(message.msg for message in checks.model_is_sound())
