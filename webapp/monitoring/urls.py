"""URLs of the health checks."""

from django.urls import path

from webapp.monitoring import health

urlpatterns = [
    path("live", health.live, name="health-live"),
    path("ready", health.ready, name="health-ready"),
    path("scp", health.scp, name="health-scp"),
    path("workers", health.workers, name="health-workers"),
]
