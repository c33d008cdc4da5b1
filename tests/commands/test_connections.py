"""CLI commands for connections and vendors, run as subprocesses."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.core.settings import environment_with


@pytest.fixture
def run(tmp_path: Path) -> Any:
    environment = environment_with(data_dir=str(tmp_path / "data"), environment="development")

    def debrief(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "app.cli", *arguments],
            cwd=tmp_path,
            env=environment | {"PYTHONPATH": str(Path.cwd())},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return debrief


def value_of(output: str, label: str) -> str:
    return next(line.split()[-1] for line in output.splitlines() if line.startswith(label))


def test_connection_is_created_listed_rotated_tested_and_disabled(run: Any) -> None:
    made = run("connection", "add", "--company", "Acme", "--domain", "acme.example", "--test")
    assert made.returncode == 0, made.stderr
    connection, key = value_of(made.stdout, "connection"), value_of(made.stdout, "key")
    assert key.startswith("dk_test_")
    assert value_of(made.stdout, "hook ").endswith(f"/v1/hooks/neutral/{connection}")
    listed = run("connection", "list")
    assert f"{connection} neutral" in listed.stdout
    assert "no event yet" in listed.stdout
    assert key not in listed.stdout
    rotated = run("connection", "rotate", connection, "--now")
    assert value_of(rotated.stdout, "key") not in ("", key)
    tested = run("connection", "test", connection)
    assert (tested.returncode, "no_event_yet" in tested.stdout) == (1, True)
    assert "disabled" in run("connection", "disable", connection).stdout
    assert "disabled" in run("connection", "list").stdout


def test_invalid_value_is_reported_in_one_sentence(run: Any) -> None:
    refused = run("connection", "add", "--company", "Acme", "--domain", "not a domain")
    assert refused.returncode == 2
    assert "company_domain" in refused.stderr
    assert "Traceback" not in refused.stderr
    unknown = run("connection", "test", "00000000-0000-4000-8000-000000000000")
    assert (unknown.returncode, unknown.stderr.strip()) == (2, "There is no such connection.")


def test_vendor_is_created_and_listed(run: Any) -> None:
    made = run("vendor", "add", "Recruit-o-matic")
    assert value_of(made.stdout, "key").startswith("dv_")
    assert "Recruit-o-matic" in run("vendor", "list").stdout
