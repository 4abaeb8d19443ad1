"""Typed readers of the environment. They fail loudly: a wrong setting stops the start, in a sentence."""

import os
import re
from pathlib import Path
from typing import Final


class SettingError(Exception):
    """A setting is wrong; the text says which one, what was found and what is expected."""


# every setting that is a secret, or may hold one (a password in an address); `secret` and `secret_words` read no other
SECRETS: Final = (
    "CELERY_BROKER_URL",
    "DATABASE_URL",
    "DJANGO_SECRET_KEY",
    "NODE_ALERT_WEBHOOKS",
    "NODE_FHIR_TOKEN",
    "NODE_METRICS_TOKEN",
    "NODE_OIDC_CLIENT_SECRET",
    "NODE_SENTRY_DSN",
    "NODE_SMTP_PASSWORD",
    "NODE_STOW_TOKEN",
    "NODE_WORKLIST_TOKEN",
)


def text(name: str, default: str = "") -> str:
    """Return the variable, or the content of the file that ``<name>_FILE`` names, without the end of its last line."""
    direct, file_name = os.environ.get(name), os.environ.get(f"{name}_FILE")
    if direct is not None and file_name is not None:
        raise SettingError(f"{name} and {name}_FILE are both set: keep one.")
    if file_name is not None:
        return _content(f"{name}_FILE", file_name)
    return default if direct is None or direct == "" else direct


def _content(name: str, file_name: str) -> str:
    try:
        found = Path(file_name).read_text(encoding="utf-8").rstrip("\r\n")
    except OSError as error:
        raise SettingError(f"{name} names {file_name!r}, which cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError:
        raise SettingError(f"{name} names {file_name!r}, which is not text in UTF-8.") from None
    if not found:
        # a default in its place could be an open door
        raise SettingError(f"{name} names {file_name!r}, which is empty: write the value into it, or unset {name}.")
    return found


def secret(name: str, default: str = "") -> str:
    """Return a setting of the list above."""
    if name not in SECRETS:
        raise SettingError(f"{name} is read as a secret, and SECRETS in config/env.py does not list it.")
    return text(name, default)


def secret_words(name: str) -> tuple[str, ...]:
    """Return a setting of the list above that holds several values."""
    return _words(secret(name))


def integer(name: str, default: int, *, minimum: int = 0, maximum: int | None = None) -> int:
    """Return a whole number within its bounds."""
    found = text(name, str(default))
    try:
        value = int(found)
    except ValueError:
        raise SettingError(f"{name} is {found!r}; a whole number is expected.") from None
    if value < minimum or (maximum is not None and value > maximum):
        bounds = f"at least {minimum}" if maximum is None else f"{minimum} to {maximum}"
        raise SettingError(f"{name} is {value}; {bounds} is expected.")
    return value


def number(name: str, default: float, *, minimum: float = 0.0) -> float:
    """Return a number of at least ``minimum``."""
    found = text(name, str(default))
    try:
        value = float(found)
    except ValueError:
        raise SettingError(f"{name} is {found!r}; a number is expected.") from None
    if not minimum <= value < float("inf"):
        raise SettingError(f"{name} is {found}; at least {minimum} is expected.")
    return value


def boolean(name: str, default: bool) -> bool:
    """Return a switch; any word that is neither on nor off raises."""
    found = text(name, "true" if default else "false").lower()
    if found in {"1", "true", "yes", "on"}:
        return True
    if found in {"0", "false", "no", "off"}:
        return False
    raise SettingError(f"{name} is {found!r}; true or false is expected.")


def words(name: str, default: str = "") -> tuple[str, ...]:
    """Return a comma-separated list without blanks and empty items."""
    return _words(text(name, default))


def _words(listed: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in listed.split(",") if word.strip())


def rate(name: str, default: str) -> str:
    """Return so many requests in a time, such as ``60/minute``."""
    found = text(name, default)
    if re.fullmatch(r"[1-9][0-9]{0,8}/(second|minute|hour|day)", found) is None:
        raise SettingError(f"{name} is {found!r}; a rate such as 60/minute is expected (second, minute, hour or day).")
    return found


def folder(name: str, default: Path) -> Path:
    """Return an absolute folder path; it need not exist yet."""
    return Path(text(name, str(default))).expanduser().resolve()


def given(name: str) -> bool:
    """Tell whether the variable, or its ``_FILE`` form, is set at all."""
    return bool(os.environ.get(name)) or bool(os.environ.get(f"{name}_FILE"))
