"""``manage.py erase_expired_conversations``: erase the words of conversations that are over, now."""

from django.core.management.base import BaseCommand

from webapp.chatbot.conversations import forget_expired


class Command(BaseCommand):
    """Erase what expired; the clock does the same every five minutes."""

    help = "Erase the words of expired chatbot conversations."

    def handle(self, *args: object, **options: object) -> None:
        """Erase, and say how many conversations were over."""
        self.stdout.write(f"erased the words of {forget_expired()} conversations")
