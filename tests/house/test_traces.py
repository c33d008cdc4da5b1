"""No file of the project names the machine it was made on, or a package index."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.ground import ROOT

# Each in two parts, so that this file does not hold what it looks for.
INDEXES = [
    "pypi" + ".org",
    "python" + "hosted.org",
    "registry.npm" + "js.org",
    "registry.yarn" + "pkg.com",
    "artifact" + "ory",
    "--index" + "-url",
    "--extra-index" + "-url",
    "--find" + "-links",
    "--trusted" + "-host",
]
PLACES = [
    "/wo" + "rk/",
    "/ro" + "ot/",
    "/ho" + "me/",
    "/Us" + "ers/",
    "/opt/" + "wheels",
    "bash_" + "jobs",
    "/tmp/" + "brief",
]
NEEDLES = INDEXES + PLACES

# What a fresh clone does not hold.
NOT_OURS = {".git", ".venv", "data", "dist", "node_modules", "__pycache__"}


def files(root: Path) -> Iterator[Path]:
    """Yield every file that is ours."""
    for folder, below, names in os.walk(root):
        below[:] = [name for name in below if name not in NOT_OURS and not name.endswith(("_cache", ".egg-info"))]
        below[:] = [name for name in below if not name.startswith(".") or name in {".ci", ".github"}]
        yield from (Path(folder) / name for name in names if name != ".env")


def traces(root: Path) -> Iterator[str]:
    """Yield each trace, with the file it is in."""
    for path in files(root):
        content = path.read_bytes().lower()
        yield from (f"{path.relative_to(root)}: {needle}" for needle in NEEDLES if needle.lower().encode() in content)


def test_no_file_has_a_trace() -> None:
    assert {ROOT / "pyproject.toml", ROOT / "requirements" / "dev.txt"} <= set(files(ROOT))
    assert list(traces(ROOT)) == []


def test_pins_are_hashes_and_nothing_else() -> None:
    for name in ("dev.txt", "run.txt"):
        lines = (ROOT / "requirements" / name).read_text().splitlines()
        pins = [line for line in lines if line and not line.lstrip().startswith(("#", "--hash=sha256:"))]
        assert len(pins) > 10
        assert [line for line in pins if "==" not in line or "://" in line or line.startswith("-")] == []


@pytest.mark.parametrize("needle", NEEDLES)
def test_a_breach_is_caught(tmp_path: Path, needle: str) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "setup.md").write_text(f"Install from {needle}")
    assert f"docs/setup.md: {needle}" in list(traces(tmp_path))
