"""What a client may keep, whether it is still good, and parts of it (RFC 9110 8.8.3, 13, 14)."""

import hashlib
import re
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Final

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.cache import get_conditional_response, patch_vary_headers
from rest_framework.request import Request

_CHUNK_BYTES: Final = 1024 * 1024
_RANGE: Final = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")

# an instance never changes: what a viewer has of it stays good
FOR_EVER: Final = "private, max-age=86400, immutable"
# more of a study may come: ask whether what one has is still all
ASK_AGAIN: Final = "private, no-cache"


def tag_of(*words: object, weak: bool = False) -> str:
    """Return an entity tag: the same for the same words. A weak one says "the same", but not byte by byte."""
    digest = hashlib.sha256(repr(words).encode()).hexdigest()[:32]
    return f'W/"{digest}"' if weak else f'"{digest}"'


def unchanged(request: Request, tag: str, cache_control: str) -> HttpResponseBase | None:
    """Return the answer for a client that has this already (304), or that wants another (412); None otherwise."""
    answer = get_conditional_response(request._request, etag=tag)
    return None if answer is None else mark(answer, tag, cache_control)


def mark(answer: HttpResponseBase, tag: str, cache_control: str) -> HttpResponseBase:
    """Put the headers on that let a client keep an answer."""
    answer["ETag"] = tag
    answer["Cache-Control"] = cache_control
    patch_vary_headers(answer, ["Accept"])
    return answer


def in_range(request: Request, content: bytes | Path, media_type: str, tag: str) -> HttpResponseBase:
    """Answer with a file, or with the one range of it that the client asks for. Several ranges get the whole."""
    size = len(content) if isinstance(content, bytes) else content.stat().st_size
    first, last, status = 0, size - 1, HTTPStatus.OK
    if request.headers.get("If-Range", tag) == tag:
        asked = _asked(request.headers.get("Range", ""), size)
        if asked is not None:
            first, last = asked
            status = HTTPStatus.PARTIAL_CONTENT
    if first >= size > 0:
        answer: HttpResponseBase = HttpResponse(status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
        answer["Content-Range"] = f"bytes */{size}"
        return answer
    body = iter(()) if request.method == "HEAD" else _read(content, first, last + 1 - first)
    answer = StreamingHttpResponse(body, status=status, content_type=media_type)
    answer["Content-Length"] = str(last + 1 - first)
    answer["Accept-Ranges"] = "bytes"
    if status is HTTPStatus.PARTIAL_CONTENT:
        answer["Content-Range"] = f"bytes {first}-{last}/{size}"
    return answer


def _asked(text: str, size: int) -> tuple[int, int] | None:
    """Return first and last byte; None where no single range is asked for. A first one at the end or behind is none."""
    found = _RANGE.fullmatch(text.replace(" ", ""))
    if found is None or not (found[1] or found[2]):
        return None
    if not found[1]:
        suffix = int(found[2])
        return (max(0, size - suffix), size - 1) if suffix else (size, size)
    first, last = int(found[1]), int(found[2] or size)
    return None if found[2] and last < first else (first, min(last, size - 1))


def _read(content: bytes | Path, first: int, length: int) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content[first : first + length]
        return
    with content.open("rb") as file:
        file.seek(first)
        while length > 0 and (chunk := file.read(min(length, _CHUNK_BYTES))):
            length -= len(chunk)
            yield chunk
