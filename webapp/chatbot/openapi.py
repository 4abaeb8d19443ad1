"""What the schema says of the chatbot's API."""

from typing import Any, Final

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    extend_schema_view,
    inline_serializer,
)
from rest_framework import serializers

from webapp.chatbot.models import Audience, Message
from webapp.chatbot.serializers import AttachmentSerializer, OpeningSerializer, RiskSerializer, SayingSerializer
from webapp.openapi import problems

BLOCK_TYPES: Final = ["heading", "paragraph", "list", "question", "note"]

_TOKEN = OpenApiParameter(
    "X-Chat-Token", str, OpenApiParameter.HEADER, description="The token that opening the conversation returned."
)


def _json(serializer: type[serializers.BaseSerializer[Any]]) -> dict[str, Any]:
    return {"application/json": serializer}


class BlockSerializer(serializers.Serializer[Any]):
    """A piece of a message: a list has items, everything else a text."""

    type = serializers.ChoiceField(choices=BLOCK_TYPES)
    text = serializers.CharField(required=False, allow_blank=True)
    items = serializers.ListField(child=serializers.CharField(), required=False)


class QuickReplySerializer(serializers.Serializer[Any]):
    """An answer to choose from."""

    id = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a key of the answer


class CodeSerializer(serializers.Serializer[Any]):
    """A code of a terminology."""

    system = serializers.CharField()
    code = serializers.CharField()


class FactSerializer(serializers.Serializer[Any]):
    """A fact, with the words that it came from."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a key of the answer
    value = serializers.JSONField(help_text="true, false, a number or a word.")
    value_text = serializers.CharField(allow_blank=True, help_text="The same, to be read.")
    uncertain = serializers.BooleanField()
    words = serializers.CharField(allow_blank=True)
    code = CodeSerializer(allow_null=True)


class CitationSerializer(serializers.Serializer[Any]):
    """A rule that spoke, and the paragraph of a guideline that it rests on."""

    id = serializers.CharField()
    level = serializers.CharField()
    guideline = serializers.CharField()
    version = serializers.CharField()
    paragraph = serializers.CharField()
    url = serializers.CharField()
    source_read = serializers.CharField(help_text="How far the guideline itself was read.")
    read_on = serializers.CharField(allow_null=True)
    note = serializers.CharField(allow_blank=True)


class SafetyNettingSerializer(serializers.Serializer[Any]):
    """When to come back sooner."""

    title = serializers.CharField()
    items = serializers.ListField(child=serializers.CharField())
    emergency = serializers.CharField()


class AssessmentSerializer(serializers.Serializer[Any]):
    """What a conversation came to, in its language; the most urgent action comes first."""

    id = serializers.IntegerField()
    level = serializers.CharField()
    title = serializers.CharField()
    how_soon = serializers.CharField()
    within_hours = serializers.IntegerField()
    actions = serializers.ListField(child=serializers.CharField())
    facts = FactSerializer(many=True)
    rules = CitationSerializer(many=True)
    safety_netting = SafetyNettingSerializer()
    disclaimers = serializers.ListField(child=serializers.CharField())
    rule_set_version = serializers.CharField()


class ReplySerializer(serializers.Serializer[Any]):
    """A message: blocks to show in their order, and answers to choose from."""

    id = serializers.IntegerField()
    sender = serializers.ChoiceField(choices=Message.Sender.choices)
    blocks = BlockSerializer(many=True)
    quick_replies = QuickReplySerializer(many=True)
    created_at = serializers.DateTimeField()


class ConversationSerializer(serializers.Serializer[Any]):
    """A conversation without its token."""

    id = serializers.UUIDField()
    language = serializers.CharField()
    audience = serializers.ChoiceField(choices=Audience.choices)
    expires_at = serializers.DateTimeField()
    research_use_only = serializers.BooleanField()


class OpenedConversationSerializer(ConversationSerializer):
    """A new conversation, its token (shown this once) and the first message."""

    token = serializers.CharField()
    reply = ReplySerializer()


class TranscriptSerializer(ConversationSerializer):
    """A conversation with all its messages, and the assessment that it came to, as long as it stands."""

    messages = ReplySerializer(many=True)
    assessment = AssessmentSerializer(allow_null=True)


class TurnSerializer(ConversationSerializer):
    """The answer to a message."""

    reply = ReplySerializer()
    facts = FactSerializer(many=True)
    missing = serializers.ListField(child=serializers.CharField())
    assessment = AssessmentSerializer(allow_null=True)
    risk_offered = serializers.BooleanField()


class AttachedSerializer(serializers.Serializer[Any]):
    """An assessment as the reader of a study or an upload sees it."""

    id = serializers.IntegerField()
    level = serializers.CharField()
    facts = FactSerializer(many=True)
    rules = CitationSerializer(many=True)
    rule_set_version = serializers.CharField()
    language = serializers.CharField()
    created_at = serializers.DateTimeField()
    study_instance_uid = serializers.CharField(allow_blank=True)
    diagnosis = serializers.IntegerField(allow_null=True)
    attached_by = serializers.CharField(allow_blank=True)
    attached_at = serializers.DateTimeField(allow_null=True)
    research_use_only = serializers.BooleanField()


class RiskInterval(serializers.Serializer[Any]):
    """Risk in per cent until an age, beside the average woman's."""

    until_age = serializers.IntegerField()
    own = serializers.FloatField()
    average = serializers.FloatField()


class RiskEstimateSerializer(serializers.Serializer[Any]):
    """The Gail model's estimate."""

    five_year = RiskInterval()
    lifetime = RiskInterval()
    relative_risk = serializers.DictField()
    unit = serializers.CharField()
    model = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]  # a key of the answer
    disclaimer = serializers.CharField()
    research_use_only = serializers.BooleanField()


conversations = extend_schema_view(
    post=extend_schema(
        operation_id="open_conversation",
        request=_json(OpeningSerializer),
        responses={201: OpenedConversationSerializer, **problems(400, 401, 403, 415, 429)},
    )
)
conversation = extend_schema_view(
    get=extend_schema(
        operation_id="get_conversation",
        parameters=[_TOKEN],
        responses={200: TranscriptSerializer, **problems(401, 404, 410, 429)},
    ),
    delete=extend_schema(
        operation_id="erase_conversation",
        parameters=[_TOKEN],
        responses={204: OpenApiResponse(None, "Erased."), **problems(401, 403, 404, 410, 429)},
    ),
)
messages = extend_schema_view(
    post=extend_schema(
        operation_id="say",
        parameters=[_TOKEN],
        request=_json(SayingSerializer),
        responses={200: TurnSerializer, **problems(400, 401, 403, 404, 410, 413, 415, 429)},
    )
)
questionnaire = extend_schema_view(
    get=extend_schema(
        operation_id="get_questionnaire_response",
        parameters=[_TOKEN],
        responses={(200, "application/fhir+json"): OpenApiTypes.OBJECT, **problems(401, 404, 410, 429)},
    )
)
attachment = extend_schema_view(
    post=extend_schema(
        operation_id="attach_assessment",
        parameters=[_TOKEN],
        request=_json(AttachmentSerializer),
        responses={201: AttachedSerializer, **problems(400, 401, 403, 404, 409, 410, 415, 422)},
    )
)
attached = extend_schema_view(
    get=extend_schema(
        operation_id="list_attached_assessments",
        parameters=[AttachmentSerializer],
        responses={
            200: inline_serializer("AttachedAssessments", {"results": AttachedSerializer(many=True)}),
            **problems(400, 401, 403),
        },
    )
)
risk = extend_schema_view(
    post=extend_schema(
        operation_id="estimate_gail_risk",
        request=_json(RiskSerializer),
        responses={200: RiskEstimateSerializer, **problems(400, 401, 403, 415, 422, 429)},
    )
)
