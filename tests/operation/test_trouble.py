"""Lost, damaged or unreadable databases and keys: one line for the operator, with the remedy."""

import asyncio
import os
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from app import cli
from app.core import migrations
from app.sealing.keystore import FileKeyStore, KeyName, Purpose
from tests.support.app import FixedClock, an_app, raise_request
from tests.support.databases import free_port

COMMANDS = ["check", "tick", "serve", "migrate"]


Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command with the data in `tmp_path`; return its status and what it said."""

    def start(command: str, **over: str) -> tuple[int, str]:
        monkeypatch.chdir(tmp_path)
        for name, value in {"DEBRIEF_DATA_DIR": str(tmp_path / "data"), **over}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr("sys.argv", ["debrief", *command.split()])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        told = capsys.readouterr()
        return int(ended.value.code or 0), told.out + told.err

    return start


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The file of a database in use."""
    (tmp_path / "data").mkdir(mode=0o700)
    path = tmp_path / "data" / "debrief.sqlite3"
    migrations.upgrade(f"sqlite:///{path}")
    return path


def _overwrite(path: Path) -> None:
    path.write_bytes(b"no database at all" * 1000)


def _cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _replace_by_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_overwrite, "The database is damaged. Stop the service"),
        (_cut, "The database is damaged"),
        (_replace_by_folder, "The database can't be written"),
    ],
)
@pytest.mark.parametrize("command", ["check", "tick", "serve"])
def test_unusable_database_is_explained_in_one_line(
    run: Run, file: Path, command: str, spoil: Callable[[Path], None], said: str
) -> None:
    spoil(file)
    status, told = run(command)
    assert status == 1
    assert said in told


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("how", ["truncated", "missing"])
def test_no_new_service_beside_old_keys(run: Run, tmp_path: Path, file: Path, command: str, how: str) -> None:
    keys = FileKeyStore(tmp_path / "data" / "keys")
    keys._create(KeyName(Purpose.ROUND, uuid4()))
    os.truncate(file, 0) if how == "truncated" else file.unlink()
    status, told = run(command)
    assert status == 2
    assert "this database is empty, but 1 keys of an older one are kept" in told


@pytest.mark.parametrize("command", ["check", "tick", "serve"])
def test_silent_server_is_explained_in_one_line(run: Run, command: str) -> None:
    status, told = run(command, DEBRIEF_DATABASE_URL=f"postgresql://debrief:hush@127.0.0.1:{free_port()}/debrief")
    assert (status, "hush" in told) == (1, False)
    assert "The database does not answer. See that it runs" in told


@pytest.mark.parametrize("command", ["check", "tick"])
def test_a_key_store_that_does_not_answer_is_named(run: Run, file: Path, command: str) -> None:
    status, told = run(command, DEBRIEF_KEYSTORE_URL=f"postgresql://debrief:hush@127.0.0.1:{free_port()}/keys")
    assert (status, "hush" in told) == (1, False)
    assert "DEBRIEF_KEYSTORE_URL leads to it" in told
    assert "DEBRIEF_DATABASE_URL" not in told


@pytest.mark.parametrize("command", COMMANDS)
def test_uncreatable_directory_is_explained_in_one_line(run: Run, tmp_path: Path, command: str) -> None:
    (tmp_path / "blocked").touch()
    over = {"DEBRIEF_DATA_DIR": f"{tmp_path}/blocked/data", "DEBRIEF_SECRET_KEY": "s", "DEBRIEF_OPERATOR_KEY": "o"}
    status, told = run(command, **over)
    assert status == 2
    assert f"{tmp_path}/blocked/data can't be used (Not a directory)" in told
    assert "chown -R 10001" in told


@pytest.mark.parametrize("command", ["check", "tick", "serve"])
def test_unusable_keys_are_explained_in_one_line(run: Run, tmp_path: Path, file: Path, command: str) -> None:
    (tmp_path / "data" / "keys").touch()
    status, told = run(command)
    assert status == 2
    assert "DEBRIEF_KEYSTORE_URL: " in told
    assert "can't be used" in told


def test_only_the_owner_can_read_written_files(run: Run, tmp_path: Path) -> None:
    os.umask(0o022)
    assert [run("migrate")[0], run("tick")[0]] == [0, 0]
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) & 0o077 for path in (tmp_path / "data").rglob("*")}
    assert "debrief.sqlite3" in modes
    assert set(modes.values()) == {0}


@pytest.mark.parametrize(("gap", "stopped"), [(2, False), (3, True), (450, True)])
def test_jump_of_days_stops_the_tick_until_confirmed(
    run: Run, tmp_path: Path, file: Path, gap: int, stopped: bool
) -> None:
    seen = datetime.now(UTC).date() - timedelta(days=gap)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("INSERT INTO ticks (day) VALUES (?)", (seen.isoformat(),))
        connection.commit()

    status, told = run("tick")

    assert status == int(stopped)
    assert (f"The last daily run was on {seen}" in told) is stopped
    assert ("debrief tick --confirm-date" in told) is stopped
    assert ("The last daily run was on" in run("check")[1]) is stopped
    assert run("tick --confirm-date")[0] == 0
    assert run("tick")[0] == run("check")[0] == 0


def test_tick_in_the_future_does_not_hide_a_jump_of_days(run: Run, file: Path) -> None:
    today = datetime.now(UTC).date()
    with closing(sqlite3.connect(file)) as connection:
        for seen in (today - timedelta(days=5), today + timedelta(days=100)):
            connection.execute("INSERT INTO ticks (day) VALUES (?)", (seen.isoformat(),))
        connection.commit()

    status, told = run("tick")

    assert (status, f"The last daily run was on {today - timedelta(days=5)}" in told) == (1, True)
    assert run("tick --confirm-date")[0] == run("tick")[0] == 0


def test_future_tick_reports_first_what_it_would_erase(run: Run, file: Path, tmp_path: Path) -> None:
    assert run("tick")[0] == 0
    asyncio.run(_raise(f"sqlite:///{file}", tmp_path))
    status, told = run("tick --at 2099-01-01")
    assert status == 2
    assert "--at: 1 requests or applications would be erased then. If so, add --yes." in told
    status, told = run("tick --at 2099-01-01 --yes")
    assert status == 0
    assert "1 requests erased" in told


async def _raise(url: str, tmp_path: Path) -> None:
    async with an_app(url, tmp_path, FixedClock(datetime.now(UTC))) as app:
        await raise_request(app.client)
