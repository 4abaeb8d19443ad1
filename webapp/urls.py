"""API URLs: versioned, and the first paths kept as stable aliases."""

from django.conf import settings
from django.urls import include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from webapp.monitoring.api import metrics_view

_api = [
    path("accounts/", include("webapp.accounts.urls")),
    path("chat/", include("webapp.chatbot.urls")),
    path("diagnosis/", include("webapp.diagnosis.urls")),
    path("monitoring/", include("webapp.monitoring.api_urls")),
    path("risk/", include("webapp.chatbot.risk_urls")),
    path("studies/", include("webapp.portal.urls")),
]

# names resolve to the last one: answers carry versioned addresses
urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index", permanent=False)),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(template_name="portal/api_docs.html"), name="api-docs"),
    path("api/", include(_api)),
    path("api/v1/", include(_api)),
    *([path("dicom-web/", include("webapp.workitems.urls"))] if settings.NODE_WORKLIST else []),
    path("dicom-web/", include("webapp.portal.dicomweb_urls")),
    path("health/", include("webapp.monitoring.urls")),
    path("metrics", metrics_view, name="metrics"),
]
