"""Views that choose their media type themselves."""

from typing import Any

from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


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
