"""Conversations and assessments in the audit trail: that they were, never what was said."""

from webapp.audit import admin_pages, endpoints, rows
from webapp.audit.endpoints import Told
from webapp.audit.models import Action, Event
from webapp.chatbot.models import Assessment, Conversation

_TARGET = ("study_instance_uid", "diagnosis")


def _told(action: Action, part: str = "", also: tuple[str, ...] = ()) -> Told:
    return Told(Event.RECORD, action, "conversation", key="key", part=part, also=also)


rows.watch_removals(Conversation, "conversation")
admin_pages.name(Assessment, "assessment")

endpoints.tell("chat-list", POST=Told(Event.RECORD, Action.CREATE, "conversation", made="id"))
endpoints.tell("chat-detail", GET=_told(Action.READ), DELETE=_told(Action.DELETE))
endpoints.tell("chat-messages", POST=_told(Action.UPDATE))
endpoints.tell("chat-attachment", POST=_told(Action.EXECUTE, "attachment", _TARGET))
endpoints.tell("chat-questionnaire-response", GET=_told(Action.READ, "questionnaire response"))
endpoints.tell(
    "chat-assessments",
    GET=Told(Event.RECORD, Action.READ, "assessment", also=_TARGET),
)
endpoints.leave("It computes from what is sent, and keeps nothing.", "risk-gail")
