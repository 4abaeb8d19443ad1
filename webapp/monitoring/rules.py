"""The alert rules and their defaults. Staff changes thresholds in the admin; kinds are known here alone."""

from dataclasses import dataclass

from django.conf import settings

from webapp.audit import rows
from webapp.monitoring.models import AlertChannel, AlertRule, Severity

_HOUR = 3600
_DAY = 24 * _HOUR


@dataclass(frozen=True)
class RuleDefault:
    """One rule as it comes: see the runbook for the unit of its threshold."""

    kind: str
    threshold: float
    window_seconds: int = _HOUR
    severity: str = Severity.WARNING
    holds_results: bool = False


DEFAULTS = (
    RuleDefault("error_rate", threshold=20),
    RuleDefault("failed_studies", threshold=1, window_seconds=_DAY),
    RuleDefault("oldest_unfinished", threshold=900, severity=Severity.CRITICAL),
    RuleDefault("delivery_failing", threshold=5, severity=Severity.CRITICAL),
    RuleDefault("disk_low", threshold=10, severity=Severity.CRITICAL),
    RuleDefault("queue_growing", threshold=20, window_seconds=900),
    RuleDefault("no_traffic", threshold=1),
    RuleDefault("canary_late", threshold=7800, severity=Severity.CRITICAL),
    RuleDefault("canary_failed", threshold=1, severity=Severity.CRITICAL),
    RuleDefault("drift", threshold=0.25),
    RuleDefault("certificate_expiring", threshold=21),
    RuleDefault("model_mismatch", threshold=1, severity=Severity.CRITICAL),
    RuleDefault("process_silent", threshold=1, window_seconds=120, severity=Severity.CRITICAL),
    RuleDefault("process_restarting", threshold=3),
    RuleDefault("broker_unreachable", threshold=1, severity=Severity.CRITICAL),
    RuleDefault("ai_paused", threshold=_HOUR),
    RuleDefault("notice_undelivered", threshold=3),
    RuleDefault("audit_not_taken", threshold=900),
)


def ensure() -> None:
    """Write the rules and the environment's channels that are not there yet; what staff changed stays."""
    for default in DEFAULTS:
        AlertRule.objects.get_or_create(
            kind=default.kind,
            defaults={
                "threshold": default.threshold,
                "window_seconds": default.window_seconds,
                "severity": default.severity,
                "holds_results": default.holds_results,
            },
        )
    _adopt_channels()


def _adopt_channels() -> None:
    kept = []
    wanted = [
        *((AlertChannel.Kind.EMAIL, target) for target in settings.NODE_ALERT_EMAILS),
        *((AlertChannel.Kind.WEBHOOK, target) for target in settings.NODE_ALERT_WEBHOOKS),
    ]
    for number, (kind, target) in enumerate(wanted, start=1):
        row, _ = AlertChannel.objects.update_or_create(
            kind=kind,
            target=target,
            from_environment=True,
            defaults={"active": True},
            create_defaults={"active": True, "name": f"{kind.label} {number} (settings)"[:64]},
        )
        kept.append(row.pk)
    gone = AlertChannel.objects.filter(from_environment=True, active=True).exclude(pk__in=kept)
    rows.update(gone, "alert-channel", active=False)
