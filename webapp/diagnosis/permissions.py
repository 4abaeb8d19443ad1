"""Who may upload, and who may read an upload's result."""

from django.conf import settings
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from webapp.accounts.permissions import UPLOADING
from webapp.accounts.roles import has_role


def is_open_to(request: Request) -> bool:
    """Tell whether an upload without an account is let in: switched on, and from a page of a configured origin."""
    origin = request.headers.get("Origin", "")
    return bool(settings.NODE_OPEN_UPLOADS and origin and origin in settings.CORS_ALLOWED_ORIGINS)


class MayUpload(BasePermission):
    """Accounts with a role that uploads may upload and list; anonymous visitors may upload where that is open."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Decide."""
        if request.user.is_authenticated:
            return has_role(request.user, *UPLOADING)
        return request.method == "POST" and is_open_to(request)


class MayAskForResult(BasePermission):
    """Accounts with such a role, and who brings what an anonymous uploader was given; the row decides the rest."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Decide."""
        return bool(has_role(request.user, *UPLOADING) or request.query_params.get("access"))
