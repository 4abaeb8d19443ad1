"""``manage.py write_conformance_statement``: bring the tables of docs/conformance-statement.md up to the code."""

from django.core.management.base import BaseCommand

from webapp.studies import conformance


class Command(BaseCommand):
    """Write the tables of the conformance statement anew."""

    help = "Write the tables of docs/conformance-statement.md from the code."
    requires_system_checks = []

    def handle(self, *args: object, **options: object) -> None:
        """Write the file."""
        page = conformance.PAGE.read_text(encoding="utf-8")
        conformance.PAGE.write_text(conformance.refreshed(page), encoding="utf-8")
        self.stdout.write(f"wrote the tables of {conformance.PAGE.name}")
