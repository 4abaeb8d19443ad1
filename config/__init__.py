"""The roof: settings, Celery app, root URLs."""

from config import worker_watch
from config.celery import app as celery_app

__all__ = ["celery_app", "worker_watch"]
