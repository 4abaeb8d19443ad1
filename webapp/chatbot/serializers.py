"""JSON <-> values of the chatbot's API. Serializer classes, so that a schema can be drawn from them."""

from typing import Any

from rest_framework import serializers

from webapp.chatbot import dialogue
from webapp.chatbot.assessment import assessment_body, evaluate, known_facts
from webapp.chatbot.dialogue import State
from webapp.chatbot.models import Assessment, Audience, Conversation, Message
from webapp.chatbot.risk import populations
from webapp.chatbot.rules import rule_set
from webapp.chatbot.vocabulary import LANGUAGES


class OpeningSerializer(serializers.Serializer[dict[str, Any]]):
    """What opens a conversation."""

    language = serializers.ChoiceField(choices=LANGUAGES, default="en")
    audience = serializers.ChoiceField(choices=Audience.choices, default=Audience.PATIENT)


class SayingSerializer(serializers.Serializer[dict[str, Any]]):
    """A message: free text, or the id of an offered quick reply."""

    text = serializers.CharField(allow_blank=True, required=False)
    quick_reply = serializers.CharField(max_length=64, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Accept exactly one of the two."""
        if len(attrs) != 1:
            raise serializers.ValidationError("Send either 'text' or 'quick_reply'.")
        return attrs


class AttachmentSerializer(serializers.Serializer[dict[str, Any]]):
    """Where an assessment goes."""

    study_instance_uid = serializers.CharField(max_length=64, required=False)
    diagnosis = serializers.IntegerField(min_value=1, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Accept exactly one of the two."""
        if len(attrs) != 1:
            raise serializers.ValidationError("Send either 'study_instance_uid' or 'diagnosis'.")
        return attrs


class RiskSerializer(serializers.Serializer[dict[str, Any]]):
    """What the Gail model asks for."""

    language = serializers.ChoiceField(choices=LANGUAGES, default="en")
    age = serializers.IntegerField(min_value=0, max_value=120)
    population = serializers.CharField(max_length=64)
    biopsies = serializers.IntegerField(min_value=0, max_value=50, allow_null=True, default=None)
    hyperplasia = serializers.ChoiceField(choices=["yes", "no", "unknown"], default="unknown")
    age_at_menarche = serializers.IntegerField(min_value=5, max_value=30, allow_null=True, default=None)
    age_at_first_birth = serializers.IntegerField(min_value=8, max_value=70, allow_null=True, default=None)
    nulliparous = serializers.BooleanField(default=False)
    relatives = serializers.IntegerField(min_value=0, max_value=50, allow_null=True, default=None)
    breast_cancer = serializers.BooleanField(default=False)
    lcis = serializers.BooleanField(default=False)
    dcis = serializers.BooleanField(default=False)
    chest_radiotherapy = serializers.BooleanField(default=False)
    gene_variant = serializers.BooleanField(default=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse answers that contradict each other."""
        first_birth, menarche = attrs["age_at_first_birth"], attrs["age_at_menarche"]
        if attrs["nulliparous"] and first_birth is not None:
            raise serializers.ValidationError("'nulliparous' and 'age_at_first_birth' exclude each other.")
        if max(first_birth or 0, menarche or 0) > attrs["age"]:
            raise serializers.ValidationError("A past event cannot be later than the present age.")
        if first_birth is not None and menarche is not None and first_birth < menarche:
            raise serializers.ValidationError("'age_at_first_birth' cannot be before 'age_at_menarche'.")
        if attrs["hyperplasia"] != "unknown" and not attrs["biopsies"]:
            raise serializers.ValidationError("'hyperplasia' is known from a biopsy only.")
        return attrs


def conversation_body(row: Conversation) -> dict[str, Any]:
    """Return a conversation without its token."""
    return {
        "id": str(row.pk),
        "language": row.language,
        "audience": row.audience,
        "expires_at": row.expires_at.isoformat(),
        "research_use_only": True,
    }


def message_body(row: Message) -> dict[str, Any]:
    """Return a message: blocks to show in their order, and answers to choose from."""
    return {
        "id": row.pk,
        "sender": row.sender,
        "blocks": row.blocks,
        "quick_replies": row.quick_replies,
        "created_at": row.created_at.isoformat(),
    }


def assessment_of(row: Conversation, assessment: Assessment | None) -> dict[str, Any] | None:
    """Return the newest assessment with its citations; None where a question is open or the rules changed."""
    state = State(**row.state)
    if assessment is None or state.pending != dialogue.DONE or assessment.rule_set_version != rule_set().version:
        return None
    return {"id": assessment.pk, **assessment_body(state, evaluate(state))}


def turn_body(row: Conversation, message: Message, assessment: Assessment | None) -> dict[str, Any]:
    """Return the answer to a message."""
    state = State(**row.state)
    return {
        **conversation_body(row),
        "reply": message_body(message),
        "facts": known_facts(state),
        "missing": dialogue.missing(state),
        "assessment": assessment_of(row, assessment),
        "risk_offered": row.audience == Audience.CLINICIAN,
    }


def attached_body(row: Assessment) -> dict[str, Any]:
    """Return an assessment as the reader of a study or an upload sees it."""
    return {
        "id": row.pk,
        "level": row.level,
        "facts": row.facts,
        "rules": row.rules_fired,
        "rule_set_version": row.rule_set_version,
        "language": row.language,
        "created_at": row.created_at.isoformat(),
        "study_instance_uid": row.study_instance_uid,
        "diagnosis": row.diagnosis,
        "attached_by": row.attached_by.get_username() if row.attached_by else "",
        "attached_at": row.attached_at.isoformat() if row.attached_at else None,
        "research_use_only": True,
    }


def population_names() -> list[str]:
    """Return the populations a risk can be given for."""
    return list(populations())
