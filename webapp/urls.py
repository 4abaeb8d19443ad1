"""API URLs: versioned, and the first paths kept as stable aliases."""

from django.conf import settings
from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from webapp.monitoring.api import metrics_view
from webapp.portal.pages import portal

_api = [
    path("accounts/", include("webapp.accounts.urls")),
    path("audit/", include("webapp.trail.urls")),
    path("chat/", include("webapp.chatbot.urls")),
    path("diagnosis/", include("webapp.diagnosis.urls")),
    path("monitoring/", include("webapp.monitoring.api_urls")),
    path("risk/", include("webapp.chatbot.risk_urls")),
    path("studies/", include("webapp.portal.urls")),
]

# names resolve to the last one: answers carry versioned addresses
urlpatterns = [
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(template_name="portal/api_docs.html"), name="api-docs"),
    path("api/", include(_api)),
    path("api/v1/", include(_api)),
    *([path("dicom-web/", include("webapp.workitems.urls"))] if settings.NODE_WORKLIST else []),
    path("dicom-web/", include("webapp.portal.dicomweb_urls")),
    path("health/", include("webapp.monitoring.urls")),
    path("metrics", metrics_view, name="metrics"),
    path("", portal, name="portal"),
    # any screen may be the first one that a browser asks for; what belongs to others stays unknown here
    re_path(
        r"^(?!(?:api|admin|accounts|static|health|metrics|dicom-web|_allauth)(?:/|$))[a-z][A-Za-z0-9/_.-]*$",
        portal,
        name="portal-screen",
    ),
]
