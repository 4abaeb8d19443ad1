"""What the clock does for the chatbot."""

from celery import shared_task

from webapp.chatbot.conversations import forget_expired


@shared_task(name="chatbot.erase_expired")
def erase_expired() -> None:
    """Erase the words of conversations that are over."""
    forget_expired()
