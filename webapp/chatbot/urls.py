"""URLs of the chatbot's API."""

from django.urls import path

from webapp.chatbot import api

urlpatterns = [
    path("", api.ConversationList.as_view(), name="chat-list"),
    path("assessments/", api.AttachedAssessmentList.as_view(), name="chat-assessments"),
    path("<uuid:key>/", api.ConversationDetail.as_view(), name="chat-detail"),
    path("<uuid:key>/messages/", api.MessageList.as_view(), name="chat-messages"),
    path("<uuid:key>/attachment/", api.AttachmentList.as_view(), name="chat-attachment"),
    path(
        "<uuid:key>/questionnaire-response/",
        api.QuestionnaireResponseDetail.as_view(),
        name="chat-questionnaire-response",
    ),
]
