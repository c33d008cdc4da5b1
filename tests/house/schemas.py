"""Read back from a database which tables, columns, indexes and sequences it has."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, inspect, text


@dataclass(frozen=True)
class Found:
    """One table, as the database describes it. `extras` are all things that could say who, when or in which order."""

    columns: dict[str, str]
    primary_key: tuple[str, ...]
    indexes: frozenset[tuple[str, ...]]
    extras: tuple[str, ...]


def describe(connection: Connection, table: str) -> Found:
    """Return what `table` is made of."""
    inspector = inspect(connection)
    columns = inspector.get_columns(table)
    return Found(
        {column["name"]: type(column["type"]).__name__ for column in columns},
        tuple(inspector.get_pk_constraint(table)["constrained_columns"]),
        frozenset(tuple(str(name) for name in index["column_names"]) for index in inspector.get_indexes(table)),
        (
            *(f"default of {column['name']}" for column in columns if column["default"] is not None),
            *(f"serial {column['name']}" for column in columns if column.get("identity") or column.get("computed")),
            *(f"foreign key {key['constrained_columns']}" for key in inspector.get_foreign_keys(table)),
            *(f"unique {key['column_names']}" for key in inspector.get_unique_constraints(table)),
            *(f"check {check['sqltext']}" for check in inspector.get_check_constraints(table)),
            *(f"trigger {name}" for name in _triggers(connection, table)),
        ),
    )


def checks(connection: Connection) -> dict[str, dict[str, str]]:
    """Return the CHECK constraints of all tables, which Alembic's comparison never sees."""
    inspector = inspect(connection)
    return {
        table: {str(check["name"]): check["sqltext"] for check in inspector.get_check_constraints(table)}
        for table in inspector.get_table_names()
        if table != "alembic_version"
    }


def sequences(connection: Connection) -> list[str]:
    """Return all sequences: a number that counts up tells the order in which rows were written."""
    if connection.dialect.name == "sqlite":
        return [row[0] for row in connection.execute(text("SELECT name FROM sqlite_master WHERE sql LIKE '%AUTOINC%'"))]
    return inspect(connection).get_sequence_names()


def has_rowid(connection: Connection, table: str) -> bool:
    """Tell whether SQLite numbers the rows of `table` in the order in which they were written."""
    made_by: Any = connection.execute(
        text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :table"), {"table": table}
    ).scalar_one()
    return "WITHOUT ROWID" not in made_by


def _triggers(connection: Connection, table: str) -> list[str]:
    if connection.dialect.name == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table"
    else:
        query = "SELECT tgname FROM pg_trigger WHERE tgrelid = CAST(:table AS regclass) AND NOT tgisinternal"
    return [str(row[0]) for row in connection.execute(text(query), {"table": table})]
