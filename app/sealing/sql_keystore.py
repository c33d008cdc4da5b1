"""The key store for several hosts: a second PostgreSQL database, which has no other tables and no backups.

A deleted row leaves its bytes in the file of the table. So destroying a key also rewrites that small table, in the same
transaction. `VACUUM FULL` is not enough: it keeps deleted rows while any transaction runs on the server, in any
database. Archives of the write-ahead log, replicas and snapshots have to be off; `debrief check` checks that.

SQLite is refused: on one machine a directory is better, since a single file can be overwritten in place and deleted. A
second SQLite file could not be shared by several hosts either.
"""

import asyncio
from collections.abc import Callable
from typing import TypeVar

import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.core import randomness
from app.core.errors import Unavailable
from app.core.postgres import PostgresDatabase
from app.sealing.envelope import KEY_BYTES, label_key
from app.sealing.keystore import KeyName, checked, parsed

T = TypeVar("T")

log = structlog.get_logger(__name__)

# No date and no serial: neither table tells when or in which order keys were created or destroyed.
_TABLES = (
    "CREATE TABLE IF NOT EXISTS keys (name text PRIMARY KEY, key bytea NOT NULL)",
    "CREATE TABLE IF NOT EXISTS destroyed (name text PRIMARY KEY)",
)
_ARE_THERE = text("SELECT to_regclass('keys') IS NOT NULL AND to_regclass('destroyed') IS NOT NULL")
# In any schema: with a search path of our own, a lookup by name would miss them.
_IS_MAIN = text("SELECT EXISTS (SELECT 1 FROM pg_class WHERE relname IN ('boxes', 'alembic_version'))")
# Two hosts that start together on an empty database create its tables one after the other.
_ALONE = text("SELECT pg_advisory_xact_lock(4919131317)")

# Transactions that create keys run side by side. One that destroys a key runs alone, and takes the full lock first.
_LOCK_TO_CREATE = text("LOCK TABLE keys IN ROW EXCLUSIVE MODE")
_LOCK_TO_DESTROY = text("LOCK TABLE keys IN ACCESS EXCLUSIVE MODE")
# While we wait for a lock, all others wait behind us. An operator's forgotten transaction must not block them.
_PATIENCE = text("SET LOCAL lock_timeout = '5s'")
_LOCK_NOT_AVAILABLE = "55P03"
_CREATE = text("INSERT INTO keys (name, key) VALUES (:name, :key) ON CONFLICT DO NOTHING")
_FIND = text("SELECT key FROM keys WHERE name = :name")
_DELETE = text("DELETE FROM keys WHERE name = :name")
# Changing the type of a column by an expression, even to the same type, copies the remaining rows to a new file.
_REWRITE = text("ALTER TABLE keys ALTER COLUMN key TYPE bytea USING key || ''::bytea")
_NOTE = text("INSERT INTO destroyed (name) VALUES (:name) ON CONFLICT DO NOTHING")
_IS_DESTROYED = text("SELECT EXISTS (SELECT 1 FROM destroyed WHERE name = :name)")
_NAMES = text("SELECT name FROM keys")


class SharesMainDatabase(Exception):
    """The database also holds the sealed records. Its backups would keep destroyed keys."""


def _unavailable() -> Unavailable:
    return Unavailable("keys_unavailable", "The key store does not answer right now. Please try again in a moment.")


class SqlKeyStore:
    """Two tables in a database of their own, created at first use. Call `close` to close its connections."""

    def __init__(self, url: str) -> None:
        self._db = PostgresDatabase(url, _unavailable)
        self._ready = False
        self._preparing = asyncio.Lock()

    async def create(self, name: KeyName) -> bytes:
        await self.prepare()
        return checked(name, await self._db.write(_create, str(name)))

    async def find(self, name: KeyName) -> bytes | None:
        await self.prepare()
        stored = await self._db.look(_find, str(name))
        return None if stored is None else checked(name, stored)

    async def destroy(self, name: KeyName) -> None:
        await self.prepare()
        await self._alone(_destroy, name)

    async def discard(self, name: KeyName) -> None:
        await self.prepare()
        await self._alone(_discard, name)

    async def is_destroyed(self, name: KeyName) -> bool:
        await self.prepare()
        return await self._db.look(_is_destroyed, str(name))

    async def names(self) -> list[KeyName]:
        await self.prepare()
        return list(parsed(await self._db.look(_names)))

    async def prepare(self) -> None:
        """Create the tables if they do not exist. Raises SharesMainDatabase, Unavailable."""
        if self._ready:
            return
        async with self._preparing:
            if not self._ready:
                await self._db.write(_prepare)
                self._ready = True

    async def inspect(self, fn: Callable[[Session], list[T]]) -> list[T]:
        """Run `fn` on the database of the keys, and return its findings about the server."""
        await self.prepare()
        return await self._db.read(fn)

    async def close(self) -> None:
        """Close all connections."""
        await self._db.close()

    async def _alone(self, fn: Callable[[Session, str], None], name: KeyName) -> None:
        try:
            await self._db.write(fn, str(name))
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
                raise
            # The key is unchanged. The caller tries again, for example at the next tick.
            log.error("keys_are_locked")  # noqa: TRY400  # The exception adds nothing.
            raise Unavailable("keys_are_locked", "The key store is busy. Please try again in a moment.") from error


def _prepare(session: Session) -> None:
    if session.scalar(_IS_MAIN):
        raise SharesMainDatabase
    if session.scalar(_ARE_THERE):
        return
    session.execute(_ALONE)
    for statement in _TABLES:
        session.execute(text(statement))


def _create(session: Session, name: str) -> bytes:
    session.execute(_LOCK_TO_CREATE)
    if session.scalar(_IS_DESTROYED, {"name": name}):
        raise ValueError("this key was destroyed")
    # Of two that create it, the second waits for the first to commit, inserts no row, and reads the same key.
    session.execute(_CREATE, {"name": name, "key": label_key(name, randomness.token_bytes(KEY_BYTES))})
    return bytes(session.execute(_FIND, {"name": name}).scalar_one())


def _find(session: Session, name: str) -> bytes | None:
    key = session.scalar(_FIND, {"name": name})
    return None if key is None else bytes(key)


def _destroy(session: Session, name: str) -> None:
    session.execute(_PATIENCE)
    session.execute(_LOCK_TO_DESTROY)
    session.execute(_NOTE, {"name": name})
    session.execute(_DELETE, {"name": name})
    session.execute(_REWRITE)


def _discard(session: Session, name: str) -> None:
    session.execute(_PATIENCE)
    session.execute(_LOCK_TO_DESTROY)
    session.execute(_DELETE, {"name": name})
    session.execute(_REWRITE)


def _is_destroyed(session: Session, name: str) -> bool:
    return bool(session.scalar(_IS_DESTROYED, {"name": name}))


def _names(session: Session) -> list[str]:
    return list(session.scalars(_NAMES))
