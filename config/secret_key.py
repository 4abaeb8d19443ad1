"""Django's secret key: given by the environment, or made once and kept in the data folder."""

import os
import secrets
from pathlib import Path

from config import env


def load_or_create(data_dir: Path) -> str:
    """Return the key; several processes may start at once, and all get the same one."""
    given = env.secret("DJANGO_SECRET_KEY")
    if given:
        return given
    path = data_dir / "secret-key"
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        draft = data_dir / f".secret-key.{os.getpid()}"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
            stream.write(secrets.token_urlsafe(64))
        try:
            os.link(draft, path)  # fails where another process was first: then its key counts
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text(encoding="ascii").strip()
