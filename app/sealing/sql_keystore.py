"""The key store for several hosts: a second PostgreSQL database, which holds nothing else and is left out of backups.

Deleting a row leaves its bytes in the table's file, so that destroying a key rewrites that small table in the same
transaction. `VACUUM FULL` would not do: it keeps deleted rows as long as any transaction runs on the server, in
whatever database. What keeps copies besides (an archive of the write-ahead log, replicas, snapshots) has to be off:
`debrief check` looks.

SQLite is refused: on one machine a directory does better, since a file can be overwritten in place and deleted alone,
and a second database file would be shared by hosts as little as that.
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

# No date, no serial, nothing but names: neither table tells when or in which order.
_TABLES = (
    "CREATE TABLE IF NOT EXISTS keys (name text PRIMARY KEY, key bytea NOT NULL)",
    "CREATE TABLE IF NOT EXISTS destroyed (name text PRIMARY KEY)",
)
_ARE_THERE = text("SELECT to_regclass('keys') IS NOT NULL AND to_regclass('destroyed') IS NOT NULL")
# In whatever schema: a search path of our own would hide them from a mere look at a name.
_IS_MAIN = text("SELECT EXISTS (SELECT 1 FROM pg_class WHERE relname IN ('boxes', 'alembic_version'))")
# Two hosts that start together on an empty database make its tables one after the other.
_ALONE = text("SELECT pg_advisory_xact_lock(4919131317)")

# Creators go side by side; who destroys goes alone, and takes its lock first, at its full strength.
_LOCK_TO_CREATE = text("LOCK TABLE keys IN ROW EXCLUSIVE MODE")
_LOCK_TO_DESTROY = text("LOCK TABLE keys IN ACCESS EXCLUSIVE MODE")
# An operator's forgotten transaction must not make everybody wait behind us.
_PATIENCE = text("SET LOCAL lock_timeout = '5s'")
_LOCK_NOT_AVAILABLE = "55P03"
_CREATE = text("INSERT INTO keys (name, key) VALUES (:name, :key) ON CONFLICT DO NOTHING")
_FIND = text("SELECT key FROM keys WHERE name = :name")
_DELETE = text("DELETE FROM keys WHERE name = :name")
# Changing a column's type by an expression, be it to the same, copies the rows that are left into a new file.
_REWRITE = text("ALTER TABLE keys ALTER COLUMN key TYPE bytea USING key || ''::bytea")
_NOTE = text("INSERT INTO destroyed (name) VALUES (:name) ON CONFLICT DO NOTHING")
_IS_DESTROYED = text("SELECT EXISTS (SELECT 1 FROM destroyed WHERE name = :name)")
_NAMES = text("SELECT name FROM keys")


class SharesMainDatabase(Exception):
    """The database of the keys also holds what they open: a backup of it would keep keys that must die."""


class SqlKeyStore:
    """Two tables in a database of their own, made at first use. `close` it, since it holds connections."""

    def __init__(self, url: str) -> None:
        self._db = PostgresDatabase(url)
        self._ready = False
        self._preparing = asyncio.Lock()

    async def create(self, name: KeyName) -> bytes:
        await self.prepare()
        return checked(name, await self._db.write(_create, str(name)))

    async def find(self, name: KeyName) -> bytes | None:
        await self.prepare()
        kept = await self._db.look(_find, str(name))
        return None if kept is None else checked(name, kept)

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
        """Make the tables if they are not there. Raises SharesMainDatabase, and Unavailable."""
        if self._ready:
            return
        async with self._preparing:
            if not self._ready:
                await self._db.write(_prepare)
                self._ready = True

    async def inspect(self, fn: Callable[[Session], list[T]]) -> list[T]:
        """Return what `fn` finds about the server that holds the keys."""
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
            # Nothing happened: whoever wanted the key destroyed does it again, at the next tick for example.
            log.error("keys_are_locked")  # noqa: TRY400  # What was raised says no more.
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
    # Who makes it second waits for the first to commit, inserts nothing, and then reads the same.
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
