"""Files that other tools read: each parses, and names commands, versions and settings that exist here."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.core.settings import load_settings
from app.delivery.mail.mailers import read_smtp_url
from tests.house.ground import ROOT

MAKE = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
DEVCONTAINER = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text())


def _yaml(path: str) -> Any:
    return yaml.safe_load((ROOT / path).read_text())


def test_the_workflow_runs_what_every_change_has_to_pass() -> None:
    (job,) = _yaml(".github/workflows/ci.yml")["jobs"].values()
    assert job["steps"][-1] == {"run": ".ci/run"}
    commands = re.findall(r"^make (\S+)", (ROOT / ".ci/run").read_text(), re.MULTILINE)
    assert commands == ["check", "demo", "contract", "contract-clients", "test"]
    assert set(commands) <= MAKE


def test_the_hook_runs_a_part_of_the_check() -> None:
    (repository,) = _yaml(".pre-commit-config.yaml")["repos"]
    (hook,) = repository["hooks"]
    assert re.search(rf"^check: .*{hook['entry'].split()[-1]}", (ROOT / "Makefile").read_text(), re.MULTILINE)


def test_one_version_of_python_is_the_oldest_everywhere() -> None:
    (job,) = _yaml(".github/workflows/ci.yml")["jobs"].values()
    (python,) = (step["with"]["python-version"] for step in job["steps"] if "python-version" in step.get("with", {}))
    assert f'requires-python = ">={python}"' in (ROOT / "pyproject.toml").read_text()
    assert f"FROM python:{python}-slim" in (ROOT / "Dockerfile").read_text()
    assert DEVCONTAINER["image"].endswith(f":{python}")
    assert f"--python-version {python} " in (ROOT / "Makefile").read_text()


def test_the_development_container_installs_what_ci_installs() -> None:
    wanted = set(re.findall(r"postgresql\b|chromium\b|libsodium23", (ROOT / ".ci/run").read_text()))
    assert all(package in DEVCONTAINER["postCreateCommand"].split() for package in wanted)
    assert DEVCONTAINER["postCreateCommand"].split()[-1] in MAKE


def test_the_composed_service_starts_and_reaches_its_mailbox(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    services = _yaml("compose.yaml")["services"]
    for name, value in services["debrief"]["environment"].items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    settings = load_settings(data_dir=tmp_path)
    assert settings.smtp_url is not None
    server = read_smtp_url(settings.smtp_url.get_secret_value(), development=not settings.is_production)
    assert (server.host, server.start_tls) == ("127.0.0.1", False)
    assert services["mail"]["network_mode"] == "service:debrief"
    assert "@database/" in settings.database_url.get_secret_value()


@pytest.mark.parametrize("path", sorted((ROOT / ".github").rglob("*.yml")), ids=lambda path: path.name)
def test_every_file_of_the_forge_parses(path: Path) -> None:
    assert isinstance(yaml.safe_load(path.read_text()), dict)
