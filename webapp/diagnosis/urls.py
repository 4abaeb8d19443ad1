"""URLs of the upload API."""

from django.urls import path

from webapp.diagnosis.api import DiagnosisView

urlpatterns = [path("", DiagnosisView.as_view(), name="diagnosis")]
