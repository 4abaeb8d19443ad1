"""URLs of the risk API."""

from django.urls import path

from webapp.chatbot.risk_api import GailView

urlpatterns = [path("gail/", GailView.as_view(), name="risk-gail")]
