"""Is the node alive, and is it ready? Reasons are in the answer."""

import os

from django.conf import settings
from django.db import Error as DatabaseError
from django.http import HttpRequest, JsonResponse

from webapp.studies import pipeline
from webapp.studies.errors import StageError
from webapp.studies.models import Study


def live(request: HttpRequest) -> JsonResponse:
    """Answer 200 while the web process runs."""
    return JsonResponse({"status": "live"})


def ready(request: HttpRequest) -> JsonResponse:
    """Answer 200 when database, archive and model are there, else 503 with the reasons."""
    reasons = [reason for reason in (_database(), _archive(), _model()) if reason]
    body = {"status": "not ready" if reasons else "ready", "reasons": reasons}
    return JsonResponse(body, status=503 if reasons else 200)


def _database() -> str:
    try:
        Study.objects.exists()
    except DatabaseError:
        return "The database does not answer."
    return ""


def _archive() -> str:
    return "" if os.access(settings.NODE_ARCHIVE_DIR, os.W_OK) else "The archive folder is not writable."


def _model() -> str:
    try:
        pipeline.warm_up()
    except StageError as error:
        return error.reason
    return ""
