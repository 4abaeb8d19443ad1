"""A small client of Mammonode's upload API. Copy it where you need it; it wants the package ``requests`` alone.

    from mammonode_client import Mammonode

    node = Mammonode("https://node.example.org", token)
    result = node.diagnose(Path("view.dcm"))
    print(result["prediction"], result["confidence"])
    Path("heat.png").write_bytes(node.heatmap(result["id"]))

Research use only. Not for diagnosis.
"""

import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests

Result = dict[str, Any]

_BUSY = frozenset({429, 503})


class Refused(Exception):
    """The node refused; the text says what to do, ``status`` is the HTTP status."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


class Mammonode:
    """One node, and the token of one account.

    Parameters
    ----------
    url
        Such as ``https://node.example.org``.
    token
        An API token; None where the node takes open uploads.
    timeout_seconds
        For each request.
    tries
        How often a busy node (429, 503) is asked before giving up.
    """

    def __init__(self, url: str, token: str | None, *, timeout_seconds: float = 120, tries: int = 5) -> None:
        self._url = url.rstrip("/") + "/api/v1/diagnosis/"
        self._timeout_seconds = timeout_seconds
        self._tries = tries
        self._http = requests.Session()
        if token is not None:
            self._http.headers["Authorization"] = f"Token {token}"

    def diagnose(
        self,
        image: Path | bytes,
        *,
        laterality: str | None = None,
        view: str | None = None,
        assessment: str | None = None,
        store: bool = False,
        chat_token: str | None = None,
        idempotency_key: str | None = None,
    ) -> Result:
        """Upload one image and return its result. A repetition, also after a broken connection, costs nothing."""
        content = image.read_bytes() if isinstance(image, Path) else image
        fields = {"laterality": laterality, "view": view, "assessment": assessment, "store": "true" if store else None}
        headers = {"Idempotency-Key": idempotency_key or str(uuid.uuid4())}
        if chat_token is not None:
            headers["X-Chat-Token"] = chat_token
        answer = self._ask(
            "POST",
            "",
            files={"image": ("image", content)},
            data={name: value for name, value in fields.items() if value is not None},
            headers=headers,
        )
        result: Result = answer.json()
        return result

    def result(self, number: int) -> Result:
        """Return the result of an earlier upload."""
        result: Result = self._ask("GET", f"{number}/").json()
        return result

    def results(self, **filters: str) -> Iterator[Result]:
        """Go through one's own uploads, the newest first; by created_after, prediction, image_format ..."""
        offset = 0
        while True:
            page = self._ask("GET", "", params={**filters, "limit": "50", "offset": str(offset)}).json()
            yield from page["results"]
            offset += len(page["results"])
            if page["next"] is None:
                return

    def heatmap(self, number: int) -> bytes:
        """Return a PNG: where the network looked."""
        return self._ask("GET", f"{number}/heatmap.png").content

    def report(self, number: int) -> bytes:
        """Return a PDF of a result."""
        return self._ask("GET", f"{number}/report.pdf").content

    def _ask(self, method: str, path: str, **options: Any) -> requests.Response:
        for attempt in range(1, self._tries + 1):
            answer = self._http.request(method, self._url + path, timeout=self._timeout_seconds, **options)
            if answer.status_code not in _BUSY or attempt == self._tries:
                break
            time.sleep(float(answer.headers.get("Retry-After", 2)))
        if not answer.ok:
            raise Refused(answer.status_code, _detail(answer))
        return answer


def _detail(answer: requests.Response) -> str:
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return answer.reason
