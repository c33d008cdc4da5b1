"""No command of production runs with settings that break the promise, or says what they are. The table of settings is
that of `tests/core/test_settings.py`; here is what an operator meets.
"""

from pathlib import Path

import pytest

from app import cli
from app.core import migrations

STRONG = "k3V9xQ2mZ7bT5wR8nL1yC6pD4sF0gHjA"
OTHER = "Zt6Yv1Wm8Qx3Ub5Na0Ke7Rd2Lo9Pj4Ci"
SOUND = {
    "DEBRIEF_ENVIRONMENT": "production",
    "DEBRIEF_BASE_URL": "https://debrief.example",
    "DEBRIEF_SECRET_KEY": STRONG,
    "DEBRIEF_OPERATOR_KEY": OTHER,
}
COMMANDS = [("serve",), ("worker",), ("migrate",), ("tick",), ("check",), ("outbox", "list")]


def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: tuple[str, ...], **over: str) -> int:
    monkeypatch.chdir(tmp_path)
    for name, value in {**SOUND, "DEBRIEF_DATA_DIR": str(tmp_path / "data"), **over}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.argv", ["debrief", *command])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("DEBRIEF_BASE_URL", "http://debrief.example"),
        ("DEBRIEF_SECRET_KEY", "change-me-change-me-change-me-change-me"),
        ("DEBRIEF_OPERATOR_KEY", STRONG),
        ("DEBRIEF_ANONYMOUS_RATE", "0"),
        ("DEBRIEF_ENVIRONMENT", "debug"),
    ],
)
def test_no_command_runs_with_wrong_settings(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    command: tuple[str, ...],
    variable: str,
    value: str,
) -> None:
    assert run(monkeypatch, tmp_path, command, **{variable: value}) == 2
    told = capsys.readouterr()
    assert variable in told.err
    assert len(value) < 6 or value not in told.err + told.out
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_production_does_not_migrate_by_itself(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    url = f"sqlite:///{tmp_path}/old.sqlite3"
    migrations.upgrade(url)
    migrations.downgrade(url, "base")
    assert run(monkeypatch, tmp_path, (command,), DEBRIEF_DATABASE_URL=url) == 2
    assert "Run `debrief migrate` first." in capsys.readouterr().err


def test_the_future_is_for_development(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{tmp_path}/new.sqlite3"
    migrations.upgrade(url)
    assert run(monkeypatch, tmp_path, ("tick", "--at", "2099-01-01"), DEBRIEF_DATABASE_URL=url) == 2
    assert "the future is for development only" in capsys.readouterr().err


def test_a_tick_in_the_future_of_development_does_not_make_the_clock_slow(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{tmp_path}/new.sqlite3"
    migrations.upgrade(url)
    development = {"DEBRIEF_DATABASE_URL": url, "DEBRIEF_ENVIRONMENT": "development"}
    assert run(monkeypatch, tmp_path, ("tick", "--at", "2099-01-01"), **development) == 0
    run(monkeypatch, tmp_path, ("check",), **development)
    assert "The clock is plausible." in capsys.readouterr().out
    run(monkeypatch, tmp_path, ("check",), DEBRIEF_DATABASE_URL=url)
    assert "A tick ran on 2099-01-01, which is still to come" in capsys.readouterr().out


def test_tick_in_the_future_stops_production_until_confirmed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{tmp_path}/new.sqlite3"
    migrations.upgrade(url)
    development = {"DEBRIEF_DATABASE_URL": url, "DEBRIEF_ENVIRONMENT": "development"}
    production = {"DEBRIEF_DATABASE_URL": url}
    assert run(monkeypatch, tmp_path, ("tick", "--at", "2099-01-01"), **development) == 0
    assert run(monkeypatch, tmp_path, ("tick",), **development) == 0

    assert run(monkeypatch, tmp_path, ("tick",), **production) == 1
    assert "A tick ran on 2099-01-01, which is still to come" in capsys.readouterr().err
    assert run(monkeypatch, tmp_path, ("tick", "--confirm-date"), **production) == 0
    assert run(monkeypatch, tmp_path, ("tick",), **production) == 0
    run(monkeypatch, tmp_path, ("check",), **production)
    assert "The clock is plausible." in capsys.readouterr().out
