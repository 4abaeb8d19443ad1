"""``manage.py canary``: send a synthetic study through the node and judge its answer."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from webapp.monitoring import canary, switch
from webapp.monitoring.models import CanaryRun


class Command(BaseCommand):
    """Prove the node by traffic."""

    help = "Send a synthetic study through the running node, and say whether its answer was whole and right."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run one canary; a failure is an exit status."""
        if switch.open_pause() is not None:
            raise CommandError("The AI is paused: a canary would wait for ever. Resume it first.")
        run = canary.run()
        if run.state != CanaryRun.State.PASSED:
            raise CommandError(f"The canary failed at stage {run.stage}: {run.reason}")
        self.stdout.write(
            f"The canary passed in {run.seconds:.1f} s; its scores are at most "
            f"{run.largest_difference:.5f} away from the golden ones."
        )
