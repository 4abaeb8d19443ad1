"""Typed readers of the environment. They fail loudly: a wrong setting stops the start, in a sentence."""

import os
import re
from pathlib import Path


class SettingError(Exception):
    """A setting is wrong; the text says which one, what was found and what is expected."""


def text(name: str, default: str = "") -> str:
    """Return the variable, or the content of the file that ``<name>_FILE`` names (for secrets)."""
    direct, file_name = os.environ.get(name), os.environ.get(f"{name}_FILE")
    if direct is not None and file_name is not None:
        raise SettingError(f"{name} and {name}_FILE are both set: keep one.")
    if file_name is not None:
        try:
            return Path(file_name).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise SettingError(f"{name}_FILE names {file_name}, which cannot be read: {error.strerror}.") from error
    return default if direct is None or direct == "" else direct


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
    return tuple(word.strip() for word in text(name, default).split(",") if word.strip())


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
