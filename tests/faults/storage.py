"""What a thief of the storage sees: every row with its system columns, every byte of every file."""

import os
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy import inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from app.context import Context
from app.core.db import connect
from app.rounds.box_store import find_box
from app.sealing.keystore import KeyName, Purpose, find_key
from app.tables import metadata

Dump = dict[str, list[tuple[Any, ...]]]


def sqlite_path(url: str) -> Path | None:
    """Return the file of a SQLite database, or None for PostgreSQL."""
    parsed = make_url(url)
    return Path(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None


async def dump(url: str, *, locks: bool = True) -> Dump:
    """Return all rows of all tables, in the order in which they lie there, with what the database adds by itself.

    Without `locks`, but for the mark that PostgreSQL leaves in a row that was locked for a change that did not come.
    """
    db = connect(url)
    try:
        return await db.read(_all_rows, locks)
    finally:
        await db.close()


def _all_rows(session: Session, locks: bool) -> Dump:
    connection = session.connection()
    sqlite = connection.dialect.name == "sqlite"
    tables = sorted(inspect(connection).get_table_names())
    # Were one missing, a comparison of dumps would compare nothing.
    assert set(metadata.tables) <= set(tables)
    found: Dump = {}
    for table in tables:
        hidden = "" if sqlite else "ctid::text, xmin::text, xmax::text, " if locks else "ctid::text, xmin::text, "
        if sqlite and table not in _without_rowid(connection):
            hidden = "rowid, "
        rows = connection.execute(text(f'SELECT {hidden}* FROM "{table}"')).all()
        found[table] = [tuple(row) for row in rows]
    return found


def _without_rowid(connection: Any) -> set[str]:
    rows = connection.execute(text("SELECT name FROM pragma_table_list WHERE wr = 1"))
    return set(rows.scalars())


def as_bytes(dumped: Dump) -> bytes:
    """Return a dump as bytes to search: texts and binary values raw."""
    return b"\n".join(
        value if isinstance(value, bytes) else str(value).encode()
        for rows in dumped.values()
        for row in rows
        for value in row
    )


def sqlite_files(path: Path) -> dict[str, bytes]:
    """Return the bytes of a SQLite database: the file, its log, its index of the log."""
    return {one.name: one.read_bytes() for one in sorted(path.parent.glob(f"{path.name}*"))}


def files_below(*folders: Path) -> dict[str, bytes]:
    """Return the bytes of every file below `folders`."""
    found: dict[str, bytes] = {}
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            try:
                if path.is_file():
                    found[str(path)] = path.read_bytes()
            except FileNotFoundError:  # PostgreSQL drops and renames files as it likes.
                continue
    return found


@dataclass(frozen=True)
class PostgresFiles:
    """The files of one database on a server of this machine: its tables, and the two logs of the server."""

    url: str
    folder: Path
    first_segment: str

    async def read(self) -> dict[str, bytes]:
        """Return the bytes of what has been written since `begin`."""
        connection = await asyncpg.connect(self.url)
        try:
            await connection.execute("CHECKPOINT")
            # Objects of ours have ids from 16384 on (FirstNormalObjectId); the rest is the server's own catalogue.
            ours = "SELECT pg_relation_filepath(oid) FROM pg_class WHERE oid >= 16384 AND relfilenode <> 0"
            tables = [self.folder / row[0] for row in await connection.fetch(ours)]
        finally:
            await connection.close()
        log = [
            path for path in (self.folder / "pg_wal").iterdir() if path.name >= self.first_segment and path.is_file()
        ]
        # Where these tests start the server, it logs beside its data.
        return {str(path): path.read_bytes() for path in (*tables, *log, self.folder.parent / "log") if path.exists()}


async def postgresql_files(url: str) -> PostgresFiles | None:
    """Begin to watch the files of PostgreSQL, if it runs on this machine and lets us read them."""
    connection = await asyncpg.connect(url)
    try:
        folder = Path(await connection.fetchval("SHOW data_directory"))
        segment = await connection.fetchval("SELECT pg_walfile_name(pg_current_wal_lsn())")
    finally:
        await connection.close()
    return PostgresFiles(url, folder, segment) if os.access(folder / "PG_VERSION", os.R_OK) else None


def empty_log(path: Path) -> None:
    """Move everything from SQLite's log into its file, and cut the log."""
    connection = sqlite3.connect(path)
    try:
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        connection.close()
    assert busy == 0


async def ballots_of(ctx: Context, round_ids: Iterable[Any]) -> list[bytes]:
    """Open the boxes of open rounds with their keys, and return everything that was sealed in them."""
    found: list[bytes] = []
    for round_id in round_ids:
        key = await find_key(ctx.keys, KeyName(Purpose.ROUND, round_id))
        opened = await ctx.db.read(find_box, key, lock=False)
        assert opened is not None
        found += [ballot.body for ballot in opened.box.ballots]
    return found
