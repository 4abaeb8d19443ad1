"""``manage.py register_model PATH``: put one's own Keras model in force."""

from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from webapp.studies import pipeline
from webapp.studies.errors import StageError


class Command(BaseCommand):
    """Check the file, write its manifest, keep the old model."""

    help = "Put a Keras .h5 model of your own in force; the one before is kept for rollback_model."
    # the checks would refuse to run where the model in force is broken, which is what this may repair
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the file, and what reports shall call the model."""
        parser.add_argument("path", type=Path)
        parser.add_argument("--name", help="default: the file's name")
        parser.add_argument("--model-version", default="1")

    def handle(self, *args: object, **options: object) -> None:
        """Register, or say why not."""
        path = Path(str(options["path"]))
        try:
            facts = pipeline.register_model(path, str(options["name"] or path.stem), str(options["model_version"]))
        except StageError as error:
            raise CommandError(f"{error.reason} The model in force has not changed.") from error
        self.stdout.write(f"Model {facts.name} {facts.version} (sha256 {facts.sha256}) is in force.")
        self.stdout.write("Its scores are not calibrated. Start the node again to use it.")
