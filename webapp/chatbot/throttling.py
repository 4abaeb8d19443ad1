"""How often one address may open conversations, write messages and ask for a risk."""

from rest_framework.throttling import AnonRateThrottle, UserRateThrottle


class OpeningThrottle(AnonRateThrottle):
    """New conversations without an account."""

    scope = "chat-open"


class MessageThrottle(UserRateThrottle):
    """Messages, with or without an account."""

    scope = "chat-message"


class RiskThrottle(UserRateThrottle):
    """Risk estimates."""

    scope = "risk"
