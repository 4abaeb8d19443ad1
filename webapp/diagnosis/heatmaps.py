"""Where the network looked, drawn over the picture: each PNG's place in the data folder.

The upload itself is not kept; this is derived from it, reduced, and gone with its row.
"""

import contextlib
import os
import secrets
from pathlib import Path

from django.conf import settings


def keep(png: bytes) -> str:
    """Write it durably and return its name."""
    name = f"{secrets.token_hex(16)}.png"
    path = _path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".part")
    try:
        with draft.open("xb") as file:
            file.write(png)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
    finally:
        draft.unlink(missing_ok=True)
    return name


def read(name: str) -> bytes | None:
    """Return the PNG; None where there is none."""
    with contextlib.suppress(FileNotFoundError):
        return _path(name).read_bytes() if name else None
    return None


def remove(name: str) -> None:
    """Remove it; doing so twice does no harm."""
    if name:
        _path(name).unlink(missing_ok=True)


def _path(name: str) -> Path:
    folder: Path = settings.NODE_DERIVED_DIR
    return folder / name[:2] / name
