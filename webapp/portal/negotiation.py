"""Views that choose their media type themselves, and what a client says it takes (PS3.18 8.3.3, RFC 9110 12.5.1)."""

import re
from dataclasses import dataclass
from typing import Any, Final

from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

# commas and semicolons stand within quotes, too
_RANGES: Final = re.compile(r'(?:[^,"]|"[^"]*"?)+')
_PARAMETERS: Final = re.compile(r'(?:[^;"]|"[^"]*"?)+')
_MOST_CHARACTERS: Final = 4096
MULTIPART: Final = "multipart/related"


@dataclass(frozen=True)
class MediaRange:
    """One thing that a client takes.

    Parameters
    ----------
    kind
        Such as ``multipart/related`` or ``image/*``, in lower case.
    part
        What the parts of a multipart shall be; empty where it does not say.
    transfer_syntax
        ``*`` for any; empty where it does not say.
    """

    kind: str
    part: str = ""
    transfer_syntax: str = ""

    @property
    def is_multipart(self) -> bool:
        """Tell whether this takes a multipart."""
        return self.kind in {MULTIPART, "multipart/*", "*/*"}

    def takes(self, media_type: str, *, multipart: bool = False) -> bool:
        """Tell whether an answer of this media type, or of such parts, is welcome."""
        if multipart and not self.is_multipart:
            return False
        wanted = (self.part or "*/*") if multipart else self.kind
        return wanted in {"*/*", media_type, f"{media_type.partition('/')[0]}/*"}

    def takes_syntax(self, transfer_syntax_uid: str) -> bool:
        """Tell whether this transfer syntax is welcome; who does not say takes what is stored."""
        return self.transfer_syntax in {"", "*", transfer_syntax_uid}


def accepted(request: Request) -> list[MediaRange]:
    """Return what the client takes, the most wanted first; the query's ``accept`` counts before the header."""
    text = request.query_params.get("accept") or request.headers.get("Accept") or "*/*"
    found = []
    for number, one in enumerate(_RANGES.findall(text[:_MOST_CHARACTERS])):
        kind, *parameters = [word.strip() for word in _PARAMETERS.findall(one)] or [""]
        values = {
            name.strip().lower(): value.strip().strip('"')
            for name, _, value in (parameter.partition("=") for parameter in parameters)
        }
        weight = _weight(values.get("q", "1"))
        if kind and weight > 0:
            media_range = MediaRange(kind.lower(), values.get("type", "").lower(), values.get("transfer-syntax", ""))
            found.append((-weight, number, media_range))
    return [media_range for _, _, media_range in sorted(found, key=lambda entry: entry[:2])]


def _weight(text: str) -> float:
    return float(text) if re.fullmatch(r"[01](\.[0-9]{0,3})?", text) else 1.0


class AnyMediaType(BaseContentNegotiation):
    """The resource has its media type; the renderer only serves errors."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        """Take the first: bodies are read by the view."""
        return parsers[0] if parsers else None

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """Take the first, which is JSON."""
        return renderers[0], renderers[0].media_type
