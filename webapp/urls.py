"""API URLs."""

from django.urls import include, path
from django.views.generic import RedirectView

from webapp.monitoring.api import metrics_view

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index", permanent=False)),
    path("api/chat/", include("webapp.chatbot.urls")),
    path("api/diagnosis/", include("webapp.diagnosis.urls")),
    path("api/monitoring/", include("webapp.monitoring.api_urls")),
    path("api/risk/", include("webapp.chatbot.risk_urls")),
    path("api/studies/", include("webapp.portal.urls")),
    path("health/", include("webapp.monitoring.urls")),
    path("metrics", metrics_view, name="metrics"),
]
