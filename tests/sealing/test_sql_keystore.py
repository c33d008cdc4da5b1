"""Further guarantees of the database key store: no trace in its file, and a database of its own."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import structlog

from app.core.errors import Unavailable
from app.sealing.keystore import KeyName, Purpose
from app.sealing.sql_keystore import SharesMainDatabase, SqlKeyStore


@pytest.fixture
async def store(keys_url: str) -> AsyncIterator[SqlKeyStore]:
    opened = SqlKeyStore(keys_url)
    yield opened
    await opened.close()


@pytest.fixture
async def operator(keys_url: str) -> AsyncIterator[Any]:
    """A connection of somebody who may read the server's files."""
    connection = await asyncpg.connect(keys_url)
    yield connection
    await connection.close()


@pytest.fixture
async def elsewhere(postgresql_url: str) -> AsyncIterator[Any]:
    """A connection to another database of the same server."""
    connection = await asyncpg.connect(postgresql_url)
    yield connection
    await connection.close()


def a_name() -> KeyName:
    return KeyName(Purpose.ROUND, uuid4())


async def in_the_files(operator: Any, key: bytes) -> bool:
    """Tell whether the files of the table and its index, as they are on disk, hold the bytes of a key."""
    await operator.execute("CHECKPOINT")
    files = await operator.fetch("SELECT pg_relation_filepath(name::regclass) AS path FROM unnest($1::text[]) AS name",
                                 ["keys", "keys_pkey", "destroyed"])  # fmt: skip
    contents = [await operator.fetchval("SELECT pg_read_binary_file($1)", row["path"]) for row in files]
    return any(key in content for content in contents)


async def test_the_bytes_of_a_destroyed_key_are_in_no_page(store: SqlKeyStore, operator: Any) -> None:
    names = [a_name() for _ in range(20)]
    keys = [await store.create(name) for name in names]
    assert all([await in_the_files(operator, key) for key in keys])
    old = await operator.fetchval("SELECT pg_relation_filepath('keys')")

    await store.destroy(names[7])

    assert not await in_the_files(operator, keys[7])
    assert all([await in_the_files(operator, key) for key in keys[:7] + keys[8:]])
    # The old file is gone, or empty until the next checkpoint has removed it.
    assert not await operator.fetchval("SELECT pg_read_binary_file($1, 0, 1000000, true)", old)


async def test_deleting_alone_leaves_them_there(store: SqlKeyStore, operator: Any) -> None:
    name = a_name()
    key = await store.create(name)
    await operator.execute("DELETE FROM keys")
    assert await in_the_files(operator, key)


async def test_many_destroyed_at_once_are_in_no_page(store: SqlKeyStore, operator: Any) -> None:
    names = [a_name() for _ in range(16)]
    keys = await asyncio.gather(*(store.create(name) for name in names))
    await asyncio.gather(*(store.destroy(name) for name in names), *(store.create(a_name()) for _ in range(16)))
    assert not any([await in_the_files(operator, key) for key in keys])
    assert len(await store.names()) == 16


async def test_other_transactions_on_the_server_keep_no_destroyed_key(
    store: SqlKeyStore, operator: Any, elsewhere: Any
) -> None:
    # For `VACUUM FULL` this is reason enough to keep a deleted row.
    busy = elsewhere.transaction(isolation="repeatable_read")
    await busy.start()
    await elsewhere.execute("CREATE TABLE something (number int)")
    name = a_name()
    key = await store.create(name)
    await store.destroy(name)
    assert not await in_the_files(operator, key)
    await busy.rollback()


async def test_a_discarded_key_is_in_no_page(store: SqlKeyStore, operator: Any) -> None:
    name = a_name()
    key = await store.create(name)
    await store.discard(name)
    assert not await in_the_files(operator, key)


async def test_a_forgotten_transaction_is_waited_for_and_then_said(
    store: SqlKeyStore, operator: Any, log: structlog.testing.LogCapture
) -> None:
    name = a_name()
    key = await store.create(name)
    forgotten = operator.transaction()
    await forgotten.start()
    await operator.fetch("SELECT name FROM keys")

    with pytest.raises(Unavailable):
        await store.destroy(name)

    # Half of it would be worse than none: a key that is noted as destroyed, and can still be read from the disk.
    assert [line["event"] for line in log.entries] == ["keys_are_locked"]
    assert (await store.find(name), await store.is_destroyed(name)) == (key, False)
    await forgotten.rollback()
    await store.destroy(name)
    assert not await in_the_files(operator, key)


async def test_nothing_in_the_tables_tells_when(store: SqlKeyStore, operator: Any) -> None:
    await store.names()
    columns = await operator.fetch(
        "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public'"
    )
    assert {tuple(column) for column in columns} == {
        ("keys", "name", "text"),
        ("keys", "key", "bytea"),
        ("destroyed", "name", "text"),
    }


async def test_hosts_that_start_together_make_one_pair_of_tables(keys_url: str) -> None:
    hosts = [SqlKeyStore(keys_url) for _ in range(6)]
    name = a_name()
    keys = await asyncio.gather(*(host.create(name) for host in hosts))
    assert len(set(keys)) == 1
    for host in hosts:
        await host.close()


async def test_the_main_database_is_refused_by_whatever_name(postgresql_url: str) -> None:
    store = SqlKeyStore(postgresql_url)
    with pytest.raises(SharesMainDatabase):
        await store.create(a_name())
    await store.close()


async def test_living_keys_are_found_while_others_are_destroyed(keys_url: str, store: SqlKeyStore) -> None:
    reader = SqlKeyStore(keys_url)
    name = a_name()
    key = await store.create(name)
    dying = [a_name() for _ in range(20)]
    for one in dying:
        await store.create(one)
    found = set()

    async def look() -> None:
        for _ in range(60):
            found.add(await reader.find(name))
            found.add(await reader.create(name))

    await asyncio.gather(*(look() for _ in range(6)), *(store.destroy(one) for one in dying))

    # A reader that saw the table before it was rewritten would find it empty.
    assert found == {key}
    await reader.close()
