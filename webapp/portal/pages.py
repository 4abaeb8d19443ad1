"""The portal's page: the same for every address, as the screens are told apart in the browser."""

import json
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

_ENTRY: Final = "src/app/main.tsx"


@ensure_csrf_cookie
@require_safe
def portal(request: HttpRequest, **_: Any) -> HttpResponse:
    """Answer with the page that loads the portal, or with how to build it."""
    manifest = settings.NODE_PORTAL_DIR / ".vite" / "manifest.json"
    if not manifest.is_file():
        return render(request, "portal/not_built.html", status=HTTPStatus.SERVICE_UNAVAILABLE)
    answer = render(request, "portal/index.html", _files(manifest, manifest.stat().st_mtime_ns))
    # a kept page would name the scripts of an earlier version
    answer["Cache-Control"] = "no-store"
    return answer


@lru_cache(maxsize=2)
def _files(manifest: Path, _changed_at: int) -> dict[str, Any]:
    parts: dict[str, dict[str, Any]] = json.loads(manifest.read_text(encoding="utf-8"))
    first = parts[_ENTRY]
    imported = _imports(parts, _ENTRY)
    styles = [style for name in (_ENTRY, *imported) for style in parts[name].get("css", [])]
    return {
        "script": f"portal/{first['file']}",
        "imports": [f"portal/{parts[name]['file']}" for name in imported],
        "styles": [f"portal/{style}" for style in dict.fromkeys(styles)],
    }


def _imports(parts: dict[str, dict[str, Any]], name: str) -> list[str]:
    found: dict[str, None] = {}
    waiting = list(parts[name].get("imports", []))
    while waiting:
        one = waiting.pop(0)
        if one not in found:
            found[one] = None
            waiting += parts[one].get("imports", [])
    return list(found)
