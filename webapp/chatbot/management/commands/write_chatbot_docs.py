"""``manage.py write_chatbot_docs``: bring docs/chatbot.md up to the rules."""

from django.core.management.base import BaseCommand

from webapp.chatbot import documentation


class Command(BaseCommand):
    """Write the page of the chatbot from its rules."""

    help = "Write docs/chatbot.md from webapp/chatbot/rules.yaml."
    requires_system_checks = []

    def handle(self, *args: object, **options: object) -> None:
        """Write the file."""
        documentation.PAGE.write_text(documentation.page(), encoding="utf-8")
        self.stdout.write(f"wrote {documentation.PAGE.name}")
