"""INSERT … ON CONFLICT for the database of a session: SQLite and PostgreSQL spell it alike, in two dialects."""

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session


def insert_into(session: Session, table: type[Any]) -> sqlite.Insert | postgresql.Insert:
    """Return an INSERT that can be continued with `on_conflict_do_nothing` or `on_conflict_do_update`.

    On PostgreSQL an insert waits for another one of the same key that is not committed yet.
    """
    if session.get_bind().dialect.name == "sqlite":
        return sqlite.insert(table)
    return postgresql.insert(table)
