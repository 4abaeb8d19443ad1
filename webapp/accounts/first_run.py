"""The first start: an administrator and an API token, made at random, shown once, kept in one private file."""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from django.contrib.auth import get_user_model
from django.db import transaction

from webapp.accounts import tokens
from webapp.accounts.roles import Role, give_role
from webapp.accounts.tokens import Scope

USERNAME = "admin"


@dataclass(frozen=True)
class Credentials:
    """The sign-in that the first start made."""

    username: str
    password: str
    api_token: str


def ensure(path: Path, password: str = "") -> Credentials | None:
    """Make the administrator unless some account exists; return the credentials when they are new."""
    user_model = get_user_model()
    if user_model.objects.exists():
        return None
    is_typed = bool(password)
    password = password or secrets.token_urlsafe(18)
    with transaction.atomic():
        user = user_model.objects.create_superuser(USERNAME, password=password)
        give_role(user, Role.ADMINISTRATOR)
        _, token = tokens.make_lasting(user, "first start", Scope.values, tokens.LONGEST_DAYS)
        made = Credentials(USERNAME, password, token)
        # what somebody typed, they know: it is written nowhere
        kept = {name: value for name, value in asdict(made).items() if not (is_typed and name == "password")}
        _write_private(path, json.dumps(kept, indent=2) + "\n")
    return made


def _write_private(path: Path, text: str) -> None:
    """Write the file so that at no moment anybody else could read it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
