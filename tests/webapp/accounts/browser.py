"""A browser for tests of sign-in: it keeps cookies, sends the CSRF token, and knows an authenticator's codes."""

import base64
import hmac
import struct
import time
from http import HTTPStatus
from typing import Any

from django.test import Client

ROOT = "/_allauth/browser/v1/"
PASSWORD = "correct horse battery staple"  # pragma: allowlist secret


class Browser:
    """What the portal's pages do, request by request."""

    def __init__(self) -> None:
        self.client = Client(enforce_csrf_checks=True)

    def get(self, name: str) -> Any:
        """Ask allauth."""
        return self.client.get(ROOT + name)

    def post(self, name: str, body: Any = None, method: str = "post") -> Any:
        """Tell allauth something, with the token from the cookie."""
        if "csrftoken" not in self.client.cookies:
            self.get("config")
        headers = {"X-CSRFToken": self.client.cookies["csrftoken"].value}
        send = getattr(self.client, method)
        return send(ROOT + name, body or {}, content_type="application/json", headers=headers)

    def sign_in(self, name: str, password: str = PASSWORD) -> Any:
        """Sign in by password."""
        return self.post("auth/login", {"username": name, "password": password})

    def me(self) -> int:
        """Return the status of asking who one is."""
        return self.client.get("/api/v1/accounts/me/").status_code

    def set_up_totp(self, password: str = PASSWORD) -> str:
        """Set up an authenticator; return its secret."""
        assert self.post("auth/reauthenticate", {"password": password}).status_code == HTTPStatus.OK
        secret: str = self.get("account/authenticators/totp").json()["meta"]["secret"]
        answer = self.post("account/authenticators/totp", {"code": totp(secret)})
        assert answer.status_code == HTTPStatus.OK, answer.content
        return secret


def totp(secret: str) -> str:
    """Return the code of this moment (RFC 6238)."""
    counter = struct.pack(">Q", int(time.time()) // 30)
    digest = hmac.digest(base64.b32decode(secret), counter, "sha1")
    place = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[place : place + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"
