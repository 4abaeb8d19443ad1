"""URLs of the upload API."""

from django.urls import path

from webapp.diagnosis import api

urlpatterns = [
    path("", api.DiagnosisList.as_view(), name="diagnosis"),
    path("<int:pk>/", api.DiagnosisDetail.as_view(), name="diagnosis-detail"),
    path("<int:pk>/shares/", api.DiagnosisShares.as_view(), name="diagnosis-shares"),
    path("<int:pk>/heatmap.png", api.DiagnosisHeatmap.as_view(), name="diagnosis-heatmap"),
    path("<int:pk>/report.pdf", api.DiagnosisReport.as_view(), name="diagnosis-report"),
]
