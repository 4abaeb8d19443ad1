"""URLs of the health checks."""

from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from webapp.monitoring import health

urlpatterns = [
    path("live", csrf_exempt(require_safe(health.live)), name="health-live"),
    path("ready", csrf_exempt(require_safe(health.ready)), name="health-ready"),
    path("scp", csrf_exempt(require_safe(health.scp)), name="health-scp"),
    path("workers", csrf_exempt(require_safe(health.workers)), name="health-workers"),
]
