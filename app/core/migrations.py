"""Schema migrations: one Alembic history for SQLite and PostgreSQL."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, event, inspect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import NullPool

from app.core.errors import ConfigurationError
from app.core.partial_migration import objects_of, undo_half_a_step
from app.core.postgres import PostgresEngine, refused_to_write

_HERE = Path(__file__).resolve()
# A wheel has the migrations inside the package, a checkout beside it. Inside comes first: among installed packages, a
# folder of that name beside ours belongs to another package.
_PLACES = (_HERE.parents[1] / "migrations", _HERE.parents[2] / "migrations")


def configuration() -> Config:
    """Return Alembic's configuration."""
    config = Config()
    config.set_main_option("script_location", str(next(place for place in _PLACES if (place / "env.py").exists())))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "%%(year)d_%%(month).2d_%%(day).2d_%%(slug)s")
    return config


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database at `url` up to `revision`, all or nothing. Callable with or without a running event loop."""
    try:
        _migrate(url, lambda config: command.upgrade(config, revision))
    except OperationalError:
        # The whole upgrade was rolled back. An earlier one that was killed may have left half a step behind.
        if make_url(url).get_backend_name() != "sqlite" or not connected(url, _repair, writing=True):
            raise
        _migrate(url, lambda config: command.upgrade(config, revision))
    except DBAPIError as error:
        if not refused_to_write(error):
            raise
        raise ConfigurationError(
            ["DEBRIEF_DATABASE_URL: names a standby, or a server that is set to read only; migrate the primary"]
        ) from None


def downgrade(url: str, revision: str) -> None:
    """Bring the database at `url` back to `revision`."""
    _migrate(url, lambda config: command.downgrade(config, revision))


def is_current(url: str) -> bool:
    """Tell whether the database at `url` has the newest schema."""
    heads = set(ScriptDirectory.from_config(configuration()).get_heads())
    return bool(
        connected(url, lambda connection: set(MigrationContext.configure(connection).get_current_heads()) == heads)
    )


def is_empty(url: str) -> bool:
    """Tell whether the database at `url` has no tables."""
    return not connected(url, lambda connection: inspect(connection).get_table_names())


def connected(url: str, fn: Callable[[Connection], Any], *, writing: bool = False) -> Any:
    """Run `fn` in one transaction, on its own connection to the database at `url`.

    `writing` locks an SQLite file at once: a second process that migrates waits, then finds nothing to do.
    """
    if make_url(url).get_backend_name() == "sqlite":
        engine = create_engine(url, poolclass=NullPool, hide_parameters=True)

        @event.listens_for(engine, "connect")
        def _settings(connection: Any, _record: Any) -> None:
            # The driver leaves changes of tables out of its transactions: a killed migration would leave some behind.
            connection.isolation_level = None
            # Off, since SQLite alters a table by replacing it: dropping the old one would delete the rows that refer to
            # it. env.py checks all foreign keys afterwards.
            connection.execute("PRAGMA foreign_keys=OFF")
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA secure_delete=ON")
            connection.execute("PRAGMA temp_store=MEMORY")

        with engine.begin() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
            return fn(connection)
    return _in_own_loop(url, fn)


def _migrate(url: str, act: Callable[[Config], None]) -> None:
    config = configuration()

    def run(connection: Connection) -> None:
        config.attributes["connection"] = connection
        act(config)

    connected(url, run, writing=True)


def _repair(connection: Connection) -> bool:
    """Bring an SQLite database back to its recorded version; tell whether that changed anything."""
    version = MigrationContext.configure(connection).get_current_revision()
    config = configuration()
    with create_engine("sqlite://").begin() as reference:
        config.attributes["connection"] = reference
        if version is not None:
            command.upgrade(config, version)
        before = objects_of(reference)
        command.upgrade(config, "+1")
        return undo_half_a_step(connection, before, objects_of(reference))


def _in_own_loop(url: str, fn: Callable[[Connection], Any]) -> Any:
    """Run `fn` through asyncpg in an event loop of its own, on a thread: the caller may be inside another loop."""
    outcome: list[Any] = []
    failure: list[BaseException] = []

    async def run() -> None:
        engine = PostgresEngine(url, poolclass=NullPool).engine
        async with engine.begin() as connection:
            outcome.append(await connection.run_sync(fn))
        await engine.dispose()

    def work() -> None:
        try:
            asyncio.run(run())
        except BaseException as error:  # noqa: BLE001  # The caller raises it after the join.
            failure.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    if failure:
        raise failure[0]
    return outcome[0]
