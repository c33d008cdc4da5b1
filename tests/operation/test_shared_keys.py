"""Keys are never stored with the database that they open: such a configuration does not start."""

import asyncio
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.engine import make_url

from app.commands.check import diagnose
from app.core import migrations
from tests.faults.serving import debrief
from tests.operation.test_deviations import settings
from tests.operation.test_refusals import SOUND, run
from tests.support import databases

ROOT = Path(__file__).parents[2]
Run = Callable[..., tuple[int, str]]


@pytest.fixture(params=[("serve",), ("worker",), ("tick",), ("check",)], ids=lambda command: command[0])
def started(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Run:
    """Run a command with production settings until it ends; return its status and what it said.

    `serve` in a process of its own, as an operator would; the others in this one, which is sooner done.
    """

    def start(**environment: str) -> tuple[int, str]:
        if request.param != ("serve",):
            return run(monkeypatch, tmp_path, request.param, **environment), capsys.readouterr().err
        given = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "DEBRIEF_PORT": str(databases.free_port())}
        given |= SOUND | {"DEBRIEF_DATA_DIR": str(tmp_path / "data")} | environment
        ended = subprocess.run(
            debrief("serve"), cwd=tmp_path, env=given, capture_output=True, text=True, timeout=60, check=False
        )
        return ended.returncode, ended.stderr

    return start


@pytest.fixture
def another_role(postgresql_url: str) -> Iterator[str]:
    """The main database, entered by somebody who sees a schema of their own first, and the tables of none else."""
    name = f"keeper_{uuid4().hex}"
    databases.execute(
        postgresql_url,
        f"CREATE ROLE {name} LOGIN",
        f"CREATE SCHEMA {name} AUTHORIZATION {name}",
        f"ALTER ROLE {name} SET search_path = {name}",
    )
    yield make_url(postgresql_url).set(username=name).render_as_string(hide_password=False)
    databases.execute(postgresql_url, f"DROP SCHEMA {name} CASCADE", f"DROP ROLE {name}")


def _by_another_host(request: Any) -> str:
    return str(request.getfixturevalue("postgresql_url")).replace("127.0.0.1", "localhost")


def _by_another_role(request: Any) -> str:
    return str(request.getfixturevalue("another_role")).replace("127.0.0.1", "localhost")


@pytest.mark.parametrize("spelled", [_by_another_host, _by_another_role])
def test_the_main_database_is_no_key_store(
    request: pytest.FixtureRequest, postgresql_url: str, started: Run, spelled: Callable[[Any], str]
) -> None:
    status, told = started(DEBRIEF_DATABASE_URL=postgresql_url, DEBRIEF_KEYSTORE_URL=spelled(request))
    assert (status, "Traceback" in told) == (2, False), told
    assert "DEBRIEF_KEYSTORE_URL: is the main database" in told


@pytest.mark.parametrize("through_a_link", [False, True])
def test_no_database_in_the_directory_of_the_keys(tmp_path: Path, started: Run, through_a_link: bool) -> None:
    keys = tmp_path / "keys"
    (keys / "deeper").mkdir(parents=True)
    (tmp_path / "elsewhere").symlink_to(keys / "deeper")
    folder = tmp_path / "elsewhere" if through_a_link else keys
    url = f"sqlite:///{folder}/debrief.sqlite3"
    migrations.upgrade(url)
    status, told = started(DEBRIEF_DATABASE_URL=url, DEBRIEF_KEYSTORE_URL=f"file:{keys}")
    assert (status, "Traceback" in told) == (2, False), told
    assert "DEBRIEF_DATABASE_URL: lies in the directory of the keys" in told


async def test_keys_beside_the_database_are_fine(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o700)
    url = f"sqlite:///{tmp_path}/data/debrief.sqlite3"
    await asyncio.to_thread(migrations.upgrade, url)
    assert all(finding.good for finding in await diagnose(settings(tmp_path, url)))


async def test_a_second_database_of_one_server_is_bad(postgresql_url: str, keys_url: str, tmp_path: Path) -> None:
    found = await diagnose(settings(tmp_path, postgresql_url, keystore_url=keys_url))
    assert [finding.text.partition(":")[0] for finding in found if not finding.good] == [
        "The keys are on the server of the main database"
    ]
