"""A small identity provider on a free port: discovery, authorisation, token and user information."""

import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt


class Provider:
    """Knows one person at a time, and what it says of them."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.person: dict[str, Any] = {}
        self.asked: dict[str, str] = {}
        self.is_broken = False

    def authorise(self, url: str) -> str:
        """Let the person agree; return where the browser is sent back to."""
        self.asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        return f"{self.asked['redirect_uri']}?{urlencode({'code': 'a-code', 'state': self.asked['state']})}"

    def answer(self, path: str) -> dict[str, Any] | None:
        """Return what stands at a path."""
        if path == "/.well-known/openid-configuration":
            ends = {"authorization": "authorize", "token": "token", "userinfo": "userinfo"}
            found: dict[str, Any] = {f"{name}_endpoint": f"{self.address}/{end}" for name, end in ends.items()}
            return {**found, "issuer": self.address, "jwks_uri": f"{self.address}/keys"}
        if path == "/token" and not self.is_broken:
            return {"access_token": "an-access-token", "token_type": "Bearer", "id_token": self._identity()}
        return self.person if path == "/userinfo" else None

    def _identity(self) -> str:
        now = int(time.time())
        claims = {"iss": self.address, "aud": "mammonode", "iat": now, "exp": now + 300, **self.person}
        # the token comes over the provider's own line, so that its signature is not looked at
        return jwt.encode(claims, secrets.token_hex(32), algorithm="HS256")


@contextmanager
def running() -> Iterator[Provider]:
    """Run a provider."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    provider = Provider(f"http://127.0.0.1:{server.server_port}")
    server.provider = provider  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        found = self.server.provider.answer(urlsplit(self.path).path)  # type: ignore[attr-defined]
        body = json.dumps(found or {"error": "invalid_grant"}).encode()
        self.send_response(200 if found else 400)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, *args: object) -> None:
        """Say nothing."""
