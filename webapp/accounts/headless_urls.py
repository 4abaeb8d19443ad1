"""URLs of sign-in for the portal's pages (allauth headless, browser client); what is not offered is closed."""

from http import HTTPStatus
from typing import Final

from django.http import HttpRequest, JsonResponse
from django.urls import include, path

# accounts are made by administrators, who also set a forgotten password; the node sends no mail to accounts
CLOSED: Final = (
    *("auth/signup", "auth/password/request", "auth/password/reset", "auth/webauthn/signup", "auth/provider/signup"),
    *("auth/provider/token", "auth/code/confirm", "auth/email/verify", "auth/email/verify/resend"),
    *("auth/phone/verify", "auth/phone/verify/resend", "account/email", "account/phone"),
)


def closed(request: HttpRequest) -> JsonResponse:
    """Answer what is not offered, in allauth's own form."""
    return JsonResponse({"status": HTTPStatus.FORBIDDEN}, status=HTTPStatus.FORBIDDEN)


urlpatterns = [
    *(path(f"browser/v1/{name}", closed, name="headless-closed") for name in CLOSED),
    path("", include("allauth.headless.urls")),
]
