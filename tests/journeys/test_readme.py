"""The commands of the README are the second thing that a newcomer runs: here they run, as they stand there."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app.demo.server import running
from tests.support.databases import free_port

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
SHELL = "```sh\n"


def _commands(heading: str) -> str:
    """Return all shell blocks of a section."""
    section = README.read_text().partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return "\n".join(block.partition("```")[0] for block in section.split(SHELL)[1:])


@pytest.mark.skipif(shutil.which("curl") is None and "CI" not in os.environ, reason="there is no curl here")
def test_the_api_in_a_minute(tmp_path: Path) -> None:
    with running(tmp_path, free_port()) as server:
        script = _commands("The API in a minute")
        assert "http://127.0.0.1:8000" in script
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
    said, released, read = done.stdout.partition("1 released\n")
    assert released
    assert said.count('"status":"sealed"') == 2
    answers = json.loads(read)["rounds"][0]["answers"]
    concerns = [concern for answer in answers for concern in answer["concerns"]]
    assert [concern["asked"] for concern in concerns] == ["never_asked"]
    assert len(answers) == 2


def test_the_two_commands_are_there_and_every_link_leads_somewhere() -> None:
    text = README.read_text()
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert re.findall(r"^make (\S+)", _commands("Try it"), re.MULTILINE) == ["demo", "test"]
    assert set(re.findall(r"`make ([a-z-]+)", text)) <= targets
    links = re.findall(r"\]\(([^)#]+)", text)
    assert len(links) > 8
    assert [link for link in links if not (ROOT / link).exists()] == []
