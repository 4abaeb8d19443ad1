"""Known weaknesses of the dependencies fail; a service that does not answer is named."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from scripts import audit
from scripts.audit import Audit

PINNED = "django==5.2.1 --hash=sha256:" + "0" * 64 + "\nknox==1.0 --hash=sha256:" + "0" * 64 + "\n"
OF_DJANGO = {
    "id": "GHSA-aaaa-bbbb-cccc",
    "summary": "of this test",
    "details": "of this test",
    "modified": "2026-01-01T00:00:00Z",
    "affected": [
        {
            "package": {"name": "django", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "5.2.2"}]}],
        }
    ],
}
OF_REACT = {
    "id": 1,
    "url": "https://github.com/advisories/GHSA-dddd-eeee-ffff",
    "title": "of this test",
    "severity": "high",
    "vulnerable_versions": ">=1.0.0",
    "cwe": [],
    "cvss": {"score": 0, "vectorString": None},
}


class _Advisories(BaseHTTPRequestHandler):
    """Tells one weakness of Django and one of React, as OSV and the npm registry tell them."""

    def do_POST(self) -> None:
        asked = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path.endswith("/advisories/bulk"):
            self._tell({"react": [OF_REACT]})
        else:
            self._tell({"vulns": [OF_DJANGO]} if json.loads(asked)["package"]["name"] == "django" else {})

    def do_GET(self) -> None:
        # of every package that needs React it is asked whether another version does not
        name = unquote(self.path[1:])
        lock = json.loads((audit.ROOT / "frontend" / "package-lock.json").read_text(encoding="utf-8"))
        version = lock["packages"][f"node_modules/{name}"]["version"]
        self._tell({"name": name, "versions": {version: {"name": name, "version": version}}, "dist-tags": {}})

    def _tell(self, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def service() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Advisories)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("packages", [audit.python_packages, audit.portal_packages])
def test_no_dependency_has_a_known_weakness(packages: Callable[[], Audit]) -> None:
    found = packages()
    assert found.weaknesses == []
    if found.not_audited:
        pytest.skip(f"NOT AUDITED: {found.lock}: {found.not_audited}")


def test_a_weakness_of_a_python_package_is_named(tmp_path: Path, service: str) -> None:
    path = tmp_path / "requirements.txt"
    path.write_text(PINNED)
    found = audit.audit_requirements(path, "--vulnerability-service", "osv", "--osv-url", f"{service}/v1/query")
    assert found.weaknesses == ["django 5.2.1: GHSA-aaaa-bbbb-cccc, mended in 5.2.2"]
    assert found.not_audited == ""


def test_a_python_service_that_is_away_is_named(tmp_path: Path) -> None:
    path = tmp_path / "requirements.txt"
    path.write_text(PINNED)
    found = audit.audit_requirements(path, "--vulnerability-service", "osv", "--osv-url", "http://127.0.0.1:9/")
    assert found.weaknesses == []
    assert "pip-audit: " in found.not_audited


def test_a_weakness_of_a_portal_package_is_named(service: str, tmp_path: Path) -> None:
    found = audit.portal_packages({"npm_config_registry": service, "npm_config_cache": str(tmp_path)})
    assert [one.split(",")[0] for one in found.weaknesses if one.startswith("react ")] == ["react *: high"]


def test_a_registry_that_is_away_is_named(tmp_path: Path) -> None:
    found = audit.portal_packages({"npm_config_registry": "http://127.0.0.1:9", "npm_config_cache": str(tmp_path)})
    assert found.weaknesses == []
    assert found.not_audited != ""
