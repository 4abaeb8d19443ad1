"""URLs of the audit trail."""

from django.urls import path

from webapp.trail import api

urlpatterns = [
    path("events/", api.AuditEvents.as_view(), name="audit-events"),
    path("verification/", api.Verification.as_view(), name="audit-verification"),
]
