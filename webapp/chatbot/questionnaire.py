"""A conversation as a FHIR R4 QuestionnaireResponse. The linkIds are the names of the facts and never change."""

from typing import Any

from django.utils import timezone

from webapp.chatbot import catalogue
from webapp.chatbot.assessment import assessment_body, evaluate, known_facts
from webapp.chatbot.dialogue import DONE, State
from webapp.chatbot.models import Conversation

QUESTIONNAIRE = "urn:mammonode:questionnaire:breast-symptoms"
LEVELS = "urn:mammonode:triage-level"

Resource = dict[str, Any]


def questionnaire_response(conversation: Conversation) -> Resource:
    """Return the resource; one item a fact, and the level once there is one.

    References
    ----------
    http://hl7.org/fhir/R4/questionnaireresponse.html
    """
    state = State(**conversation.state)
    is_complete = state.pending == DONE
    items = [_item(fact) for fact in known_facts(state)]
    if is_complete:
        items.append(_level_item(state))
    resource: Resource = {
        "resourceType": "QuestionnaireResponse",
        "id": str(conversation.pk),
        "language": conversation.language,
        "identifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{conversation.pk}"},
        "questionnaire": QUESTIONNAIRE,
        "status": "completed" if is_complete else "in-progress",
        "authored": timezone.localtime(conversation.created_at).isoformat(timespec="seconds"),
    }
    return {**resource, "item": items} if items else resource


def _item(fact: dict[str, Any]) -> Resource:
    return {"linkId": fact["name"], "text": fact["label"], "answer": [_value(fact)]}


def _value(fact: dict[str, Any]) -> Resource:
    value = fact["value"]
    if isinstance(value, bool):
        return {"valueBoolean": value}
    if isinstance(value, int):
        return {"valueInteger": value}
    if fact["code"] is not None:
        return {"valueCoding": {**fact["code"], "display": fact["value_text"]}}
    return {"valueString": fact["value_text"]}


def _level_item(state: State) -> Resource:
    body = assessment_body(state, evaluate(state))
    coding = {"system": LEVELS, "version": body["rule_set_version"], "code": body["level"], "display": body["title"]}
    return {
        "linkId": "level",
        "text": catalogue.text(state.language, "rules"),
        "answer": [{"valueCoding": coding}],
    }
