"""Undo what a killed migration of an older version left in an SQLite file.

Today a migration is one transaction. Before, SQLite kept changes of tables that came before the first written row: the
next run then found its own tables and columns already there, and failed.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, text

from app.core.errors import ConfigurationError

# Alembic copies rows into a table of this name when it replaces a table.
_COPY = "_alembic_tmp_"
_TABLES = text("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")
_INDEXES = text("SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")


@dataclass(frozen=True)
class Objects:
    """The tables, columns and indexes of a schema, by name."""

    tables: frozenset[str]
    columns: frozenset[tuple[str, str]]
    indexes: frozenset[str]


def objects_of(connection: Connection) -> Objects:
    """Return the objects of the schema of an SQLite database."""
    tables = frozenset(connection.scalars(_TABLES))
    columns = frozenset(
        (table, name)
        for table in tables
        for name in connection.scalars(text("SELECT name FROM pragma_table_info(:table)"), {"table": table})
    )
    return Objects(tables, columns, frozenset(connection.scalars(_INDEXES)))


def undo_half_a_step(connection: Connection, before: Objects, after: Objects) -> bool:
    """Drop the objects that `after` has and `before` has not; tell whether there were any. No row is lost.

    Raises ConfigurationError if that does not lead back to `before`.
    """
    found = objects_of(connection)
    tables = {name for name in found.tables - before.tables if name in after.tables or name.startswith(_COPY)}
    columns = {one for one in found.columns - before.columns if one in after.columns and one[0] in before.tables}
    indexes = (found.indexes - before.indexes) & after.indexes
    missing = (before.tables - found.tables) | {f"{table}.{name}" for table, name in before.columns - found.columns}
    filled = {name for name in tables if connection.scalar(text(f'SELECT EXISTS (SELECT 1 FROM "{name}")'))}  # noqa: S608
    if missing or filled:
        listed = ", ".join(sorted(missing | filled))
        way_out = "Restore the backup that you made before the upgrade, then run `debrief migrate`."
        raise ConfigurationError([f"The database is half migrated; Debrief can't undo it: {listed}. {way_out}"])
    for name in indexes:
        connection.execute(text(f'DROP INDEX "{name}"'))
    for table, name in columns:
        connection.execute(text(f'ALTER TABLE "{table}" DROP COLUMN "{name}"'))
    for name in tables:
        connection.execute(text(f'DROP TABLE "{name}"'))
    return bool(tables or columns or indexes)
