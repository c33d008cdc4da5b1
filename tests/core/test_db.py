"""The doors: commit before returning, roll back on errors, and Unavailable while the database is away."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from app.core.db import Database, connect
from app.core.errors import Unavailable
from app.core.sqlite import SqliteDatabase
from tests.support.databases import execute, free_port


async def with_table(url: str) -> Database:
    db = connect(url)

    def create(session: Session) -> None:
        session.execute(text("CREATE TABLE things (id INTEGER PRIMARY KEY)"))
        # Checked at commit only: the one way to make a commit itself fail.
        session.execute(text("CREATE TABLE parts (thing INTEGER REFERENCES things (id) DEFERRABLE INITIALLY DEFERRED)"))

    await db.write(create)
    return db


def add(session: Session, number: int) -> int:
    session.execute(text("INSERT INTO things VALUES (:number)"), {"number": number})
    return number


def add_orphan(session: Session) -> str:
    session.execute(text("INSERT INTO parts VALUES (999)"))
    return "looks fine until the commit"


def things(session: Session) -> list[int]:
    return list(session.scalars(text("SELECT id FROM things ORDER BY id")))


async def test_write_is_committed_before_it_returns(database_url: str) -> None:
    db = await with_table(database_url)

    assert await db.write(add, 1) == 1

    other = connect(database_url)
    assert await other.read(things) == [1]
    assert await other.look(things) == [1]
    await other.close()
    await db.close()


async def test_write_that_raises_is_rolled_back(database_url: str) -> None:
    db = await with_table(database_url)

    def add_and_fail(session: Session) -> None:
        add(session, 1)
        raise LookupError("after all, no")

    with pytest.raises(LookupError, match="after all, no"):
        await db.write(add_and_fail)
    assert await db.read(things) == []
    await db.close()


async def test_a_commit_that_fails_raises_and_stores_nothing(database_url: str) -> None:
    db = await with_table(database_url)

    def add_both(session: Session) -> str:
        add(session, 1)
        return add_orphan(session)

    with pytest.raises(IntegrityError):
        await db.write(add_both)
    assert await db.read(things) == []
    # And the door still works.
    assert await db.write(add, 2) == 2
    assert await db.read(things) == [2]
    await db.close()


async def test_failed_write_does_not_fail_others_of_its_group(database_url: str) -> None:
    db = await with_table(database_url)

    def write(number: int) -> Any:
        def act(session: Session) -> int:
            add(session, number)
            if number % 3 == 0:
                raise LookupError
            if number % 5 == 0:
                add(session, number)  # A duplicate: the database refuses.
            return number

        return db.write(act)

    outcomes = await asyncio.gather(*(write(number) for number in range(40)), return_exceptions=True)

    good = [number for number in range(40) if number % 3 and number % 5]
    assert [outcome for outcome in outcomes if isinstance(outcome, int)] == good
    assert await db.read(things) == good
    await db.close()


async def test_concurrent_writers_lose_no_update(database_url: str) -> None:
    db = await with_table(database_url)
    await db.write(add, 0)

    def count_up(session: Session) -> int:
        # Read, then write: without a lock or a queue two of them would read the same.
        lock = "" if session.get_bind().dialect.name == "sqlite" else " FOR UPDATE"
        number = session.scalars(text(f"SELECT id FROM things{lock}")).one()
        session.execute(text("UPDATE things SET id = :next"), {"next": number + 1})
        return int(number)

    seen = await asyncio.gather(*(db.write(count_up) for _ in range(30)))

    assert sorted(seen) == list(range(30))
    await db.close()


async def test_reading_cannot_write(database_url: str) -> None:
    db = await with_table(database_url)

    with pytest.raises((DBAPIError, Unavailable)):
        await db.read(add, 1)
    assert await db.read(things) == []
    await db.close()


async def test_reader_sees_a_snapshot(database_url: str) -> None:
    db, other = await with_table(database_url), connect(database_url)
    await db.write(add, 1)
    loop = asyncio.get_running_loop()

    def look_twice(session: Session) -> tuple[list[int], list[int]]:
        before = things(session)
        if isinstance(other, SqliteDatabase):
            asyncio.run_coroutine_threadsafe(other.write(add, 2), writing).result(10)
        return before, things(session)

    if not isinstance(other, SqliteDatabase):
        await db.close()
        await other.close()
        pytest.skip("the reading function can't wait for another writer here; REPEATABLE READ is the server's")
    writing = asyncio.new_event_loop()
    thread = loop.run_in_executor(None, writing.run_forever)
    assert await db.read(look_twice) == ([1], [1])
    assert await db.read(things) == [1, 2]
    asyncio.run_coroutine_threadsafe(other.close(), writing).result(10)
    writing.call_soon_threadsafe(writing.stop)
    await thread
    writing.close()
    await db.close()


async def test_cancelled_caller_does_not_disturb_others(database_url: str) -> None:
    db = await with_table(database_url)
    leaving = asyncio.create_task(db.write(add, 1))
    await asyncio.sleep(0)
    leaving.cancel()

    assert await db.write(add, 2) == 2
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert 2 in await db.read(things)
    await db.close()


async def test_sqlite_is_durable_and_wipes_deleted_rows(sqlite_url: str) -> None:
    db = connect(sqlite_url)
    assert isinstance(db, SqliteDatabase)

    def settings(session: Session) -> dict[str, Any]:
        names = ("journal_mode", "synchronous", "secure_delete", "foreign_keys")
        return {name: session.execute(text(f"PRAGMA {name}")).scalar_one() for name in names}

    assert await db.write(settings) == {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1, "foreign_keys": 1}
    await db.close()


async def test_sqlite_writes_no_temporary_files(sqlite_url: str) -> None:
    """A savepoint keeps what it would restore; as a file that lies, unnamed, in the system's temporary directory."""
    db = connect(sqlite_url)

    def fill(session: Session) -> None:
        session.execute(text("CREATE TABLE words (word TEXT)"))
        for _ in range(3):
            session.execute(text("INSERT INTO words VALUES (:word)"), {"word": "canary" * 200_000})

    def wipe(session: Session) -> tuple[list[str], int]:
        session.execute(text("UPDATE words SET word = 'gone'"))
        session.execute(text("DELETE FROM words"))
        return _open_temporary_files(), session.execute(text("PRAGMA temp_store")).scalar_one()

    def look(session: Session) -> int:
        return int(session.execute(text("PRAGMA temp_store")).scalar_one())

    await db.write(fill)
    assert await db.write(wipe) == ([], 2)
    assert await db.read(look) == 2
    await db.close()


def _open_temporary_files() -> list[str]:
    found = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):
            found.append(str(descriptor.readlink()))
    return [path for path in found if "etilqs_" in path]


async def test_forget_truncates_the_log_of_sqlite(sqlite_url: str) -> None:
    db = await with_table(sqlite_url)
    await db.write(add, 1)
    log = Path(sqlite_url.removeprefix("sqlite:///") + "-wal")
    assert log.stat().st_size > 0

    await db.read(things)
    await db.forget()

    assert log.stat().st_size == 0
    assert await db.read(things) == [1]
    await db.close()


async def test_postgresql_recovers_from_cut_connections(postgresql_url: str) -> None:
    db = await with_table(postgresql_url)
    await asyncio.gather(*(db.read(things) for _ in range(5)))

    for round_ in range(3):
        await asyncio.to_thread(_cut_connections, postgresql_url)
        assert await db.write(add, round_) == round_
        assert await db.read(things) == list(range(round_ + 1))
        assert await db.look(things) == list(range(round_ + 1))
    await db.close()


async def test_connection_cut_during_a_write_stores_nothing_twice(postgresql_url: str) -> None:
    db = await with_table(postgresql_url)
    tries = []

    def act(session: Session) -> int:
        tries.append(1)
        add(session, 1)
        if len(tries) == 1:
            session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        return add(session, 2)

    assert await db.write(act) == 2
    assert len(tries) == 2
    assert await db.read(things) == [1, 2]
    await db.close()


async def test_connection_cut_twice_raises_unavailable(postgresql_url: str) -> None:
    db = await with_table(postgresql_url)

    def act(session: Session) -> None:
        add(session, 1)
        session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    with pytest.raises(Unavailable, match="database_unavailable"):
        await db.write(act)
    assert await db.read(things) == []
    await db.close()


@pytest.mark.parametrize("door", ["read", "look", "write"])
async def test_stopped_server_raises_unavailable(door: str) -> None:
    db = connect(f"postgresql://debrief@127.0.0.1:{free_port()}/debrief")

    with pytest.raises(Unavailable, match="database_unavailable"):
        await getattr(db, door)(things)
    await db.close()


@pytest.mark.parametrize("door", ["read", "look", "write"])
async def test_unopenable_file_raises_unavailable(door: str, tmp_path: Path) -> None:
    db = connect(f"sqlite:///{tmp_path / 'nowhere' / 'at-all.sqlite3'}")

    with pytest.raises(Unavailable, match="database_unavailable"):
        await getattr(db, door)(things)
    await db.close()


async def test_database_is_used_again_when_it_is_back(tmp_path: Path) -> None:
    folder = tmp_path / "later"
    db = connect(f"sqlite:///{folder / 'debrief.sqlite3'}")
    with pytest.raises(Unavailable):
        await db.write(things)
    folder.mkdir()

    await db.write(lambda session: session.execute(text("CREATE TABLE things (id INTEGER PRIMARY KEY)")) and None)
    assert await db.write(add, 1) == 1
    await db.close()


def _cut_connections(url: str) -> None:
    others = "datname = current_database() AND pid <> pg_backend_pid()"
    execute(url, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")
