"""A chatbot's assessment to put beside an upload. The two applications know each other's rows by number only."""

import hashlib
import secrets
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.apps import apps
from django.contrib.auth.models import User
from django.db.models import Model
from django.utils import timezone

from webapp.accounts.roles import Role, has_role
from webapp.diagnosis.models import Diagnosis
from webapp.problems import Problem


@dataclass(frozen=True)
class Attachment:
    """An assessment that this user may attach."""

    assessment: int


def find(named: str, token: str, user: User) -> Attachment:
    """Return the assessment of a conversation (its id), or one by its own number.

    It may be attached by who holds the conversation's token, who opened the conversation, or an administrator.

    Raises
    ------
    Problem
        422 where there is none that this user may attach.
    """
    row = _newest_of(named, token, user) if _is_uuid(named) else _by_number(named, token, user)
    if row is None:
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "There is no such assessment that you may attach. Send the id of a finished conversation, "
            "and its token in the header X-Chat-Token unless you opened it yourself.",
        )
    return Attachment(int(row.pk))


def attach(attachment: Attachment, row: Diagnosis, user: User) -> None:
    """Put the assessment beside the upload, in the name of the user."""
    _rows("Assessment").filter(pk=attachment.assessment).update(
        study_instance_uid="", diagnosis=row.pk, attached_by=user.pk, attached_at=timezone.now()
    )
    row.assessment = attachment.assessment
    row.save(update_fields=["assessment"])


def _rows(model: str) -> Any:
    return apps.get_model("chatbot", model)._default_manager


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _newest_of(named: str, token: str, user: User) -> Model | None:
    conversation = _rows("Conversation").filter(pk=UUID(named)).first()
    if conversation is None or not _may_attach(conversation, token, user):
        return None
    found: Model | None = conversation.assessments.first()
    return found


def _by_number(named: str, token: str, user: User) -> Model | None:
    if not (named.isascii() and named.isdigit() and len(named) <= 18):
        return None
    row: Any = _rows("Assessment").filter(pk=int(named)).select_related("conversation").first()
    return row if row is not None and _may_attach(row.conversation, token, user) else None


def _may_attach(conversation: Any, token: str, user: User) -> bool:
    if has_role(user, Role.ADMINISTRATOR):
        return True
    if conversation is None:
        return False
    digest = hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
    return bool(conversation.user_id == user.pk or secrets.compare_digest(conversation.token_sha256, digest))
