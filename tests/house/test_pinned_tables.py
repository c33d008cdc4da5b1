"""The tables of sealed records and answers are pinned: a time, a serial or a key would link people to answers."""

import pytest
from sqlalchemy import Connection, DateTime, MetaData, text

from app.core import migrations
from app.tables import metadata
from tests.house.schemas import Found, describe, has_rowid, sequences

# The types by which each database keeps an id, a ciphertext and a text.
ID = {"sqlite": "CHAR", "postgresql": "UUID"}
BYTES = {"sqlite": "BLOB", "postgresql": "BYTEA"}
TEXT = {"sqlite": "VARCHAR", "postgresql": "VARCHAR"}
NOTHING: frozenset[tuple[str, ...]] = frozenset()

PINNED = {
    "boxes": (("round_id",), {"round_id": ID, "ct": BYTES}, NOTHING),
    "manager_boxes": (("request_id",), {"request_id": ID, "ct": BYTES}, NOTHING),
    "link_copies": (("owner",), {"owner": ID, "ct": BYTES}, NOTHING),
    "dialogue_boxes": (("round_id",), {"round_id": ID, "ct": BYTES}, NOTHING),
    "mailboxes": (("tag",), {"tag": BYTES, "answer_id": ID}, NOTHING),
    "effects": (
        ("concern_id", "by"),
        {"concern_id": ID, "by": TEXT, "round_id": ID, "body": TEXT},
        frozenset({("round_id",)}),
    ),
    "answers": (("id",), {"id": ID, "round_id": ID, "body": TEXT}, frozenset({("round_id",)})),
}

PLANTED = [
    "ALTER TABLE {table} ADD COLUMN created_at TIMESTAMP",
    "ALTER TABLE {table} ADD COLUMN number INTEGER",
    "CREATE INDEX by_content ON {table} ({column})",
    "CREATE UNIQUE INDEX once ON {table} ({column})",
]
PLANTED_POSTGRESQL = [
    "ALTER TABLE {table} ADD COLUMN number SERIAL",
    "ALTER TABLE {table} ADD COLUMN number INTEGER GENERATED ALWAYS AS IDENTITY",
    "ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT NULL::text::{type}",
    "ALTER TABLE {table} ADD CHECK ({column} IS NOT NULL)",
    "ALTER TABLE {table} ADD FOREIGN KEY ({id}) REFERENCES rounds (id)",
    "CREATE TRIGGER told AFTER INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
]
PLANTED_SQLITE = ["CREATE TRIGGER told AFTER INSERT ON {table} BEGIN DELETE FROM ticks; END"]


def pinned(table: str, dialect: str) -> Found:
    """Return what `table` has to be."""
    primary_key, columns, indexes = PINNED[table]
    return Found({name: kind[dialect] for name, kind in columns.items()}, primary_key, indexes, ())


def _describe(connection: Connection, table: str) -> tuple[str, Found]:
    return connection.dialect.name, describe(connection, table)


def _plant(connection: Connection, table: str, breach: str) -> Found:
    _, columns, _ = PINNED[table]
    name = list(columns)[-1]
    an_id = next(column for column, kind in columns.items() if kind is ID)
    kind = columns[name]["postgresql"]
    connection.execute(text(breach.format(table=table, column=name, type=kind, id=an_id)))
    return describe(connection, table)


@pytest.mark.parametrize("table", PINNED)
def test_the_table_is_exactly_this(database_url: str, table: str) -> None:
    dialect, found = migrations.connected(database_url, lambda connection: _describe(connection, table))
    assert found == pinned(table, dialect)


def test_no_table_counts_its_rows(database_url: str) -> None:
    assert migrations.connected(database_url, sequences) == []


def test_answers_have_no_row_numbers(sqlite_url: str) -> None:
    assert not migrations.connected(sqlite_url, lambda connection: has_rowid(connection, "answers"))
    # The test can fail: other tables have them.
    assert migrations.connected(sqlite_url, lambda connection: has_rowid(connection, "rounds"))


def clocks(tables: MetaData) -> list[str]:
    """Return the columns finer than a day. The hour of a row would tell when somebody acted."""
    return [
        f"{table.name}.{column.name}"
        for table in tables.tables.values()
        for column in table.columns
        if isinstance(column.type, DateTime)
    ]


def test_no_pinned_table_has_a_clock() -> None:
    assert not [column for column in clocks(metadata) if column.partition(".")[0] in PINNED]


@pytest.mark.parametrize("breach", PLANTED)
@pytest.mark.parametrize("table", PINNED)
def test_a_breach_is_caught(database_url: str, table: str, breach: str) -> None:
    found = migrations.connected(database_url, lambda connection: _plant(connection, table, breach))
    assert found not in (pinned(table, "sqlite"), pinned(table, "postgresql"))


@pytest.mark.parametrize("breach", PLANTED_POSTGRESQL)
@pytest.mark.parametrize("table", PINNED)
def test_a_breach_on_postgresql_is_caught(postgresql_url: str, table: str, breach: str) -> None:
    found = migrations.connected(postgresql_url, lambda connection: _plant(connection, table, breach))
    assert found != pinned(table, "postgresql")


@pytest.mark.parametrize("breach", PLANTED_SQLITE)
@pytest.mark.parametrize("table", PINNED)
def test_a_breach_on_sqlite_is_caught(sqlite_url: str, table: str, breach: str) -> None:
    found = migrations.connected(sqlite_url, lambda connection: _plant(connection, table, breach))
    assert found != pinned(table, "sqlite")


def test_a_sequence_is_caught(postgresql_url: str) -> None:
    def plant(connection: Connection) -> list[str]:
        connection.execute(text("CREATE SEQUENCE counting"))
        return sequences(connection)

    assert migrations.connected(postgresql_url, plant) == ["counting"]
