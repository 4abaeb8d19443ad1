"""Notices on their way to people, by e-mail or webhook: tried again until the channel took them."""

import logging
from datetime import datetime, timedelta

import requests
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.utils import timezone

from webapp.monitoring import tallies
from webapp.monitoring.models import AlertChannel, Notice

_log = logging.getLogger(__name__)

_WEBHOOK_SECONDS = 5
_LONGEST_PAUSE_SECONDS = 900.0
_AT_ONCE = 50
# while one process sends a notice, another one leaves it alone for so long
_CLAIM_SECONDS = 60


def send_due(now: datetime | None = None) -> int:
    """Send what is due; return how many notices a channel took."""
    now = now or timezone.now()
    due = Notice.objects.filter(state=Notice.State.QUEUED, next_attempt_at__lte=now).order_by("created_at", "id")
    return sum(_send(notice, now) for notice in due.select_related("channel", "alert__rule")[:_AT_ONCE])


def _send(notice: Notice, now: datetime) -> bool:
    claimed = Notice.objects.filter(pk=notice.pk, state=Notice.State.QUEUED, next_attempt_at__lte=now).update(
        next_attempt_at=now + timedelta(seconds=_CLAIM_SECONDS)
    )
    if not claimed:
        return False
    notice.attempts += 1
    try:
        _deliver(notice)
    # smtplib's errors are OSErrors, and so are those of requests
    except (OSError, ValueError) as error:
        _postpone(notice, now, error)
        return False
    notice.state, notice.sent_at, notice.reason = Notice.State.SENT, timezone.now(), ""
    notice.save()
    tallies.add("notices", outcome="sent", channel=notice.channel.name)
    return True


def _postpone(notice: Notice, now: datetime, error: Exception) -> None:
    """Note why, without the error's own words: a webhook's URL is a secret."""
    pause = min(settings.NODE_ALERT_RETRY_SECONDS * 2 ** min(notice.attempts - 1, 10), _LONGEST_PAUSE_SECONDS)
    notice.next_attempt_at = now + timedelta(seconds=pause)
    notice.reason = _why(error)
    if notice.attempts >= settings.NODE_ALERT_ATTEMPTS_LIMIT:
        notice.state = Notice.State.GIVEN_UP
    notice.save()
    tallies.add("notices", outcome="retry", channel=notice.channel.name)
    _log.warning("a notice waits for channel %s: %s", notice.channel.name, notice.reason)


def _why(error: Exception) -> str:
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"The receiver answered {error.response.status_code}."
    return f"The channel cannot be reached ({type(error).__name__})."


def _deliver(notice: Notice) -> None:
    if notice.channel.kind == AlertChannel.Kind.EMAIL:
        _mail(notice)
    else:
        _post(notice)


def _mail(notice: Notice) -> None:
    rule = notice.alert.rule.kind
    body = (
        f"{notice.text}\n\nRule: {rule}\nSince: {notice.alert.raised_at:%Y-%m-%d %H:%M:%S} UTC\n"
        f"What to do: docs/runbook.md, section {rule}\n\n{settings.NODE_SITE_NAME}: research use only.\n"
    )
    message = EmailMessage(
        subject=f"[{settings.NODE_SITE_NAME}] {notice.get_kind_display()}: {rule} {notice.alert.subject}".strip(),
        body=body,
        from_email=settings.NODE_ALERT_FROM,
        to=[notice.channel.target],
        # the settings' own backend may be another one, as in tests
        connection=get_connection("django.core.mail.backends.smtp.EmailBackend"),
    )
    message.send()


def _post(notice: Notice) -> None:
    answer = requests.post(
        notice.channel.target,
        json={
            "text": f"{settings.NODE_SITE_NAME}: {notice.text}",
            "kind": notice.kind,
            "rule": notice.alert.rule.kind,
            "severity": notice.alert.rule.severity,
            "subject": notice.alert.subject,
            "value": notice.alert.value,
            "since": notice.alert.raised_at.isoformat(),
            "runbook": f"docs/runbook.md#{notice.alert.rule.kind}",
        },
        timeout=_WEBHOOK_SECONDS,
        allow_redirects=False,
    )
    answer.raise_for_status()
