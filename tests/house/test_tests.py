"""Rules of the tests: no mocks, no patches of our own modules, no warnings, no connection beyond this machine."""

import ast
import asyncio
import socket
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.ground import ROOT, Ground, configuration

# Reserved for documentation (RFC 5737): nobody answers there.
FAR_AWAY = ("192.0.2.1", 9)


def patches(root: Path) -> Iterator[str]:
    """Yield each place in the tests that imports a mock, or patches what is ours: fakes come in by a port."""
    for path in sorted((root / "tests").rglob("*.py")):
        tree = ast.parse(path.read_text())
        ours = set(_names_from_app(tree))
        for node in ast.walk(tree):
            if _imports_mock(node) or _patches(node, ours):
                yield f"{path.relative_to(root)}:{getattr(node, 'lineno', 0)}"


def _names_from_app(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "app":
            yield from (alias.asname or alias.name for alias in node.names)
        if isinstance(node, ast.Import):
            yield from (alias.asname or "app" for alias in node.names if alias.name.split(".")[0] == "app")


def _imports_mock(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom):
        return node.module == "unittest.mock" or (
            node.module == "unittest" and "mock" in {alias.name for alias in node.names}
        )
    return isinstance(node, ast.Import) and any(alias.name in {"mock", "unittest.mock"} for alias in node.names)


def _patches(node: ast.AST, ours: set[str]) -> bool:
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "setattr"):
        return False
    target = node.args[0] if node.args else None
    if isinstance(target, ast.Constant):
        return str(target.value).startswith("app.")
    while isinstance(target, ast.Attribute):
        target = target.value
    return isinstance(target, ast.Name) and target.id in ours


def test_nothing_of_ours_is_patched() -> None:
    assert list(patches(ROOT)) == []


@pytest.mark.parametrize(
    "breach",
    [
        "from unittest import mock",
        "from unittest.mock import Mock",
        "import unittest.mock",
        "monkeypatch.setattr('app.core.randomness.shuffle', list)",
        "from app.core import dice\nmonkeypatch.setattr(dice, 'shuffle', list)",
        "import app.core.randomness\nmonkeypatch.setattr(app.core.randomness, 'shuffle', list)",
    ],
)
def test_a_patch_is_caught(tmp_path: Path, breach: str) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_planted.py").write_text(breach)
    assert list(patches(tmp_path))


def test_warnings_are_errors() -> None:
    with pytest.raises(UserWarning):
        warnings.warn("planted", stacklevel=1)


def test_unknown_marks_and_options_are_errors(ground: Ground) -> None:
    ground.plant("tests/test_planted.py", "import pytest\n\n\n@pytest.mark.planted\ndef test_it() -> None:\n    pass")
    outcome = ground.run("pytest", "-p", "no:cacheprovider", "-q", "tests")
    assert not outcome.good
    assert "'planted' not found in `markers`" in outcome.text
    assert configuration("pytest")["ini_options"]["timeout"] == 120


def test_no_test_leaves_this_machine() -> None:
    with socket.socket() as plain, pytest.raises(RuntimeError, match="leave this machine"):
        plain.connect(FAR_AWAY)
    with socket.socket() as plain, pytest.raises(RuntimeError, match="leave this machine"):
        plain.connect_ex(FAR_AWAY)
    with socket.socket(type=socket.SOCK_DGRAM) as plain, pytest.raises(RuntimeError, match="leave this machine"):
        plain.sendto(b"planted", FAR_AWAY)
    with pytest.raises(RuntimeError, match="leave this machine"):
        socket.getaddrinfo("debrief.example", 443)


async def test_no_coroutine_leaves_this_machine() -> None:
    with pytest.raises(RuntimeError, match="leave this machine"):
        await asyncio.open_connection(*FAR_AWAY)


def test_the_loopback_is_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert client.getpeername() == server.getsockname()
