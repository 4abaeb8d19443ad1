"""Answers of the node beside what the written schema says of them."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

ROOT = Path(__file__).resolve().parents[1]


@cache
def _components() -> dict[str, Any]:
    components: dict[str, Any] = yaml.safe_load((ROOT / "docs" / "openapi.yaml").read_text("utf-8"))["components"]
    return components


def departures(body: object, component: str) -> list[str]:
    """Return where an answer is not as its component says; keys that the component does not name are departures."""
    schema = {"$ref": f"#/components/schemas/{component}", "components": _closed(_components())}
    found = Draft202012Validator(schema).iter_errors(body)
    return [f"{error.json_path}: {error.message[:200]}" for error in found]


def _closed(node: Any) -> Any:
    """Return a schema with no room for what it does not name."""
    if isinstance(node, list):
        return [_closed(each) for each in node]
    if not isinstance(node, dict):
        return node
    closed = {key: _closed(value) for key, value in node.items()}
    is_object = node.get("type") == "object" and isinstance(node.get("properties"), dict)
    return {"additionalProperties": False, **closed} if is_object else closed
