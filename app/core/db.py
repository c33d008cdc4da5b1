"""The two doors to the database: every use case is a synchronous function on a Session, run in one transaction.

`await db.read(fn, …)` and `await db.write(fn, …)` open a transaction, run `fn(session, …)`, commit *before* they return
and roll back when it raises. Nothing else in the application begins, commits or rolls back. Behind the doors:

* PostgreSQL: asyncpg; `fn` runs in a greenlet, so that plain functions can use it.
* SQLite: one writer thread, which gathers what waits into one commit (a savepoint each, so that a failing item does not
  take its neighbours along); reads run inline on a connection of their own, being short and indexed.
"""

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool
from sqlalchemy.util import greenlet_spawn

from app.core.errors import Unavailable
from app.core.postgres import PostgresEngine
from app.core.waiting import Outcome, Waiting, tell

P = ParamSpec("P")
T = TypeVar("T")

# How many waiting writes share one commit at the most: bounds how long the first of them waits for the last.
GROUP = 64


class Database(Protocol):
    """Where things are kept. `fn` gets a Session as its first argument and may flush, never commit.

    Each door raises `Unavailable` when the database can't be reached; nothing was stored then, or (a connection lost
    during the commit) the caller can't know, which is why every write of ours can be repeated.
    """

    async def read(self, fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn` on a consistent snapshot."""
        ...

    async def look(self, fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn`, which makes a single select: that needs no transaction, and saves two round trips."""
        ...

    async def write(self, fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn` and commit: what returned is stored for good."""
        ...

    async def forget(self) -> None:
        """Wipe what changed rows left behind where deleting does not reach (SQLite: the write-ahead log)."""
        ...

    async def close(self) -> None:
        """Let running work end and close all connections."""
        ...


def connect(url: str) -> Database:
    """Return the database at `url`: `sqlite:///…` or `postgresql://…`. Nothing is opened before it is used."""
    if make_url(url).get_backend_name() == "sqlite":
        return SqliteDatabase(url)
    return PostgresDatabase(url)


def _unavailable() -> Unavailable:
    return Unavailable("database_unavailable", "The database does not answer right now. Please try again in a moment.")


# Classes of SQLSTATE that say nothing against the statement: the connection, a deadlock, resources, an operator who
# restarts the server, the system (PostgreSQL's manual, appendix A). The driver has no class of errors for them.
_OUTAGES = ("08", "40", "53", "57", "58")


def _is_outage(error: BaseException) -> bool:
    if isinstance(error, DBAPIError) and (
        error.connection_invalidated or str(getattr(error.orig, "sqlstate", "")).startswith(_OUTAGES)
    ):
        return True
    return isinstance(error, OperationalError | InterfaceError | PoolTimeout | OSError)


def _run(connection: Connection, fn: Callable[[Session], T]) -> T:
    # "rollback_only": the Session joins the transaction of the door, and closing it ends nothing.
    with Session(bind=connection, join_transaction_mode="rollback_only", expire_on_commit=False) as session:
        result = fn(session)
        session.flush()
        return result


class PostgresDatabase:
    """PostgreSQL through asyncpg."""

    def __init__(self, url: str) -> None:
        self._connections = PostgresEngine(
            url,
            pool_size=8,
            max_overflow=0,
            pool_timeout=10,
            pool_recycle=1800,
            # A server that has gone silent must not keep a caller for ever.
            connect_args={"timeout": 5, "command_timeout": 30},
        )
        self._engine = self._connections.engine
        self._snapshot = self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._autocommit = self._engine.execution_options(isolation_level="AUTOCOMMIT")

    @property
    def is_pooled(self) -> bool | None:
        return self._connections.is_pooled

    async def read(self, fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._through(self._snapshot, lambda session: fn(session, *args, **kwargs))

    async def look(self, fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        way = self._autocommit if self.is_pooled is False else self._engine
        return await self._through(way, lambda session: fn(session, *args, **kwargs))

    async def write(self, fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._through(self._engine, lambda session: fn(session, *args, **kwargs))

    async def forget(self) -> None:
        """Do nothing: of a box, dead rows and the log hold ciphertext only, and its key is gone."""

    async def close(self) -> None:
        await self._engine.dispose()

    async def _through(self, engine: AsyncEngine, fn: Callable[[Session], T]) -> T:
        try:
            try:
                return await greenlet_spawn(_once, engine.sync_engine, fn)
            except DBAPIError as error:
                # A restart leaves dead connections in the pool, a failover such as refuse to write; SQLAlchemy has
                # dropped them all by now. What failed in the commit may be stored: `_once` raises a plain error then.
                if not error.connection_invalidated:
                    raise
                return await greenlet_spawn(_once, engine.sync_engine, fn)
        except Exception as error:
            if _is_outage(error):
                raise _unavailable() from error
            raise


def _once(engine: Engine, fn: Callable[[Session], T]) -> T:
    # All of it in one greenlet: AsyncConnection makes one for each of its steps, a tenth of what a form costs.
    with engine.connect() as connection:
        transaction = connection.begin()
        try:
            result = _run(connection, fn)
        except BaseException:
            # A failed flush has rolled back already.
            if transaction.is_active:
                transaction.rollback()
            raise
        try:
            transaction.commit()
        except DBAPIError as error:
            if error.connection_invalidated:
                raise _unavailable() from error
            raise
        return result


class SqliteDatabase:
    """SQLite: one file, one writer thread, one reading connection."""

    def __init__(self, url: str) -> None:
        # FULL: what was answered with 2xx survives the loss of power.
        self._writing = _sqlite_engine(url, "synchronous=FULL")
        self._reading = _sqlite_engine(url, "query_only=ON")
        self._reader: Connection | None = None
        self._waiting: queue.SimpleQueue[Waiting | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    async def read(self, fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self._inline(lambda session: fn(session, *args, **kwargs), snapshot=True)

    async def look(self, fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self._inline(lambda session: fn(session, *args, **kwargs), snapshot=False)

    async def write(self, fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, name="sqlite-writer", daemon=True)
            self._thread.start()
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        self._waiting.put(Waiting(lambda session: fn(session, *args, **kwargs), answer, loop))
        try:
            return await answer
        except Exception as error:
            if _is_outage(error):
                raise _unavailable() from error
            raise

    async def forget(self) -> None:
        try:
            await asyncio.to_thread(_truncate_log, self._writing)
        except sqlite3.OperationalError as error:
            raise _unavailable() from error

    async def close(self) -> None:
        if self._thread is not None:
            self._waiting.put(None)
            await asyncio.to_thread(self._thread.join)
            self._thread = None
        self._drop_reader()
        self._writing.dispose()
        self._reading.dispose()

    def _inline(self, fn: Callable[[Session], T], *, snapshot: bool) -> T:
        try:
            if self._reader is None:
                self._reader = self._reading.connect()
            with self._reader.begin():
                if snapshot:
                    self._reader.exec_driver_sql("BEGIN")
                return _run(self._reader, fn)
        except Exception as error:
            if _is_outage(error):
                self._drop_reader()
                raise _unavailable() from error
            raise

    def _drop_reader(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def _serve(self) -> None:
        connection: Connection | None = None
        going_on = True
        while going_on:
            first = self._waiting.get()
            if first is None:
                break
            outcomes: list[Outcome] = []
            current: Waiting | None = first
            try:
                connection = connection or self._writing.connect()
                with connection.begin():
                    connection.exec_driver_sql("BEGIN IMMEDIATE")
                    while current is not None:
                        outcomes.append(_attempt(connection, current))
                        current, going_on = self._next(len(outcomes))
            except BaseException as error:  # noqa: BLE001  # The commit failed, or the savepoint: nobody of this group was stored.
                members = [item for item, _, _ in outcomes]
                if current is not None and current not in members:
                    members.append(current)
                outcomes = [(item, None, error) for item in members]
                if connection is not None:
                    connection.invalidate()
                    connection.close()
                    connection = None
            tell(outcomes)
        if connection is not None:
            connection.close()

    def _next(self, taken: int) -> tuple[Waiting | None, bool]:
        """Return what else waits for this commit, and whether the thread goes on after it."""
        if taken >= GROUP:
            return None, True
        try:
            following = self._waiting.get_nowait()
        except queue.Empty:
            return None, True
        return following, following is not None


def _attempt(connection: Connection, item: Waiting) -> Outcome:
    savepoint = connection.begin_nested()
    try:
        result = _run(connection, item.fn)
    except Exception as error:  # noqa: BLE001  # It is the caller's, and gets there.
        # A failed flush has rolled back already.
        if savepoint.is_active:
            savepoint.rollback()
        return item, None, error
    savepoint.commit()
    return item, result, None


def _sqlite_engine(url: str, pragma: str) -> Engine:
    engine = create_engine(url, hide_parameters=True, poolclass=NullPool, connect_args={"check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _settings(connection: Any, _record: Any) -> None:
        # The driver's own transaction control starts too late (a deferred BEGIN ends in "database is locked"). So the
        # doors say BEGIN, or leave it out around a single select.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA busy_timeout=10000")
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA secure_delete=ON")
        # What a savepoint would restore is kept aside, in clear: never in a file below /var/tmp.
        cursor.execute("PRAGMA temp_store=MEMORY")
        cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    # SQLAlchemy would compile each of them anew: a tenth of what a submission costs.
    dialect: Any = engine.dialect
    dialect.do_savepoint = lambda connection, name: connection.exec_driver_sql(f"SAVEPOINT {name}")
    dialect.do_release_savepoint = lambda connection, name: connection.exec_driver_sql(f"RELEASE {name}")
    return engine


def _truncate_log(engine: Engine) -> None:
    # A reader of another process may hold the log for a moment: then the next call empties it.
    connection = engine.raw_connection()
    try:
        connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
    finally:
        connection.close()
