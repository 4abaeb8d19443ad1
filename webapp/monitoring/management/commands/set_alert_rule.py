"""``manage.py set_alert_rule KIND``: change a rule without the admin."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from webapp.audit import rows
from webapp.monitoring import rules
from webapp.monitoring.models import AlertRule

_NUMBERS = ("threshold", "window_seconds", "cool_down_seconds", "escalate_after_seconds")


class Command(BaseCommand):
    """Change one alert rule."""

    help = "Change the threshold, window, cool-down or escalation of an alert rule, or switch it on or off."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the rule and what to change."""
        parser.add_argument("kind", choices=[default.kind for default in rules.DEFAULTS])
        parser.add_argument("--threshold", type=float)
        parser.add_argument("--window-seconds", type=int)
        parser.add_argument("--cool-down-seconds", type=int)
        parser.add_argument("--escalate-after-seconds", type=int)
        parser.add_argument("--enabled", choices=["yes", "no"])

    def handle(self, *args: Any, **options: Any) -> None:
        """Change it."""
        rules.ensure()
        changes: dict[str, Any] = {name: options[name] for name in _NUMBERS if options[name] is not None}
        if options["enabled"] is not None:
            changes["enabled"] = options["enabled"] == "yes"
        if not changes:
            raise CommandError("Nothing to change: name at least one option.")
        rows.update(AlertRule.objects.filter(kind=options["kind"]), "alert-rule", **changes)
        self.stdout.write(f"{options['kind']}: {', '.join(f'{name} {value}' for name, value in changes.items())}")
