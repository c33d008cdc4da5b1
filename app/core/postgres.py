"""PostgreSQL behind the doors, directly or through a pooler such as pgbouncer, and how a read-only server is detected.

A pooler in transaction mode gives each transaction another session of the server. Behind one, nothing outlives a
transaction: prepared statements are unnamed, and no statement runs outside a transaction. Both cost about a quarter of
the throughput, so a direct connection does without. A pooler is detected, not configured: users would find a forgotten
setting first. A server names its process in its greeting; a pooler cannot, since it has not chosen a session yet.
"""

from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Engine, event, text
from sqlalchemy.engine import ExceptionContext, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.orm import Session
from sqlalchemy.util import greenlet_spawn

from app.core.errors import Unavailable
from app.core.transactions import is_outage, run, unavailable

P = ParamSpec("P")
T = TypeVar("T")

# A standby, or a server that an operator has set to `default_transaction_read_only` (PostgreSQL's manual, appendix A).
_READ_ONLY = "25006"
_PROTOCOL = "08"
# Our own transactions do not change these, unlike `transaction_read_only`.
_TAKES_NONE = "pg_is_in_recovery() OR current_setting('default_transaction_read_only') = 'on'"
# Fails like a write would, so that both have the same effect: the pool discards its connections.
TAKES_WRITES = text(
    f"DO $$ BEGIN IF {_TAKES_NONE} THEN RAISE SQLSTATE '{_READ_ONLY}' USING MESSAGE = 'read only'; END IF; END $$"
)
_IS_READ_ONLY = text(f"SELECT {_TAKES_NONE}")
# An unnamed statement leaves nothing behind in a session that others use, too.
_UNNAMED = {"statement_cache_size": 0, "prepared_statement_cache_size": 0, "prepared_statement_name_func": str}


class PostgresEngine:
    """An engine that detects a pooler. `is_pooled` is None until the first connection."""

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


class PostgresDatabase:
    """A PostgreSQL database, through asyncpg. `outage` makes the error that the doors raise when it does not answer."""

    def __init__(self, url: str, outage: Callable[[], Unavailable] = unavailable) -> None:
        self._outage = outage
        self._connections = PostgresEngine(
            url,
            pool_size=8,
            max_overflow=0,
            pool_timeout=10,
            pool_recycle=1800,
            # A silent server must not keep a caller for ever.
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
        """Do nothing: dead rows and the log hold only ciphertext of a box, whose key is destroyed."""

    async def close(self) -> None:
        await self._engine.dispose()

    async def _through(self, engine: AsyncEngine, fn: Callable[[Session], T]) -> T:
        try:
            try:
                return await greenlet_spawn(_once, engine.sync_engine, fn, self._outage)
            except DBAPIError as error:
                # A restart leaves dead connections in the pool, a failover leaves read-only ones. SQLAlchemy has
                # dropped them all, so a second try gets a new one. A failed commit may have been stored: for that,
                # `_once` raises another error.
                if not error.connection_invalidated:
                    raise
                return await greenlet_spawn(_once, engine.sync_engine, fn, self._outage)
        except Exception as error:
            if is_outage(error):
                raise self._outage() from error
            raise


def is_read_only(session: Session) -> bool:
    """Tell whether this is a server that takes no writes."""
    return session.get_bind().dialect.name == "postgresql" and bool(session.scalar(_IS_READ_ONLY))


def refused_to_write(error: BaseException) -> bool:
    """Tell whether a statement failed because the server takes no writes."""
    return isinstance(error, DBAPIError) and _sqlstate(error.orig) == _READ_ONLY


def _process_of(connection: Any) -> int:
    cursor = connection.cursor()
    cursor.execute("SELECT pg_backend_pid()")
    (process,) = cursor.fetchone()
    return int(process)


def _discard(context: ExceptionContext) -> None:
    """Treat a server that refuses writes as gone: after a failover, another server has its place.

    SQLAlchemy then discards all connections of the pool.
    """
    # In a transaction that we made read-only ourselves, a write is our own bug.
    ours = context.connection is not None and context.connection.get_execution_options().get("postgresql_readonly")
    sqlstate = _sqlstate(context.original_exception)
    if (sqlstate == _READ_ONLY and not ours) or sqlstate.startswith(_PROTOCOL):
        context.is_disconnect = True


def _sqlstate(error: BaseException | None) -> str:
    return str(getattr(error, "sqlstate", None) or "")


def _once(engine: Engine, fn: Callable[[Session], T], outage: Callable[[], Unavailable]) -> T:
    # One greenlet for all steps: AsyncConnection makes one for each, a tenth of the cost of showing a form.
    with engine.connect() as connection:
        transaction = connection.begin()
        try:
            result = run(connection, fn)
        except BaseException:
            # A failed flush has already rolled back.
            if transaction.is_active:
                transaction.rollback()
            raise
        try:
            transaction.commit()
        except DBAPIError as error:
            if error.connection_invalidated:
                raise outage() from error
            raise
        return result
