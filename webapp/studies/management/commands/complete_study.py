"""``manage.py complete_study UID``: count a study as complete now."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from webapp.studies import dispatch
from webapp.studies.models import Study


class Command(BaseCommand):
    """Open a round over everything received so far."""

    help = "Count a study as complete now, without waiting for the quiet time."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take one or more Study Instance UIDs."""
        parser.add_argument("study_instance_uid", nargs="+")

    def handle(self, *args: object, **options: list[str]) -> None:
        """Complete each study, saying what happened."""
        for uid in options["study_instance_uid"]:
            if not Study.objects.filter(study_instance_uid=uid).exists():
                raise CommandError(f"No study {uid} has been received. Please check the UID.")
            if dispatch.complete_by_staff(uid):
                self.stdout.write(f"Study {uid} goes to analysis.")
            else:
                self.stdout.write(f"Study {uid} has received nothing since its last round: nothing to do.")
