"""URLs of the operations API."""

from django.urls import path

from webapp.monitoring import api

urlpatterns = [
    path("overview/", api.NodeOverview.as_view(), name="overview"),
    path("predictions/", api.PredictionLog.as_view(), name="prediction-log"),
    path("status/", api.Status.as_view(), name="ai-status"),
    path("browser-errors/", api.BrowserErrors.as_view(), name="browser-errors"),
]
