"""What is done with conversations: open, say, attach, erase. No text of theirs reaches a log."""

import secrets
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from webapp.chatbot import catalogue, dialogue, selectors, speaking
from webapp.chatbot.assessment import assessment_body, evaluate
from webapp.chatbot.dialogue import DONE, OPENING, Reply, State
from webapp.chatbot.models import Assessment, Conversation, Message
from webapp.chatbot.understanding import read

LIFETIME = timedelta(hours=24)
KEPT_AFTER_EXPIRY = timedelta(days=7)


def open_conversation(language: str, audience: str, user: User | AnonymousUser) -> tuple[Conversation, str, Message]:
    """Return a new conversation, its token (shown once), and the first message."""
    forget_expired()
    token = secrets.token_urlsafe(32)
    state = State(language, audience)
    conversation = Conversation.objects.create(
        token_sha256=selectors.digest(token),
        language=language,
        audience=audience,
        user=user if isinstance(user, User) else None,
        state=asdict(state),
        expires_at=timezone.now() + LIFETIME,
    )
    message = conversation.messages.create(
        sender=Message.Sender.CHATBOT, blocks=speaking.opening_blocks(state), quick_replies=[]
    )
    return conversation, token, message


def is_expired(conversation: Conversation, now: datetime) -> bool:
    """Tell whether the conversation is over."""
    return conversation.expires_at <= now


@transaction.atomic
def say(
    conversation: Conversation, text: str | None, quick_reply: str | None
) -> tuple[Message, Assessment | None] | None:
    """Take a message in and answer it; None where the quick reply was never offered."""
    conversation = Conversation.objects.select_for_update().get(pk=conversation.pk)
    state = State(**conversation.state)
    if quick_reply is not None:
        reply = dialogue.choose(state, quick_reply)
        if reply is None:
            return None
        shown = label_of(state.language, quick_reply)
    else:
        shown = text or ""
        reply = dialogue.respond(state, read(shown, state.language)) if shown.strip() else _nothing_said(state)
    conversation.messages.create(sender=Message.Sender.PERSON, blocks=[{"type": "paragraph", "text": shown}])
    return _answer(conversation, state, reply)


def label_of(language: str, quick_reply: str) -> str:
    """Return the text of a quick reply."""
    question, _, name = quick_reply.partition(":")
    return str(catalogue.options(language, question)[name])


def _nothing_said(state: State) -> Reply:
    return Reply(notices=("empty",), question=state.pending, wording="again")


def _answer(conversation: Conversation, state: State, reply: Reply) -> tuple[Message, Assessment | None]:
    is_assessed = reply.question == DONE and state.pending != OPENING
    assessment, body = _assess(conversation, state) if is_assessed else (None, None)
    message = conversation.messages.create(
        sender=Message.Sender.CHATBOT,
        blocks=speaking.reply_blocks(state, reply, body),
        quick_replies=speaking.quick_replies(state, reply.question),
    )
    conversation.state, conversation.language = asdict(state), state.language
    conversation.expires_at = timezone.now() + LIFETIME
    conversation.save(update_fields=["state", "language", "expires_at"])
    return message, assessment


def _assess(conversation: Conversation, state: State) -> tuple[Assessment, dict[str, Any]]:
    body = assessment_body(state, evaluate(state))
    row = conversation.assessments.create(
        audience=state.audience,
        language=state.language,
        rule_set_version=body["rule_set_version"],
        level=body["level"],
        facts=body["facts"],
        rules_fired=body["rules"],
    )
    return row, body


def attach(
    assessment: Assessment, user: User, *, study_instance_uid: str = "", diagnosis: int | None = None
) -> Assessment:
    """Put an assessment beside a study or an upload, in the name of a clinician."""
    assessment.study_instance_uid, assessment.diagnosis = study_instance_uid, diagnosis
    assessment.attached_by_id, assessment.attached_at = user.pk, timezone.now()
    assessment.save(update_fields=["study_instance_uid", "diagnosis", "attached_by", "attached_at"])
    return assessment


@transaction.atomic
def erase(conversation: Conversation) -> None:
    """Erase a conversation. What a clinician attached stays, without the person's own words."""
    _drop_words(conversation)
    conversation.assessments.filter(attached_at__isnull=True).delete()
    conversation.delete()


def _drop_words(conversation: Conversation) -> None:
    """Keep what was understood, and not how the person put it."""
    for assessment in conversation.assessments.all():
        assessment.facts = [{**fact, "words": ""} for fact in assessment.facts]
        assessment.save(update_fields=["facts"])


def forget_expired() -> int:
    """Erase the words of conversations that are over, and return how many still had any.

    For some days their address still answers "gone". The clock runs this, and so does the opening of a conversation.
    """
    now = timezone.now()
    over: QuerySet[Conversation] = Conversation.objects.filter(expires_at__lte=now)
    for conversation in over.filter(expires_at__lte=now - KEPT_AFTER_EXPIRY):
        erase(conversation)
    erased = 0
    for conversation in over.exclude(state={}):
        with transaction.atomic():
            conversation.messages.all().delete()
            _drop_words(conversation)
            conversation.state = {}
            conversation.save(update_fields=["state"])
        erased += 1
    return erased
