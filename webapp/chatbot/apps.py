"""The chatbot application."""

from django.apps import AppConfig


class ChatbotConfig(AppConfig):
    """The chatbot application."""

    name = "webapp.chatbot"
    default_auto_field = "django.db.models.BigAutoField"
