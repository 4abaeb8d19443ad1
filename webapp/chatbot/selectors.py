"""What a user, or who holds a conversation's token, may see of the chatbot."""

import hashlib
import secrets
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from webapp.accounts import scopes
from webapp.accounts.roles import Person
from webapp.chatbot.models import Assessment, Conversation, Message
from webapp.studies import selectors


def digest(token: str) -> str:
    """Return what is kept of a conversation's token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def conversation_for(user: Person, key: UUID, token: str) -> Conversation | None:
    """Return the conversation for who holds its token, or who opened it; to anybody else it is not there."""
    conversation = Conversation.objects.filter(pk=key).first()
    if conversation is None:
        return None
    holds_token = secrets.compare_digest(conversation.token_sha256, digest(token))
    opened_it = user.is_authenticated and conversation.user_id == user.pk
    return conversation if holds_token or opened_it else None


def messages_of(conversation: Conversation) -> QuerySet[Message]:
    """Return the messages of a conversation that the user was given."""
    return conversation.messages.all()


def newest_assessment(conversation: Conversation) -> Assessment | None:
    """Return the newest assessment of a conversation that the user was given."""
    return conversation.assessments.first()


def may_see_target(user: Person, target: dict[str, Any]) -> bool:
    """Tell whether there is, for this user, such a study or upload."""
    if "study_instance_uid" in target:
        return selectors.study_for(user, target["study_instance_uid"]) is not None
    return scopes.may_see(user, scopes.UPLOAD, target["diagnosis"])


def attached_assessments(user: Person, target: dict[str, Any]) -> QuerySet[Assessment]:
    """Return what is attached to a study or an upload that this user may see; nothing otherwise."""
    if not may_see_target(user, target):
        return Assessment.objects.none()
    return Assessment.objects.filter(attached_at__isnull=False, **target).select_related("attached_by")
