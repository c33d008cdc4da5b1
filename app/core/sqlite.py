"""SQLite behind the doors: one writer thread with group commit, and one reading connection in the event loop.

The writer thread commits the writes that wait at a moment together. Each has a savepoint of its own, so that one that
fails does not fail the others.
"""

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from app.core.transactions import is_outage, run, unavailable

P = ParamSpec("P")
T = TypeVar("T")

# At most this many writes share a commit. It bounds how long the first of them waits for the last.
GROUP = 64


@dataclass(slots=True)
class _Write:
    """A write that waits for the writer thread, and the future that gets its result."""

    fn: Callable[[Session], Any]
    answer: "asyncio.Future[Any]"
    loop: asyncio.AbstractEventLoop


# A write, and its result or its error.
_Outcome = tuple[_Write, Any, BaseException | None]


class SqliteDatabase:
    """One SQLite file, one writer thread, one reading connection."""

    def __init__(self, url: str) -> None:
        # FULL: a write that got a 2xx response survives a power failure.
        self._writing = _sqlite_engine(url, "synchronous=FULL")
        self._reading = _sqlite_engine(url, "query_only=ON")
        self._reader: Connection | None = None
        self._queue: queue.SimpleQueue[_Write | None] = queue.SimpleQueue()
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
        self._queue.put(_Write(lambda session: fn(session, *args, **kwargs), answer, loop))
        try:
            return await answer
        except Exception as error:
            if is_outage(error):
                raise unavailable() from error
            raise

    async def forget(self) -> None:
        try:
            await asyncio.to_thread(_truncate_log, self._writing)
        except sqlite3.OperationalError as error:
            raise unavailable() from error

    async def close(self) -> None:
        if self._thread is not None:
            self._queue.put(None)
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
                return run(self._reader, fn)
        except Exception as error:
            if is_outage(error):
                self._drop_reader()
                raise unavailable() from error
            raise

    def _drop_reader(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def _serve(self) -> None:
        connection: Connection | None = None
        going_on = True
        while going_on:
            first = self._queue.get()
            if first is None:
                break
            outcomes: list[_Outcome] = []
            current: _Write | None = first
            try:
                connection = connection or self._writing.connect()
                with connection.begin():
                    connection.exec_driver_sql("BEGIN IMMEDIATE")
                    while current is not None:
                        outcomes.append(_attempt(connection, current))
                        current, going_on = self._next(len(outcomes))
            except BaseException as error:  # noqa: BLE001  # The commit or a savepoint failed: nothing of this group was stored.
                members = [item for item, _, _ in outcomes]
                if current is not None and current not in members:
                    members.append(current)
                outcomes = [(item, None, error) for item in members]
                if connection is not None:
                    connection.invalidate()
                    connection.close()
                    connection = None
            _deliver(outcomes)
        if connection is not None:
            connection.close()

    def _next(self, taken: int) -> tuple[_Write | None, bool]:
        """Return the next write that shares this commit, if one waits, and whether the thread goes on after it."""
        if taken >= GROUP:
            return None, True
        try:
            following = self._queue.get_nowait()
        except queue.Empty:
            return None, True
        return following, following is not None


def _deliver(outcomes: list[_Outcome]) -> None:
    """Hand each caller its result, waking each event loop once. Runs in the writer thread."""
    by_loop: dict[asyncio.AbstractEventLoop, list[_Outcome]] = {}
    for outcome in outcomes:
        by_loop.setdefault(outcome[0].loop, []).append(outcome)
    for loop, group in by_loop.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_answer, group)


def _answer(outcomes: list[_Outcome]) -> None:
    for item, result, error in outcomes:
        if item.answer.done():  # The caller has gone; the write stays stored.
            continue
        if error is None:
            item.answer.set_result(result)
        else:
            item.answer.set_exception(error)


def _attempt(connection: Connection, item: _Write) -> _Outcome:
    savepoint = connection.begin_nested()
    try:
        result = run(connection, item.fn)
    except Exception as error:  # noqa: BLE001  # The caller gets it.
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
        # The driver would begin a deferred transaction, which ends in "database is locked". So the doors say BEGIN
        # themselves, or leave it out around a single select.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA busy_timeout=10000")
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA secure_delete=ON")
        # SQLite writes the data that a savepoint may restore in clear. Keep it in memory, not in a file below /var/tmp.
        cursor.execute("PRAGMA temp_store=MEMORY")
        cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    # SQLAlchemy would compile each of these statements again: a tenth of the cost of a submission.
    dialect: Any = engine.dialect
    dialect.do_savepoint = lambda connection, name: connection.exec_driver_sql(f"SAVEPOINT {name}")
    dialect.do_release_savepoint = lambda connection, name: connection.exec_driver_sql(f"RELEASE {name}")
    return engine


def _truncate_log(engine: Engine) -> None:
    # While a reader of another process holds the log, this does nothing; the next call empties it.
    connection = engine.raw_connection()
    try:
        connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
    finally:
        connection.close()
