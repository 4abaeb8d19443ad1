"""Is the node alive, and is it ready? Reasons are in the answer."""

import os
from datetime import timedelta

from django.conf import settings
from django.db import Error as DatabaseError
from django.http import HttpRequest, JsonResponse
from django.utils import timezone

from dicom_node import scu
from dicom_node.errors import SendError
from webapp.monitoring import surroundings
from webapp.monitoring.models import AlertRule, CanaryRun, Heartbeat
from webapp.studies import pipeline
from webapp.studies.errors import StageError
from webapp.studies.models import Study

_ECHO = scu.Timeouts(connect_seconds=2.0, association_seconds=3.0, response_seconds=3.0)
_SILENCE_SECONDS = 120


def live(request: HttpRequest) -> JsonResponse:
    """Answer 200 while the web process runs."""
    return JsonResponse({"status": "live"})


def ready(request: HttpRequest) -> JsonResponse:
    """Answer 200 when database, archive, broker and model are there and the last canary passed, else 503."""
    database = _database()
    # without a database the canary cannot be asked for
    canary = "" if database else _canary()
    return _answer(database, _archive(), _broker(), _model(), surroundings.model_trouble(), canary)


def scp(request: HttpRequest) -> JsonResponse:
    """Answer 200 when the receiving process answers C-ECHO, else 503."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.NODE_BIND, settings.NODE_BIND)
    try:
        scu.echo(scu.Peer(settings.NODE_AE_TITLE, host, settings.NODE_DICOM_PORT), settings.NODE_AE_TITLE, _ECHO)
    except SendError as error:
        if not _lets_nobody_in(error):
            return _answer(f"The receiving process does not answer C-ECHO: {error}")
    return _answer()


def _lets_nobody_in(error: SendError) -> bool:
    """Tell a rejection of this caller, who need not be on the list: whoever rejects is there."""
    return "rejects the association" in str(error) and error.permanent


def workers(request: HttpRequest) -> JsonResponse:
    """Answer 200 when every process has shown a sign of life of late, else 503 with those that have not."""
    try:
        rule = AlertRule.objects.filter(kind="process_silent").first()
        window = timedelta(seconds=_SILENCE_SECONDS if rule is None else rule.window_seconds)
        silent = Heartbeat.objects.filter(expected=True, beat_at__lt=timezone.now() - window)
        return _answer(*(f"The process {row.name} shows no sign of life." for row in silent))
    except DatabaseError:
        return _answer("The database does not answer.")


def _answer(*found: str) -> JsonResponse:
    reasons = [reason for reason in found if reason]
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


def _broker() -> str:
    return "" if surroundings.broker_answers() else "The broker does not answer."


def _model() -> str:
    try:
        pipeline.warm_up()
    except StageError as error:
        return error.reason
    return ""


def _canary() -> str:
    last = CanaryRun.objects.exclude(state=CanaryRun.State.RUNNING).first()
    failed = last is not None and last.state == CanaryRun.State.FAILED
    return f"The last canary failed at stage {last.stage}." if failed and last is not None else ""
