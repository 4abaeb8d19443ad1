"""multipart/related answers, part by part, so that a study never stands in memory (PS3.18 8.6.1.2)."""

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.http import StreamingHttpResponse

_CHUNK_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Part:
    """One part: its media type, and its content as bytes or as a file."""

    media_type: str
    content: bytes | Path


def answer(parts: Iterable[Part], media_type: str) -> StreamingHttpResponse:
    """Return the parts as ``multipart/related`` of one root media type."""
    boundary = secrets.token_hex(16)
    kind = media_type.partition(";")[0]
    content_type = f'multipart/related; type="{kind}"; boundary={boundary}'
    return StreamingHttpResponse(_stream(parts, boundary), content_type=content_type)


def _stream(parts: Iterable[Part], boundary: str) -> Iterator[bytes]:
    for part in parts:
        yield f"--{boundary}\r\nContent-Type: {part.media_type}\r\n\r\n".encode("ascii")
        yield from _content(part.content)
        yield b"\r\n"
    yield f"--{boundary}--\r\n".encode("ascii")


def _content(content: bytes | Path) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content
        return
    with content.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk
