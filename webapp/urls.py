"""API URLs."""

from django.urls import include, path
from django.views.generic import RedirectView

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index", permanent=False)),
    path("api/chat/", include("webapp.chatbot.urls")),
    path("api/diagnosis/", include("webapp.diagnosis.urls")),
    path("api/risk/", include("webapp.chatbot.risk_urls")),
    path("api/studies/", include("webapp.portal.urls")),
    path("dicomweb/", include("webapp.portal.dicomweb_urls")),
    path("health/", include("webapp.monitoring.urls")),
]
