"""The commands with which an integrator begins: here they run, as they stand in the document."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app.demo.server import running
from tests.support.databases import free_port

DOCUMENT = Path(__file__).parents[2] / "docs" / "integrating.md"
SHELL = "```sh\n"


@pytest.mark.skipif(shutil.which("curl") is None and "CI" not in os.environ, reason="there is no curl here")
def test_one_put_and_what_follows(tmp_path: Path) -> None:
    script = "\n".join(block.partition("```")[0] for block in DOCUMENT.read_text().split(SHELL)[1:])
    with running(tmp_path, free_port()) as server:
        script = script.replace("http://127.0.0.1:8000", server.url)
        script = script.replace(".venv/bin/debrief", f"{sys.executable} -m app.cli")
        script = script.replace("curl -s", "curl -sS --fail-with-body --noproxy '*'")
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=tmp_path,
            env=server.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    put, link, moved, status = done.stdout.strip().splitlines()
    assert json.loads(put)["outcome"] == "accepted"
    assert json.loads(moved)["hours"] == 240
    assert "/offer/" in link
    assert "#c=" in link
    assert json.loads(status)["state"] == "offered"
