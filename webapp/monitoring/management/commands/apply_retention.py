"""``manage.py apply_retention``: delete what may go, or say what would."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from webapp.monitoring import retention


class Command(BaseCommand):
    """Delete studies past their age."""

    help = "Delete the studies that were delivered and are past the age of the settings; the clock does so hourly."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Offer to look only."""
        parser.add_argument("--dry-run", action="store_true", help="name them, delete nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Name each study."""
        gone = retention.apply(dry_run=options["dry_run"])
        for uid in gone:
            self.stdout.write(uid)
        self.stdout.write(f"{len(gone)} studies {'would go' if options['dry_run'] else 'were deleted'}.")
