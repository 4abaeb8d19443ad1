"""System checks of the upload API."""

from django.conf import settings
from django.core.checks import CheckMessage, Warning, register


@register
def check_open_uploads(**_: object) -> list[CheckMessage]:
    """Open uploads need a page that they may come from."""
    if settings.NODE_OPEN_UPLOADS and not settings.CORS_ALLOWED_ORIGINS:
        text = "NODE_OPEN_UPLOADS is on and NODE_CORS_ORIGINS is empty: no page may upload without an account."
        return [Warning(text, hint="List the pages' origins, such as https://demo.example.org.", id="diagnosis.W001")]
    return []
