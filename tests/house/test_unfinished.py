"""No file has a note of work for later."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.ground import ROOT

# Each in two parts, so that this file does not hold what it looks for.
WORDS = ["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]
# Published by others, and copied as it is.
COPIED = {Path("app/pages/static/swagger-ui.js")}
_WORD = re.compile(rf"\b({'|'.join(WORDS)})\b".encode())


def committed(root: Path) -> list[Path]:
    """Return the files that are, or would be, committed."""
    # A checkout that belongs to somebody else, as in a container, may still be read.
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
    return [path for name in listed.split("\0") if name and (path := root / name).is_file()]


def unfinished(root: Path) -> Iterator[str]:
    for path in committed(root):
        if path.relative_to(root) in COPIED:
            continue
        for number, line in enumerate(path.read_bytes().splitlines(), 1):
            if _WORD.search(line):
                yield f"{path.relative_to(root)}:{number}"


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a clone, but an archive: nothing can be committed")
def test_no_file_promises_later_work() -> None:
    assert ROOT / "pyproject.toml" in committed(ROOT)
    assert list(unfinished(ROOT)) == []


@pytest.mark.parametrize("word", WORDS)
def test_a_breach_is_caught(tmp_path: Path, word: str) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / "later.py").write_text(f"pass\n# {word}: finish this\n")
    (tmp_path / ".gitignore").write_text("ignored.py\n")
    (tmp_path / "ignored.py").write_text(f"# {word}\n")
    assert list(unfinished(tmp_path)) == ["later.py:2"]
