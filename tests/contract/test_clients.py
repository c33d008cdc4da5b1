"""A client in Python and one in TypeScript, generated from the contract as an integrator would, tell a whole story.

`make test-rest` installs what generates them, and runs these; nothing that they make is kept.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.demo.server import Running, running
from tests.support.databases import free_port

ROOT = Path(__file__).parents[2]
CONTRACT = ROOT / "openapi/openapi.json"
TYPESCRIPT = ROOT / "client/contract"
MODULES = TYPESCRIPT / "node_modules"
GENERATOR = Path(sys.prefix) / "contract/bin/openapi-python-client"
AFTER_CLOSING = datetime.now(UTC).date() + timedelta(days=9)
# Generators install packages and compile.
pytestmark = [pytest.mark.long, pytest.mark.timeout(400)]


def needs(found: bool, missing: str) -> None:
    """Skip, or fail where it must be there."""
    if not found:
        told = f"{missing} not found: `make test-rest` installs it"
        if os.environ.get("DEBRIEF_REQUIRE_NODE"):
            pytest.fail(told)
        pytest.skip(told)


def run(command: Sequence[str | Path], folder: Path, **environment: str) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "NO_COLOR": "1", **environment},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Running]:
    folder = tmp_path / "server"
    folder.mkdir()
    with running(folder, free_port()) as it:
        yield it


def tell(server: Running, client: Sequence[str | Path], folder: Path, **environment: str) -> None:
    """Let a client raise a request and answer it; let time pass; let it read."""
    asked: dict[str, Any] = json.loads(run([*client, "ask", server.url], folder, **environment))
    assert asked["refused"] == "unknown_link"
    assert "1 released" in server.tick(AFTER_CLOSING)
    read = json.loads(run([*client, "read", server.url, asked["id"], asked["token"]], folder, **environment))
    assert read == {"reasons": [["not_about_you"], ["not_about_you"]]}


def test_a_client_in_python_tells_the_story(server: Running, tmp_path: Path) -> None:
    needs(GENERATOR.exists(), "openapi-python-client")
    (tmp_path / "config.yaml").write_text("post_hooks: []\n")
    made: list[str | Path] = [GENERATOR, "generate", "--path", CONTRACT, "--meta", "none", "--config", "config.yaml"]
    told = run([*made, "--output-path", "debrief_client", "--fail-on-warning"], tmp_path)
    assert "WARNING" not in told
    story = Path(__file__).with_name("journey.py")
    tell(server, [GENERATOR.with_name("python"), story], tmp_path, PYTHONPATH=str(tmp_path))


def test_a_client_in_typescript_tells_the_story(server: Running, tmp_path: Path) -> None:
    needs(MODULES.exists() and shutil.which("node") is not None, "openapi-typescript")
    for name in ("journey.ts", "tsconfig.json", "package.json"):
        shutil.copy(TYPESCRIPT / name, tmp_path)
    (tmp_path / "node_modules").symlink_to(MODULES)
    tools = tmp_path / "node_modules/.bin"
    # A field with a default is there in what is answered, but need not be sent.
    run([tools / "openapi-typescript", CONTRACT, "--output", "schema.ts", "--default-non-nullable=false"], tmp_path)
    run([tools / "tsc", "--project", "tsconfig.json"], tmp_path)
    tell(server, ["node", "built/journey.js"], tmp_path)


def test_the_linter_takes_the_contract_and_refuses_a_worse_one(tmp_path: Path) -> None:
    needs(MODULES.exists() and shutil.which("node") is not None, "redocly")
    lint: list[str | Path] = [MODULES / ".bin/redocly", "lint", "--config", TYPESCRIPT / "redocly.yaml"]
    quiet = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
    run([*lint, CONTRACT], tmp_path, **quiet)
    document = json.loads(CONTRACT.read_text())
    del document["paths"]["/livez"]["get"]["security"]
    (tmp_path / "worse.json").write_text(json.dumps(document))
    with pytest.raises(AssertionError, match="should have security defined"):
        run([*lint, "worse.json"], tmp_path, **quiet)


def test_a_story_that_the_contract_does_not_allow_is_not_compiled(tmp_path: Path) -> None:
    needs(MODULES.exists() and shutil.which("node") is not None, "openapi-typescript")
    for name in ("tsconfig.json", "package.json"):
        shutil.copy(TYPESCRIPT / name, tmp_path)
    story = (TYPESCRIPT / "journey.ts").read_text()
    (tmp_path / "journey.ts").write_text(story.replace('company: "Acme"', "company: 7"))
    (tmp_path / "node_modules").symlink_to(MODULES)
    tools = tmp_path / "node_modules/.bin"
    run([tools / "openapi-typescript", CONTRACT, "--output", "schema.ts", "--default-non-nullable=false"], tmp_path)
    with pytest.raises(AssertionError, match="is not assignable to type"):
        run([tools / "tsc", "--project", "tsconfig.json"], tmp_path)
