"""Findings -> alerts -> notices: once a thing, silent while it flaps, louder when nobody acknowledges."""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from webapp.monitoring import conditions, event_lines, switch
from webapp.monitoring.conditions import Finding
from webapp.monitoring.models import Alert, AlertChannel, AlertRule, Notice

_log = logging.getLogger(__name__)


def evaluate(now: datetime | None = None) -> None:
    """Ask every rule. One that fails costs a line in the log and leaves its alerts as they are."""
    now = now or timezone.now()
    for rule in AlertRule.objects.all():
        try:
            _evaluate(rule, now)
        except Exception:
            _log.exception("alert rule %s cannot be evaluated", rule.kind)


def _evaluate(rule: AlertRule, now: datetime) -> None:
    condition = conditions.BY_KIND.get(rule.kind)
    findings = list(condition(rule, now)) if condition is not None and rule.enabled else []
    with transaction.atomic():
        open_ = {alert.subject: alert for alert in rule.alerts.filter(cleared_at__isnull=True)}
        for finding in findings:
            _see(rule, finding, open_.pop(finding.subject, None), now)
        for alert in open_.values():
            _clear(alert, now)
    # whoever acknowledged decides: their word to go on is not taken back a minute later
    wild = rule.alerts.filter(cleared_at__isnull=True, acknowledged_at__isnull=True).exists()
    if rule.holds_results and findings and wild:
        switch.pause(findings[0].text, rule=rule.kind)


def _see(rule: AlertRule, finding: Finding, alert: Alert | None, now: datetime) -> None:
    if alert is None:
        alert = _reopened(rule, finding, now) or Alert(rule=rule, subject=finding.subject, raised_at=now)
        _log.warning("alert %s %s: %s", rule.kind, finding.subject, finding.text)
        event_lines.write("alert raised", rule=rule.kind, subject=finding.subject, value=finding.value)
    alert.text, alert.value, alert.seen_at = finding.text, finding.value, now
    alert.save()
    if alert.notified_at is None:
        _notify(alert, Notice.Kind.RAISED, _channels(rule), now)
        alert.notified_at = now
        alert.save(update_fields=["notified_at"])
    elif _wants_escalation(alert, now):
        _notify(alert, Notice.Kind.ESCALATED, _escalation_channels(rule), now)
        alert.escalated_at = now
        alert.save(update_fields=["escalated_at"])


def _reopened(rule: AlertRule, finding: Finding, now: datetime) -> Alert | None:
    """Return the alert of the same thing that was cleared within its cool-down, open again and silent till its end."""
    quiet_since = now - timedelta(seconds=rule.cool_down_seconds)
    last = rule.alerts.filter(subject=finding.subject, notified_at__gt=quiet_since).order_by("-raised_at").first()
    if last is not None:
        last.cleared_at, last.times = None, last.times + 1
    return last


def _wants_escalation(alert: Alert, now: datetime) -> bool:
    after = alert.rule.escalate_after_seconds
    if not after or alert.acknowledged_at is not None or alert.escalated_at is not None:
        return False
    return now - alert.raised_at >= timedelta(seconds=after)


def _clear(alert: Alert, now: datetime) -> None:
    alert.cleared_at = now
    alert.save(update_fields=["cleared_at"])
    event_lines.write("alert cleared", rule=alert.rule.kind, subject=alert.subject)
    # one all-clear for each notice: a thing that flaps within its cool-down stays silent both ways
    told = alert.notices.filter(kind=Notice.Kind.RAISED)
    if told.exists() and not alert.notices.filter(kind=Notice.Kind.CLEARED).exists():
        _notify(alert, Notice.Kind.CLEARED, [notice.channel for notice in told.select_related("channel")], now)


def _channels(rule: AlertRule) -> list[AlertChannel]:
    own = list(rule.channels.filter(active=True))
    return own or list(AlertChannel.objects.filter(active=True, for_escalation=False))


def _escalation_channels(rule: AlertRule) -> list[AlertChannel]:
    return list(AlertChannel.objects.filter(active=True, for_escalation=True)) or _channels(rule)


_WORDS = {Notice.Kind.RAISED: "ALERT", Notice.Kind.ESCALATED: "STILL THERE", Notice.Kind.CLEARED: "ALL CLEAR"}


def _notify(alert: Alert, kind: Notice.Kind, channels: Iterable[AlertChannel], now: datetime) -> None:
    text = f"{_WORDS[kind]} ({alert.rule.severity.lower()}): {alert.text}"
    Notice.objects.bulk_create(
        Notice(alert=alert, channel=channel, kind=kind, text=text[:500], next_attempt_at=now, created_at=now)
        for channel in channels
    )


def acknowledge(alert: Alert, user: User) -> None:
    """Note that a person looks after it: no escalation any more."""
    alert.acknowledged_at, alert.acknowledged_by = timezone.now(), user
    alert.save(update_fields=["acknowledged_at", "acknowledged_by"])
