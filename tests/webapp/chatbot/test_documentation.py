"""The page of the chatbot says what the rules say."""

from webapp.chatbot import documentation
from webapp.chatbot.rules import rule_set


def test_page_is_current() -> None:
    assert documentation.PAGE.read_text(encoding="utf-8") == documentation.page()


def test_page_cites_every_rule() -> None:
    page = documentation.page()
    assert all(f"| {rule.id} | `{rule.level}`" in page for rule in rule_set().rules)
    assert all(rule.guideline.url in page and rule.paragraph in page for rule in rule_set().rules)
