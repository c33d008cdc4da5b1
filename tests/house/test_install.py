"""The installer of `make`: uv if it works, else pip, with the same pins."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.house.ground import ROOT

PINS = ["--require-hashes", "-r", "requirements/run.txt"]
UV = f"uv pip install --quiet --python {{bin}}/python {' '.join(PINS)}"
PIP = f"pip --quiet --disable-pip-version-check install {' '.join(PINS)}"


def _stand_in(path: Path, body: str) -> None:
    path.write_text(f'#!/bin/sh\necho "{path.name} $*" >> "$CALLS"\n{body}\n')
    path.chmod(0o755)


def _install(folder: Path, *, uv: str, configuration: str = "") -> tuple[int, list[str]]:
    """Run the script with stand-ins for both; `uv` is the body of uv's, or empty where pip finds no uv."""
    binaries = folder / "bin"
    binaries.mkdir()
    _stand_in(binaries / "pip", f'case "$*" in *uv.txt) exit 1;; *list) echo "{configuration}";; esac')
    if uv:
        _stand_in(binaries / "uv", uv)
    calls = folder / "calls"
    done = subprocess.run(
        [str(ROOT / "requirements/install.sh"), str(folder), *PINS],
        env={"PATH": os.environ["PATH"], "CALLS": str(calls)},
        check=False,
    )
    return done.returncode, [line for line in calls.read_text().splitlines() if "config list" not in line]


@pytest.mark.parametrize(
    ("uv", "expected"),
    [("exit 0", [UV]), ("exit 2", [UV, PIP]), ("", [PIP.replace("run.txt", "uv.txt"), PIP])],
    ids=["uv works", "uv fails", "no uv"],
)
def test_installs_the_same_pins_with_uv_or_else_with_pip(tmp_path: Path, uv: str, expected: list[str]) -> None:
    code, calls = _install(tmp_path, uv=uv)
    assert code == 0
    assert calls == [line.format(bin=tmp_path / "bin") for line in expected]


def test_uv_uses_the_index_that_pip_is_set_up_to_use(tmp_path: Path) -> None:
    configured = "global.index-url='https://mirror.example/simple'"
    code, calls = _install(tmp_path, uv='echo "$UV_DEFAULT_INDEX" >> "$CALLS"', configuration=configured)
    assert code == 0
    assert calls[-1] == "https://mirror.example/simple"


def test_a_failure_of_both_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    _stand_in(tmp_path / "bin" / "pip", "exit 1")
    done = subprocess.run(
        [str(ROOT / "requirements/install.sh"), str(tmp_path), *PINS],
        env={"PATH": os.environ["PATH"], "CALLS": str(tmp_path / "calls")},
        check=False,
    )
    assert done.returncode != 0


def test_files_of_pins_agree_and_name_no_index() -> None:
    files = {path.name: path.read_text() for path in (ROOT / "requirements").glob("*.txt")}
    pins = {name: dict(re.findall(r"^([\w.-]+)==(\S+)", text, re.MULTILINE)) for name, text in files.items()}
    for name in ("run.txt", "build.txt"):
        assert pins[name].items() <= pins["dev.txt"].items()
    assert all(pins.values())
    assert not [name for name, text in files.items() if "index-url" in text or "://" in text]


def test_every_command_is_listed() -> None:
    listed = subprocess.run(["make", "--silent"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    targets = re.search(r"^\.PHONY: ((?:.*\\\n)*.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert targets is not None
    named = targets[1].replace("\\\n", " ").split()
    assert {"demo", "test"} <= set(named)
    assert set(re.findall(r"^  make (\S+) ", listed, re.MULTILINE)) == set(named)
