"""Share compiled SQL between the engines of a process: each test has engines of its own, for the same statements.

Compiling them again takes a third of the time of a short test.
"""

from typing import Any

from sqlalchemy import Engine
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache


def share_compiled_statements() -> None:
    """Give all engines for one kind of database the same cache. Its keys contain the dialect, which must be equal."""
    caches: dict[type, LRUCache[Any, Any]] = {
        kind: LRUCache(5000) for kind in (PGDialect_asyncpg, SQLiteDialect_pysqlite)
    }
    for kind in caches:
        setattr(kind, "__eq__", lambda one, other: type(one) is type(other))  # noqa: B010
        setattr(kind, "__hash__", lambda one: hash(type(one)))  # noqa: B010

    def cache_of(engine: Engine) -> LRUCache[Any, Any] | None:
        return caches.get(type(engine.dialect))

    def keep(engine: Engine, made: object) -> None:
        """Ignore the cache that an engine makes for itself."""

    setattr(Engine, "_compiled_cache", property(cache_of, keep))  # noqa: B010
