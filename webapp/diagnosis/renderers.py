"""Files as answers: a picture, a page. Errors stay problem JSON."""

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from rest_framework.renderers import BaseRenderer


class FileRenderer(BaseRenderer):
    """Hand bytes through."""

    charset: ClassVar[str | None] = None  # type: ignore[misc]
    render_style = "binary"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """Return the bytes; an error's body as JSON."""
        return data if isinstance(data, bytes) else json.dumps(data).encode()


class PngRenderer(FileRenderer):
    """A picture."""

    media_type = "image/png"
    format = "png"


class PdfRenderer(FileRenderer):
    """A page."""

    media_type = "application/pdf"
    format = "pdf"
