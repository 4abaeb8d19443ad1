"""``manage.py rollback_model``: go back to the model before the present one."""

from django.core.management.base import BaseCommand, CommandError

from webapp.studies import pipeline
from webapp.studies.errors import StageError


class Command(BaseCommand):
    """Prove the earlier model and put it back in force."""

    help = "Put the model that was in force before the present one back."
    # see register_model
    requires_system_checks = []

    def handle(self, *args: object, **options: object) -> None:
        """Go back, or say why not."""
        try:
            facts = pipeline.rollback_model()
        except StageError as error:
            raise CommandError(f"{error.reason} The model in force has not changed.") from error
        self.stdout.write(f"Model {facts.name} {facts.version} (sha256 {facts.sha256}) is in force again.")
        self.stdout.write("Start the node again to use it.")
