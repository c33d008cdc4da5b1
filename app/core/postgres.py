"""Connections to PostgreSQL, directly or through a pooler such as pgbouncer, and what a read-only server means.

A pooler in transaction mode gives each transaction another session of the server. Nothing of ours outlives one then: no
prepared statement has a name, and no statement runs outside a transaction. Both cost about a quarter of the throughput,
so that a direct connection does without. No setting tells the two apart, since a forgotten one would be found out by
users: the server names its process in its greeting, and a pooler can't, since it has not chosen one yet.
"""

from typing import Any

from sqlalchemy import event, text
from sqlalchemy.engine import ExceptionContext, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.orm import Session

# A standby, or a server that an operator has set to `default_transaction_read_only` (PostgreSQL's manual, appendix A).
_READ_ONLY = "25006"
_PROTOCOL = "08"
# What no transaction of ours changes, unlike `transaction_read_only`.
_TAKES_NONE = "pg_is_in_recovery() OR current_setting('default_transaction_read_only') = 'on'"
# The server itself says it as it would at the next write, so that both lead to the same: connections are discarded.
TAKES_WRITES = text(
    f"DO $$ BEGIN IF {_TAKES_NONE} THEN RAISE SQLSTATE '{_READ_ONLY}' USING MESSAGE = 'read only'; END IF; END $$"
)
_IS_READ_ONLY = text(f"SELECT {_TAKES_NONE}")
# A statement without a name is the server's last one: nothing stays behind in a session that others use.
_UNNAMED = {"statement_cache_size": 0, "prepared_statement_cache_size": 0, "prepared_statement_name_func": str}


class PostgresEngine:
    """An engine, and whether a pooler stands between: None until the first connection."""

    def __init__(self, url: str, **options: Any) -> None:
        self.is_pooled: bool | None = None
        self.engine: AsyncEngine = create_async_engine(
            make_url(url).set(drivername="postgresql+asyncpg"), hide_parameters=True, **options
        )
        event.listen(self.engine.sync_engine, "do_connect", self._connect)
        event.listen(self.engine.sync_engine, "handle_error", _discard)

    def _connect(self, dialect: Any, _record: Any, arguments: list[Any], options: dict[str, Any]) -> None:
        if self.is_pooled is None:
            first = dialect.connect(*arguments, **options | _UNNAMED)
            try:
                self.is_pooled = _process_of(first) != first.driver_connection.get_server_pid()
            finally:
                first.close()
        if self.is_pooled:
            options.update(_UNNAMED)


def is_read_only(session: Session) -> bool:
    """Tell whether this is a server that takes no writes."""
    return session.get_bind().dialect.name == "postgresql" and bool(session.scalar(_IS_READ_ONLY))


def refused_to_write(error: BaseException) -> bool:
    """Tell whether that is why something failed."""
    return isinstance(error, DBAPIError) and _sqlstate(error.orig) == _READ_ONLY


def _process_of(connection: Any) -> int:
    cursor = connection.cursor()
    cursor.execute("SELECT pg_backend_pid()")
    (process,) = cursor.fetchone()
    return int(process)


def _discard(context: ExceptionContext) -> None:
    """Take a server that refuses to write for one that is gone: after a failover, another has its place.

    Then SQLAlchemy discards all connections of the pool, not only this one.
    """
    # In a transaction that we made read-only ourselves, writing is a mistake of ours.
    ours = context.connection is not None and context.connection.get_execution_options().get("postgresql_readonly")
    sqlstate = _sqlstate(context.original_exception)
    if (sqlstate == _READ_ONLY and not ours) or sqlstate.startswith(_PROTOCOL):
        context.is_disconnect = True


def _sqlstate(error: BaseException | None) -> str:
    return str(getattr(error, "sqlstate", None) or "")
