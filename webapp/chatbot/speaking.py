"""A reply -> what the person reads: a list of blocks (never HTML) and the answers to choose from."""

from typing import Any

from webapp.chatbot import catalogue
from webapp.chatbot.assessment import Block, assessment_blocks
from webapp.chatbot.dialogue import DONE, OPENING, Reply, State


def opening_blocks(state: State) -> list[Block]:
    """Return the first message of a conversation."""
    paragraphs = [("opening", state.audience), ("privacy",), ("emergency_hint",)]
    return [{"type": "paragraph", "text": catalogue.text(state.language, *keys)} for keys in paragraphs]


def reply_blocks(state: State, reply: Reply, assessment: dict[str, Any] | None) -> list[Block]:
    """Return a reply: what was noticed, what cannot be answered, the assessment, the next question."""
    language = state.language
    blocks: list[Block] = [_paragraph(language, "notices", name) for name in reply.notices]
    blocks += [_paragraph(language, "intents", name) for name in reply.intents]
    if reply.restarted:
        return [*blocks, *opening_blocks(state)]
    if assessment is not None:
        blocks += assessment_blocks(assessment)
    if reply.question not in {OPENING, DONE}:
        blocks.append(
            {"type": "question", "text": catalogue.text(language, "questions", reply.question, reply.wording)}
        )
    elif reply.question == DONE and assessment is not None:
        blocks.append(_paragraph(language, "notices", "anything_else"))
    return blocks or [{"type": "paragraph", "text": catalogue.text(language, "opening", state.audience)}]


def quick_replies(state: State, question: str) -> list[dict[str, str]]:
    """Return the answers to choose from."""
    if question in {OPENING, DONE}:
        return []
    offered = catalogue.options(state.language, question)
    return [
        {"id": f"{question}:{name}", "label": label}
        for name, label in offered.items()
        if name not in state.facts or question in {"age", "sex"}
    ]


def _paragraph(language: str, *keys: str) -> Block:
    return {"type": "paragraph", "text": catalogue.text(language, *keys)}
