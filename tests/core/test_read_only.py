"""Failover: sessions on the demoted server refuse to write, which is an outage until there is a new primary."""

import asyncio
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.core import migrations
from app.core.errors import ConfigurationError, Unavailable
from app.core.health import ask_database
from app.core.postgres import PostgresDatabase
from app.sealing.keystore import KeyName, Purpose
from app.sealing.sql_keystore import SqlKeyStore
from tests.faults.serving import debrief, serving, submissions
from tests.support.databases import execute, named


def _read_only(url: str, state: str) -> None:
    """Let new sessions be as those on a standby are; those that there are stay as they were."""
    # Through another database, whose sessions may write.
    execute(
        named(url, "postgres"), f'ALTER DATABASE "{make_url(url).database}" SET default_transaction_read_only = {state}'
    )


@contextmanager
def _demoted(url: str) -> Iterator[None]:
    _read_only(url, "on")
    try:
        yield
    finally:
        _read_only(url, "off")


def _write(session: Session) -> str:
    session.execute(text("CREATE TABLE written (id integer)"))
    return "written"


async def _fill(db: PostgresDatabase) -> None:
    """Open several connections: each of these reads needs one for itself."""
    await asyncio.gather(*(db.read(_hold) for _ in range(4)))


def _hold(session: Session) -> None:
    session.execute(text("SELECT pg_sleep(0.2)"))


@pytest.mark.parametrize("act", ["write", "ready"])
async def test_every_session_on_the_demoted_server_is_discarded(postgresql_url: str, act: str) -> None:
    db = PostgresDatabase(postgresql_url)
    await asyncio.to_thread(_read_only, postgresql_url, "on")
    await _fill(db)
    # The primary is back; the pool still holds sessions of before.
    await asyncio.to_thread(_read_only, postgresql_url, "off")

    if act == "ready":
        await db.look(ask_database)
    assert await db.write(_write) == "written"
    # None of them is left: neither of these is a second try.
    states = [await db.look(_state) for _ in range(8)]
    assert states == ["off"] * 8
    await db.close()


def _state(session: Session) -> str:
    return str(session.scalar(text("SHOW default_transaction_read_only")))


async def test_demoted_server_without_successor_is_an_outage(postgresql_url: str) -> None:
    db = PostgresDatabase(postgresql_url)
    await asyncio.to_thread(_read_only, postgresql_url, "on")
    looks: list[Callable[[], Awaitable[object]]] = [lambda: db.write(_write), lambda: db.look(ask_database)]
    for look in looks:
        with pytest.raises(Unavailable, match="database_unavailable"):
            await look()
    # What reads goes on, and writing where only reading was meant stays a mistake of ours.
    assert await db.read(_state) == "on"
    with pytest.raises(DBAPIError, match="read-only"):
        await db.read(_write)
    await db.close()


async def test_key_store_on_a_demoted_server_is_unavailable(postgresql_url: str, empty_url: str) -> None:
    store, name = SqlKeyStore(empty_url), KeyName(Purpose.ROUND, uuid4())
    key = await store.create(name)
    await asyncio.to_thread(_read_only, empty_url, "on")
    await store.close()
    for change in (store.create, store.destroy, store.discard):
        with pytest.raises(Unavailable, match="keys_unavailable"):
            await change(name)
    assert await store.find(name) == key
    await asyncio.to_thread(_read_only, empty_url, "off")
    await store.destroy(name)
    assert await store.is_destroyed(name)
    await store.close()


@pytest.fixture
def empty_url(postgresql_url: str) -> Iterator[str]:
    """An empty database on the same server."""
    database = f"keys_{uuid4().hex}"
    execute(postgresql_url, f"CREATE DATABASE {database}")
    try:
        yield named(postgresql_url, database)
    finally:
        execute(named(postgresql_url, "postgres"), f"DROP DATABASE {database} WITH (FORCE)")


def test_service_answers_503_and_recovers(postgresql_url: str, tmp_path: Path) -> None:
    with serving(postgresql_url, tmp_path / "served") as server:
        client = server.client()
        sent = submissions(client.raise_request(invitees=[{"role": "interviewer"}] * 3))
        with _demoted(postgresql_url):
            execute(named(postgresql_url, "postgres"), _cut(postgresql_url))
            replies = [client.post(one.path, one.body) for one in sent]
            replies.append(client.send("GET", "/readyz"))
            assert [(reply.status, reply.json["code"]) for reply in replies] == [(503, "database_unavailable")] * 4
            assert client.send("GET", "/livez").status == 200
            checked = subprocess.run(
                debrief("check"), env=server.environment, cwd=tmp_path, capture_output=True, text=True, check=False
            )
            assert checked.returncode == 1
            assert "BAD  The database takes no writes: it is a standby" in checked.stdout
            assert checked.stderr == ""
        assert [client.post(one.path, one.body).status for one in sent] == [201] * 3
        assert client.send("GET", "/readyz").status == 200


def _cut(url: str) -> str:
    return f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{make_url(url).database}'"


def test_a_migration_of_a_standby_is_refused_in_one_line(postgresql_url: str) -> None:
    migrations.downgrade(postgresql_url, "-1")
    with _demoted(postgresql_url), pytest.raises(ConfigurationError, match="names a standby"):
        migrations.upgrade(postgresql_url)
    migrations.upgrade(postgresql_url)
    assert migrations.is_current(postgresql_url)
