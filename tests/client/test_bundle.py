"""The bundle that is served is small, is the one of which the hash is recorded, and is what the sources give."""

import base64
import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.client.conftest import BUNDLE, ROOT

SOURCES = ROOT / "client"
MOST = 20_000
WRITTEN = (
    *("blind.js", "blind.js.integrity", "blind.js.LEGAL.txt"),
    *("swagger-ui.js", "swagger-ui.js.integrity", "swagger-ui.css", "swagger-ui.css.integrity", "swagger-ui.LEGAL.txt"),
)
_NO_NODE = "no npm found, or no packages to be had: the bundle can't be built again here"


def test_it_is_small() -> None:
    assert len(gzip.compress(BUNDLE.read_bytes(), mtime=0)) < MOST


def test_its_hash_is_recorded() -> None:
    digest = base64.b64encode(hashlib.sha384(BUNDLE.read_bytes()).digest()).decode()
    assert (BUNDLE.parent / "blind.js.integrity").read_text() == f"sha384-{digest}\n"


def test_it_names_its_authors() -> None:
    assert "MIT License (c) 2022 Paul Miller" in BUNDLE.read_text()[:200]
    legal = (BUNDLE.parent / "blind.js.LEGAL.txt").read_text()
    assert legal.count("Permission is hereby granted, free of charge") == 2


def test_it_reaches_nothing_by_itself() -> None:
    text = BUNDLE.read_text()
    assert not re.search(r"\b(fetch|XMLHttpRequest|WebSocket|localStorage|sessionStorage|cookie|eval)\b", text)
    assert set(re.findall(r"https?://[^\s\"'`)]+", text)) == set()


def test_the_lock_names_versions_and_hashes_and_no_place() -> None:
    lock = json.loads((SOURCES / "package-lock.json").read_text())
    packages = {name: one for name, one in lock["packages"].items() if name}
    assert len(packages) > 3
    assert all(one["integrity"].startswith("sha512-") for one in packages.values())
    assert not any("resolved" in one for one in packages.values())
    own = json.loads((SOURCES / "package.json").read_text())
    wanted = own["dependencies"] | own["devDependencies"]
    assert all(lock["packages"][f"node_modules/{name}"]["version"] == version for name, version in wanted.items())


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_the_sources_give_the_same_bytes(tmp_path: Path) -> None:
    folder = tmp_path / "client"
    shutil.copytree(SOURCES, folder, ignore=shutil.ignore_patterns("node_modules"))
    installed = shutil.which("npm") and run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder)
    if not installed or installed.returncode:
        if os.environ.get("DEBRIEF_REQUIRE_NODE"):
            pytest.fail(f"{_NO_NODE}\n{installed and installed.stderr[-2000:]}")
        pytest.skip(_NO_NODE)
    built = run(["node", "build.js", str(tmp_path / "out")], folder)
    assert built.returncode == 0, built.stderr
    assert f"{len(BUNDLE.read_bytes())} bytes" in built.stdout
    for name in WRITTEN:
        assert (tmp_path / "out" / name).read_bytes() == (BUNDLE.parent / name).read_bytes(), name
