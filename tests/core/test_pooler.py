"""Behind pgbouncer in transaction mode everything works as without it."""

import asyncio
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core import migrations
from app.core.postgres import PostgresDatabase
from app.sealing.keystore import KeyName, Purpose
from app.sealing.sql_keystore import SqlKeyStore
from tests.faults.serving import debrief, serving, submissions
from tests.poolers import pooled
from tests.support.databases import execute, free_port, named


@pytest.fixture
def pooler_url(postgresql_url: str) -> Iterator[str]:
    """The same database as `postgresql_url`, behind a pooler."""
    with pooled(postgresql_url) as url:
        yield url


def _double(session: Session, number: int) -> int:
    # Two statements, each with a parameter: they have to meet the same session.
    once = session.scalar(text("SELECT CAST(:number AS integer)"), {"number": number})
    return int(session.scalar(text("SELECT 2 * CAST(:number AS integer)"), {"number": once}) or 0)


async def test_every_door_of_every_process_works(pooler_url: str) -> None:
    databases = [PostgresDatabase(pooler_url) for _ in range(3)]
    doors = [door for db in databases for door in (db.read, db.look, db.write)]

    found = await asyncio.gather(*(door(_double, number) for number in range(30) for door in doors))

    assert found == [2 * number for number in range(30) for _ in doors]
    assert [db.is_pooled for db in databases] == [True] * 3
    # A name would lie in a session for all who get it after us.
    left = await databases[0].read(lambda session: session.scalar(text("SELECT count(*) FROM pg_prepared_statements")))
    assert left == 0
    for db in databases:
        await db.close()


async def test_a_direct_connection_prepares_its_statements(postgresql_url: str) -> None:
    db = PostgresDatabase(postgresql_url)
    assert [await db.look(_double, number) for number in range(3)] == [0, 2, 4]
    assert db.is_pooled is False
    assert await db.look(lambda session: session.scalar(text("SELECT count(*) FROM pg_prepared_statements")))
    await db.close()


def test_migrations_run_through_it(pooler_url: str) -> None:
    migrations.downgrade(pooler_url, "base")
    migrations.upgrade(pooler_url)
    assert migrations.is_current(pooler_url)


@pytest.fixture
def pooled_keys_url(pooler_url: str, postgresql_url: str) -> Iterator[str]:
    """An empty database behind the same pooler: the place of a key store."""
    database = f"keys_{uuid4().hex}"
    execute(postgresql_url, f"CREATE DATABASE {database}")
    try:
        yield named(pooler_url, database)
    finally:
        execute(postgresql_url, f"DROP DATABASE {database} WITH (FORCE)")


async def test_keys_live_and_die_through_it(pooled_keys_url: str) -> None:
    hosts = [SqlKeyStore(pooled_keys_url) for _ in range(3)]
    names = [KeyName(Purpose.ROUND, uuid4()) for _ in range(6)]
    made = await asyncio.gather(*(host.create(name) for name in names for host in hosts))
    assert len(set(made)) == len(names)
    await asyncio.gather(*(hosts[0].destroy(name) for name in names[:3]))
    assert [await hosts[1].is_destroyed(name) for name in names] == [True] * 3 + [False] * 3
    for host in hosts:
        await host.close()


def test_two_processes_serve_and_check_says_so(pooler_url: str, tmp_path: Path) -> None:
    with serving(pooler_url, tmp_path / "one") as one:
        raised = one.client().raise_request(invitees=[{"role": "interviewer"}] * 6)
        secrets = {"DEBRIEF_DATA_DIR": str(one.data)}
        with serving(pooler_url, tmp_path / "two", **secrets) as two:
            clients = [one.client(), two.client()]
            sent = submissions(raised)
            assert [clients[at % 2].post(each.path, each.body).status for at, each in enumerate(sent)] == [201] * 6
            assert [clients[at % 2].post(each.path, each.body).status for at, each in enumerate(sent, 1)] == [200] * 6
            assert [client.send("GET", "/readyz").status for client in clients] == [200, 200]
        checked = subprocess.run(
            debrief("check"), cwd=tmp_path, env=one.environment, capture_output=True, text=True, timeout=60, check=False
        )
    assert "ok   A pooler stands before the database" in checked.stdout
    assert checked.stderr == ""


def test_the_demo_plays_on_an_empty_database_only(pooler_url: str, tmp_path: Path) -> None:
    demo = debrief("demo", "--exit", "--port", str(free_port()), "--database", pooler_url)
    environment = os.environ | {"TMPDIR": str(tmp_path)}

    def play() -> "subprocess.CompletedProcess[str]":
        return subprocess.run(demo, env=environment, capture_output=True, text=True, timeout=100, check=False)

    refused = play()
    assert refused.returncode == 2
    assert "holds something already" in refused.stderr

    migrations.downgrade(pooler_url, "base")
    execute(pooler_url, "DROP TABLE alembic_version")
    played = play()
    assert played.returncode == 0, played.stdout + played.stderr
    assert "Everything happened as told" in played.stdout
