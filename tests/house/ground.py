"""A copy of the application into which a test plants a breach, to see that the checks catch it."""

import os
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
_BIN = Path(sys.executable).parent


def configuration(tool: str) -> dict[str, Any]:
    """Return what pyproject.toml says to `tool`."""
    section: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"][tool]
    return section


@dataclass(frozen=True)
class Outcome:
    """How a tool ended, and what it printed."""

    good: bool
    text: str


def run(tool: str, *arguments: str, cwd: Path = ROOT) -> Outcome:
    """Run a tool of this environment, without a cache that a breach could leave behind."""
    done = subprocess.run(
        [str(_BIN / tool), *arguments],
        cwd=cwd,
        env={**os.environ, "COLUMNS": "250", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return Outcome(done.returncode == 0, done.stdout + done.stderr)


@dataclass(frozen=True)
class Ground:
    """The copy: `app/` and the configuration of all tools."""

    path: Path

    def plant(self, file: str, text: str) -> None:
        """Add `text` to a file, which is made if it is not there."""
        target = self.path / file
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists() and target.suffix == ".py":
            target.write_text('"""Planted."""\n')
        with target.open("a") as opened:
            opened.write(f"\n{text}\n")

    def run(self, tool: str, *arguments: str) -> Outcome:
        """Run a tool here."""
        return run(tool, *arguments, cwd=self.path)


def copy_to(path: Path) -> Ground:
    """Return a fresh copy below `path`."""
    ground = path / "ground"
    shutil.copytree(ROOT / "app", ground / "app", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", ground)
    return Ground(ground)
