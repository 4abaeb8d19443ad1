"""What answers HTTP asks the selectors, which take the user; it queries no model itself."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WORDS = ("api", "dicomweb", "serializers", "permissions", "qido", "authentication", "sharing", "filters", "throttling")
ANSWERING = sorted(
    path
    for path in (ROOT / "webapp").rglob("*.py")
    if any(path.stem == word or path.stem.startswith(f"{word}_") or path.stem.endswith(f"_{word}") for word in WORDS)
)
MANAGERS = {"objects", "_default_manager", "_base_manager"}


def test_the_modules_that_answer_are_found() -> None:
    assert len(ANSWERING) >= 15


@pytest.mark.parametrize("path", ANSWERING, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_answers_http_queries_no_model(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    asked = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and _is_query(node)]
    assert [f"line {node.lineno}: {ast.unparse(node)}" for node in asked] == []


def _is_query(node: ast.Attribute) -> bool:
    """Tell whether this is a manager of a model, or all rows of a related one (``study.instances.all``)."""
    return node.attr in MANAGERS or (node.attr == "all" and isinstance(node.value, ast.Attribute))
