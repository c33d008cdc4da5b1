"""Plant a mutant in a copy of the tree, and play a match there in a process of its own."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.reidentification.features import Level
from tests.reidentification.mutation import Mutant, Patch

_ROOT = Path(__file__).parents[2]
_NEEDED = ("app", "migrations", "tests", "pyproject.toml")
# Compiled files are copied too, with their times, so that Python need not compile everything again for each mutant.
_IGNORED = shutil.ignore_patterns("e2e", "*.sqlite3", "*-pytest-*.pyc")


@dataclass(frozen=True)
class Outcome:
    """Result of a match in the copy: whether it found a leak, and its table."""

    found_leak: bool
    table: str


def play_with(mutant: Mutant, *, server: str | None = None) -> Outcome:
    """Plant a mutant, and play against it at the level that must catch it."""
    return play_planted(
        mutant.patches,
        mutant.level,
        database=mutant.database,
        server=server,
        rounds=mutant.rounds,
        links=mutant.links,
    )


def play_planted(
    patches: Iterable[Patch],
    level: Level,
    *,
    database: str = "sqlite",
    server: str | None = None,
    rounds: int = 50,
    links: str = "single",
) -> Outcome:
    """Play a match in a copy of the tree with these patches. PostgreSQL matches use `server`."""
    with tempfile.TemporaryDirectory(prefix="debrief_mutant_") as folder:
        root = Path(folder)
        copy_tree(root)
        planted = list(patches)
        for patch in planted:
            patch.apply(root)
        asked = ["--rounds", str(rounds), "--n", "3", "--database", database, "--levels", level, "--processes", "1"]
        asked += ["--links", links]
        given = {"DEBRIEF_TEST_DATABASE_URL": server} if server else {}
        if any(patch.file.startswith("migrations/") for patch in planted):
            # The template databases of this run lack the changed migration.
            given["DEBRIEF_TEST_TEMPLATES"] = ""
        played = subprocess.run(
            [sys.executable, "-m", "tests.reidentification", *asked],
            cwd=root,
            env={**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1", **given},
            capture_output=True,
            text=True,
            check=False,
        )
    if played.returncode not in {0, 1} or "adversary" not in played.stdout or "Traceback" in played.stderr:
        raise RuntimeError(f"the game was not played to its end:\n{played.stdout}{played.stderr}")
    return Outcome(played.returncode == 1, played.stdout)


def copy_tree(root: Path) -> None:
    """Copy what a match needs to `root`."""
    for name in _NEEDED:
        source = _ROOT / name
        if source.is_dir():
            shutil.copytree(source, root / name, ignore=_IGNORED)
        else:
            shutil.copy(source, root / name)
