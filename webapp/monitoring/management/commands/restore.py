"""``manage.py restore FOLDER``."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from webapp.monitoring import backup


class Command(BaseCommand):
    """Bring a backup back."""

    help = "Restore a backup into an empty node and compare the hash of every file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Ask where from."""
        parser.add_argument("folder", type=Path)
        parser.add_argument(
            "--archive-in-place",
            action="store_true",
            help="the archived files were brought back by other means: only compare them",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Restore it."""
        try:
            count = backup.restore(options["folder"], archive_in_place=options["archive_in_place"])
        except backup.BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Restored; the hashes of {count} archived files were compared and are right.")
