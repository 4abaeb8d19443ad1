"""The texts of each language, by key."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).with_name("texts")


@cache
def catalogue(language: str) -> dict[str, Any]:
    """Return every text of a language."""
    texts: dict[str, Any] = yaml.safe_load((FOLDER / f"{language}.yaml").read_text(encoding="utf-8"))
    return texts


def text(language: str, *keys: str) -> str:
    """Return one text."""
    entry: Any = catalogue(language)
    for key in keys:
        entry = entry[key]
    return " ".join(str(entry).split())


def options(language: str, question: str) -> dict[str, str]:
    """Return the answers that a question offers."""
    offered: dict[str, str] = catalogue(language)["questions"][question]["options"]
    return offered


def spoken(language: str, name: str, value: bool | int | str) -> str:
    """Return a fact's value in words."""
    if isinstance(value, bool):
        return text(language, "labels", "yes" if value else "no")
    return str(value) if isinstance(value, int) else text(language, "values", value)
