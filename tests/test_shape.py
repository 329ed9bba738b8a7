"""The tree keeps its shape: budgets of STYLE measured, broad excepts counted, public functions documented."""

import ast
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("config", "crawlers", "nlp", "pipeline")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
BROAD = {"pipeline/deliver.py": 1, "pipeline/ingest.py": 2, "pipeline/schedule.py": 1}
"""Around one post (a batch of them, then each), around one delivery, and around one scheduled job."""


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def functions() -> Iterator[tuple[Path, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield path, node


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_a_module_is_short_and_says_what_it_is_for(path: Path) -> None:
    text = path.read_text("utf-8")
    assert text.count("\n") <= 400
    assert ast.get_docstring(ast.parse(text))


def test_functions_are_small() -> None:
    sizes = sorted((node.end_lineno or 0) - node.lineno + 1 for _, node in functions())
    assert statistics.median(sizes) <= 12
    assert sizes[int(0.9 * len(sizes))] <= 40
    assert sizes[-1] <= 80


def test_functions_take_few_arguments_by_position() -> None:
    many = [f"{named(path)}:{node.name}" for path, node in functions() if len([a for a in node.args.args if a.arg not in ("self", "cls")]) > 4]
    assert many == []


def test_public_functions_have_docstrings() -> None:
    bare = [f"{named(path)}:{node.name}" for path, node in functions() if not node.name.startswith("_") and not ast.get_docstring(node)]
    assert bare == []


def test_broad_excepts_stand_only_where_the_design_allows_them() -> None:
    found: dict[str, int] = {}
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ExceptHandler) and (node.type is None or getattr(node.type, "id", "") in ("Exception", "BaseException")):
                found[named(path)] = found.get(named(path), 0) + 1
    assert found == BROAD


def test_folders_are_shallow() -> None:
    assert [named(path) for path in MODULES if len(path.relative_to(ROOT).parts) > 4] == []


def test_imports_go_one_way() -> None:
    run = subprocess.run([str(Path(sys.executable).parent / "lint-imports")], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout
