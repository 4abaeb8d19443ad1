"""The rules of the house that no other tool checks."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("config", "webapp", "dicom_node", "inference", "scripts", "benchmarks", "clients", "tests")
SOURCES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py") if "migrations" not in path.parts)
FORBIDDEN_NAMES = {"utils", "helpers", "common", "manager", "services", "misc"}


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_file_has_at_most_400_lines(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_function_has_at_most_40_lines_beside_its_docstring(path: Path) -> None:
    too_long = [f"{name}: {lines}" for name, lines in _functions(path) if lines > 40]
    assert too_long == []


def _functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        first = node.body[0]
        has_docstring = ast.get_docstring(node) is not None and isinstance(first, ast.Expr)
        docstring = (first.end_lineno or 0) - first.lineno + 1 if has_docstring else 0
        yield node.name, (node.end_lineno or 0) - node.lineno + 1 - docstring


def test_no_file_is_a_drawer_for_anything() -> None:
    assert [_name(path) for path in SOURCES if path.stem in FORBIDDEN_NAMES] == []


def test_only_the_pipeline_names_the_inference_library() -> None:
    naming = re.compile(r"^\s*(from|import) inference\b", re.MULTILINE)
    outside = [path for path in SOURCES if path.parts[len(ROOT.parts)] in {"config", "webapp"}]
    found = [_name(path) for path in outside if naming.search(path.read_text(encoding="utf-8"))]
    assert found == ["webapp/studies/pipeline.py"]


def test_dicom_library_names_no_tensorflow() -> None:
    """The receiving process must stay small."""
    heavy = re.compile(r"^(from|import) (tensorflow|keras)\b", re.MULTILINE)
    found = [_name(path) for path in SOURCES if path.parts[len(ROOT.parts)] == "dicom_node"]
    assert [name for name in found if heavy.search((ROOT / name).read_text(encoding="utf-8"))] == []
