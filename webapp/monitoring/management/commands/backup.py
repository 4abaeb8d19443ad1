"""``manage.py backup FOLDER``."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from webapp.monitoring import backup


class Command(BaseCommand):
    """Write a backup."""

    help = "Write database, archive (with the hash of each file) and settings into a new folder."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Ask where to."""
        parser.add_argument("folder", type=Path)
        parser.add_argument(
            "--without-archive",
            action="store_true",
            help="leave the archived files out, where they are backed up by other means; their hashes stay in",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Write it."""
        try:
            count = backup.back_up(options["folder"], with_archive=not options["without_archive"])
        except backup.BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Backed up: database, settings, {count} archived files.")
