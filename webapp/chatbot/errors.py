"""What can go wrong in the chatbot, apart from what ``webapp.problems`` says of HTTP.

ChatbotError
    RuleSetError      rules.yaml is not sound: names the rule and what is wrong
    RiskRefusal       the Gail model does not speak of this woman: names the reason
"""


class ChatbotError(Exception):
    """Root of this package's errors."""


class RuleSetError(ChatbotError):
    """The rules are not sound; the text says which and why."""


class RiskRefusal(ChatbotError):
    """The model was not made for this person; ``reason`` is a key of the text catalogues."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
