"""``manage.py pause_ai REASON`` and ``pause_ai --resume``: the kill switch without the admin."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from webapp.monitoring import switch


class Command(BaseCommand):
    """Stop inference, or let it go on."""

    help = "Stop inference at once (receiving goes on), or let it go on with --resume."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Ask why."""
        parser.add_argument("reason", nargs="?", default="")
        parser.add_argument("--resume", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Turn the switch."""
        if options["resume"]:
            self.stdout.write(f"The AI runs again; {switch.resume()} studies were waiting.")
            return
        if not options["reason"]:
            raise CommandError("Say why, in a sentence that names no patient.")
        done = switch.pause(options["reason"])
        self.stdout.write("The AI is paused; images are received and kept." if done else "The AI was paused already.")
