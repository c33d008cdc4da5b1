"""Explain storage faults to the operator in one line each: what is wrong with the database or a file, and the remedy.

Nothing here repeats a URL, a statement or a value.
"""

import sqlite3
from collections.abc import Iterator

from sqlalchemy.exc import DBAPIError

from app.core.errors import Unavailable

OWNERSHIP = "It must belong to the user that runs Debrief: chown -R debrief, or chown -R 10001 for the container image."
_DAMAGED = (
    "The database is damaged. Stop the service, keep the file, and restore a backup beside the present keys: "
    "docs/operating.md, Backups."
)
_CLOSED = (
    f"The database can't be written: its file, or the folder that holds it. {OWNERSHIP} Its disk must not be read-only."
)
_FULL = "The disk of the database is full or broken. Make room, or move the data to another disk."
_SQLITE = {
    sqlite3.SQLITE_PERM: _CLOSED,
    sqlite3.SQLITE_READONLY: _CLOSED,
    sqlite3.SQLITE_CANTOPEN: _CLOSED,
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_IOERR: _FULL,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_BUSY: "The database is locked by another process. End that process, or wait for it.",
}
_SILENT = "The database does not answer. See that it runs, and that DEBRIEF_DATABASE_URL leads to it."
_NO_KEYS = "The key store does not answer. See that its database runs, and that DEBRIEF_KEYSTORE_URL leads to it."
# SQLSTATE classes (PostgreSQL's manual, appendix A): a login that is refused, and a database that does not exist.
_REFUSED = ("28", "3D")


def explain(error: BaseException) -> str | None:
    """Return the line for an error that storage or the network causes; None for a bug of our own."""
    chain = list(_chain(error))
    if any(isinstance(one, Unavailable) and one.code == "keys_unavailable" for one in chain):
        return _NO_KEYS
    for one in chain:
        if isinstance(one, sqlite3.Error) and (line := _SQLITE.get(getattr(one, "sqlite_errorcode", 0) & 0xFF)):
            return line
        if str(getattr(one, "sqlstate", "") or "").startswith(_REFUSED):
            return "The database refuses us. See that DEBRIEF_DATABASE_URL names the right user, password and database."
    for one in chain:
        if isinstance(one, Unavailable) and one.code != "database_unavailable":
            return one.detail
    if any(isinstance(one, Unavailable | ConnectionError | TimeoutError) for one in chain):
        return _SILENT
    if isinstance(error, OSError):
        return f"{error.filename or 'A file'}: {error.strerror or type(error).__name__}. {OWNERSHIP}"
    return _SILENT if isinstance(error, DBAPIError) and error.connection_invalidated else None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        # The error of the driver is the cause of SQLAlchemy's.
        error = error.__cause__ or error.__context__
