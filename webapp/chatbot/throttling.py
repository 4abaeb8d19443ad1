"""How often one address may open conversations, write messages and ask for a risk."""

from rest_framework.throttling import AnonRateThrottle, UserRateThrottle

from webapp.accounts.throttling import ByNetwork


class OpeningThrottle(ByNetwork, AnonRateThrottle):
    """New conversations without an account."""

    scope = "chat-open"


class MessageThrottle(ByNetwork, UserRateThrottle):
    """Messages, with or without an account."""

    scope = "chat-message"


class RiskThrottle(ByNetwork, UserRateThrottle):
    """Risk estimates."""

    scope = "risk"
