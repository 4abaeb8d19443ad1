"""The chatbot over HTTP. Who holds a conversation's token (header ``X-Chat-Token``) may use it; nobody else sees it."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.http import Http404
from django.utils import timezone
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from webapp.accounts.permissions import MayAttach
from webapp.accounts.throttling import API_THROTTLES
from webapp.accounts.tokens import Scope
from webapp.chatbot import conversations, openapi, selectors
from webapp.chatbot.models import Conversation
from webapp.chatbot.questionnaire import questionnaire_response
from webapp.chatbot.serializers import (
    AttachmentSerializer,
    OpeningSerializer,
    SayingSerializer,
    assessment_of,
    attached_body,
    conversation_body,
    message_body,
    turn_body,
)
from webapp.chatbot.throttling import MessageThrottle, OpeningThrottle
from webapp.problems import Problem


def find_conversation(request: Request, key: UUID) -> Conversation:
    """Return the conversation of a request; 404 where there is none for this person, 410 where it is over."""
    conversation = selectors.conversation_for(request.user, key, request.headers.get("X-Chat-Token", ""))
    if conversation is None:
        raise Http404
    if conversations.is_expired(conversation, timezone.now()):
        raise Problem(HTTPStatus.GONE, "This conversation has expired and was erased. Please open a new one.")
    return conversation


@openapi.conversations
class ConversationList(APIView):
    """Open a conversation."""

    permission_classes = [AllowAny]
    token_scopes = {"POST": Scope.CHAT}
    throttle_classes = [*API_THROTTLES, OpeningThrottle]

    def post(self, request: Request) -> Response:
        """Answer with the token (shown this once) and the first message."""
        asked = OpeningSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        values: dict[str, Any] = asked.validated_data
        row, token, message = conversations.open_conversation(values["language"], values["audience"], request.user)
        body = {**conversation_body(row), "token": token, "reply": message_body(message)}
        return Response(body, status=HTTPStatus.CREATED)


@openapi.conversation
class ConversationDetail(APIView):
    """One conversation."""

    permission_classes = [AllowAny]
    token_scopes = {"GET": Scope.CHAT, "DELETE": Scope.CHAT}
    throttle_classes = [*API_THROTTLES, MessageThrottle]

    def get(self, request: Request, key: UUID) -> Response:
        """Answer with the transcript, and with the assessment that it came to, as long as it stands."""
        row = find_conversation(request, key)
        said = [message_body(each) for each in selectors.messages_of(row)]
        assessment = assessment_of(row, selectors.newest_assessment(row))
        return Response({**conversation_body(row), "messages": said, "assessment": assessment})

    def delete(self, request: Request, key: UUID) -> Response:
        """Erase it."""
        conversations.erase(find_conversation(request, key))
        return Response(status=HTTPStatus.NO_CONTENT)


@openapi.messages
class MessageList(APIView):
    """Say something."""

    permission_classes = [AllowAny]
    token_scopes = {"POST": Scope.CHAT}
    throttle_classes = [*API_THROTTLES, MessageThrottle]

    def post(self, request: Request, key: UUID) -> Response:
        """Answer with the reply, what was understood, what is missing, and the assessment once enough is known."""
        _check_length(request)
        row = find_conversation(request, key)
        said = SayingSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        text: str | None = said.validated_data.get("text")
        if text is not None and len(text) > settings.NODE_CHAT_CHARACTERS_LIMIT:
            raise _too_long()
        answer = conversations.say(row, text, said.validated_data.get("quick_reply"))
        if answer is None:
            raise Problem(HTTPStatus.BAD_REQUEST, "This quick reply was not offered.")
        row.refresh_from_db()
        return Response(turn_body(row, *answer))


def _check_length(request: Request) -> None:
    length = request.META.get("CONTENT_LENGTH") or "0"
    # a character takes at most twelve bytes in JSON ("\\ud83d\\ude42")
    if not length.isdigit() or int(length) > 12 * settings.NODE_CHAT_CHARACTERS_LIMIT + 1024:
        raise _too_long()


def _too_long() -> Problem:
    limit = settings.NODE_CHAT_CHARACTERS_LIMIT
    return Problem(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        f"The message has more than {limit:,} characters. Please send less at once.",
    )


@openapi.questionnaire
class QuestionnaireResponseDetail(APIView):
    """The conversation for another system."""

    permission_classes = [AllowAny]
    token_scopes = {"GET": Scope.CHAT}
    throttle_classes = [*API_THROTTLES, MessageThrottle]

    def get(self, request: Request, key: UUID) -> Response:
        """Answer with a FHIR R4 QuestionnaireResponse."""
        resource = questionnaire_response(find_conversation(request, key))
        return Response(resource, content_type="application/fhir+json")


@openapi.attachment
class AttachmentList(APIView):
    """Put the newest assessment beside a study or an upload."""

    permission_classes = [MayAttach]
    token_scopes = {"POST": Scope.CHAT}

    def post(self, request: Request, key: UUID) -> Response:
        """Attach it in the name of the clinician."""
        row = find_conversation(request, key)
        asked = AttachmentSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        assessment = selectors.newest_assessment(row)
        if assessment is None:
            raise Problem(HTTPStatus.CONFLICT, "The conversation has not come to an assessment yet.")
        if not selectors.may_see_target(request.user, asked.validated_data):
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "There is no such study or upload.")
        assert isinstance(request.user, User)  # the permission class let nobody else in
        attached = conversations.attach(assessment, request.user, **asked.validated_data)
        return Response(attached_body(attached), status=HTTPStatus.CREATED)


@openapi.attached
class AttachedAssessmentList(APIView):
    """What is attached to a study or an upload: for its reader."""

    permission_classes = [MayAttach]
    token_scopes = {"GET": Scope.READ}

    def get(self, request: Request) -> Response:
        """Answer with the assessments, the newest first."""
        asked = AttachmentSerializer(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        rows = selectors.attached_assessments(request.user, asked.validated_data)
        return Response({"results": [attached_body(row) for row in rows]})
