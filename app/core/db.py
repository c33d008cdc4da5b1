"""The two doors to the database: every use case is a synchronous function on a Session, run in one transaction.

`await db.read(fn, …)` and `await db.write(fn, …)` open a transaction, run `fn(session, …)`, commit *before* they return
and roll back when `fn` raises. Nothing else in the application begins, commits or rolls back. Behind the doors:

* PostgreSQL (`app/core/postgres.py`): asyncpg. `fn` runs in a greenlet, so that it can be a plain function.
* SQLite (`app/core/sqlite.py`): one writer thread commits waiting writes as a group; reads run in the event loop.
"""

from collections.abc import Callable
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from app.core.postgres import PostgresDatabase
from app.core.sqlite import SqliteDatabase

P = ParamSpec("P")
T = TypeVar("T")


class Database(Protocol):
    """The doors. `fn` gets a Session as its first argument; it may flush, never commit.

    Each door raises `Unavailable` when the database cannot be reached. Then nothing was stored; or, if the connection
    broke during the commit, the caller cannot know. Therefore every write of ours can be repeated.
    """

    async def read(self, fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn` on a consistent snapshot."""
        ...

    async def look(self, fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn`, which makes a single select: it needs no transaction, which saves two round trips."""
        ...

    async def write(self, fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn` and commit: when this returns, the result is durable."""
        ...

    async def forget(self) -> None:
        """Wipe old versions of rows where deleting does not reach them (SQLite: the write-ahead log)."""
        ...

    async def close(self) -> None:
        """Let running work end, and close all connections."""
        ...


def connect(url: str) -> Database:
    """Return the database at `url`: `sqlite:///…` or `postgresql://…`. The first use opens a connection."""
    if make_url(url).get_backend_name() == "sqlite":
        return SqliteDatabase(url)
    return PostgresDatabase(url)
