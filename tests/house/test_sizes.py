"""Files are short enough to read at once, and functions fit a screen."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.house.ground import ROOT

FOLDERS = ("app", "bench", "migrations", "tests")
# "About 300": a limit that moves is none, but nobody should cut a sentence for the sake of the last line.
FILE_LINES = 320
FUNCTION_LINES = 60


def long_files(root: Path) -> Iterator[str]:
    """Yield what is too long to be read in one go."""
    for path in _sources(root):
        count = len(path.read_text().splitlines())
        if count > FILE_LINES:
            yield f"{path.relative_to(root)}: {count} lines"


def long_functions(root: Path) -> Iterator[str]:
    """Yield what doesn't fit a screen. Versions of the schema are lists by nature."""
    for path in _sources(root):
        if "versions" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
                count = node.end_lineno - node.lineno + 1
                if count > FUNCTION_LINES:
                    yield f"{path.relative_to(root)}:{node.lineno} {node.name}: {count} lines"


def _sources(root: Path) -> Iterator[Path]:
    for folder in FOLDERS:
        yield from sorted((root / folder).rglob("*.py"))


def test_no_file_is_long() -> None:
    assert len(list(_sources(ROOT))) > 50
    assert list(long_files(ROOT)) == []


def test_no_function_is_long() -> None:
    assert list(long_functions(ROOT)) == []


def test_a_breach_is_caught(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "endless.py").write_text("def endless():\n" + "    print()\n" * FILE_LINES)
    assert list(long_files(tmp_path)) == [f"app/endless.py: {FILE_LINES + 1} lines"]
    assert list(long_functions(tmp_path)) == [f"app/endless.py:1 endless: {FILE_LINES + 1} lines"]
