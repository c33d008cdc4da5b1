"""Transactions begin and end behind the doors only."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.ground import ROOT

# Migrations have a connection of their own: they run before the doors open.
HOMES = {"app/core/sqlite.py", "app/core/postgres.py", "app/core/migrations.py"}
ENDINGS = {"begin", "begin_nested", "commit", "rollback"}


def endings(root: Path) -> Iterator[str]:
    """Yield each place outside the homes that begins or ends a transaction."""
    for path in sorted((root / "app").rglob("*.py")):
        name = path.relative_to(root).as_posix()
        if name in HOMES:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and node.attr in ENDINGS:
                yield f"{name}:{node.lineno} .{node.attr}"


def test_no_transaction_ends_outside_the_doors() -> None:
    assert list(endings(ROOT)) == []


def test_doors_begin_and_commit() -> None:
    assert ".begin()" in (ROOT / "app/core/sqlite.py").read_text()
    assert ".commit()" in (ROOT / "app/core/postgres.py").read_text()


@pytest.mark.parametrize(
    "breach",
    [
        "session.commit()",
        "session.rollback()",
        "with session.begin():\n        pass",
        "session.begin_nested()",
        "finish = session.commit",
        "session.connection().commit()",
    ],
)
def test_a_breach_is_caught(tmp_path: Path, breach: str) -> None:
    planted = tmp_path / "app" / "rounds" / "service.py"
    planted.parent.mkdir(parents=True)
    planted.write_text(f"def use(session):\n    {breach}\n")
    assert list(endings(tmp_path))
