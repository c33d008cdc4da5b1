"""What a thief of the storage, or whoever runs it, has after each step: every row, every byte, every line.

Kept as versions: a row is noted at the step at which it appears, and at the step at which it is gone.
"""

import hashlib
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from tests.faults.storage import PostgresFiles, sqlite_files

# Longer values are ciphertexts, or hold one: their bytes are looked at in the files.
LARGE = 2048
_PAGE = 4096


class Ciphertext(NamedTuple):
    """A large value, of which a row keeps the length, and whether it changed."""

    length: int
    digest: bytes


@dataclass(slots=True)
class Version:
    """A row from the step at which it appeared to the last at which it was there; positions count within its table."""

    values: tuple[Any, ...]
    first_step: int
    first_position: int
    last_step: int
    last_position: int

    @property
    def length(self) -> int:
        """Return how much space the row takes, roughly."""
        return sum(_length(value) for value in self.values)


@dataclass
class Table:
    """All versions of all rows; `columns` names the values, those that the database adds by itself first."""

    columns: tuple[str, ...]
    # A log: what was written stays.
    kept: bool = False
    versions: list[Version] = field(default_factory=list)
    alive: dict[tuple[Any, ...], Version] = field(default_factory=dict)

    def see(self, step: int, rows: Iterable[tuple[Any, ...]]) -> None:
        """Note what is in the table now."""
        alive: dict[tuple[Any, ...], Version] = {}
        for position, row in enumerate(rows):
            version = self.alive.get(row) or alive.get(row)
            if version is None:
                version = Version(row, step, position, step, position)
                self.versions.append(version)
            version.last_step, version.last_position = step, position
            alive[row] = version
        self.alive = alive

    def append(self, step: int, rows: Iterable[tuple[Any, ...]]) -> None:
        """Note further lines of a log, which stay."""
        for row in rows:
            position = len(self.versions)
            self.versions.append(Version(row, step, position, step, position))


@dataclass
class Pages:
    """The bytes of a file that were written at a step: where they begin, and what they are."""

    step: int
    file: str
    offset: int
    content: bytes


@dataclass
class History:
    """Everything that was captured: tables of the database, logs as tables, pages of files; steps in their order."""

    tables: dict[str, Table] = field(default_factory=dict)
    pages: list[Pages] = field(default_factory=list)
    step: int = 0
    # The ciphertexts themselves, for whoever finds a key later.
    raw: dict[bytes, bytes] = field(default_factory=dict)
    _parts: dict[tuple[str, str], Table] = field(default_factory=dict)
    _known: dict[str, list[bytes]] = field(default_factory=dict)

    def see_rows(self, dumped: Mapping[str, tuple[tuple[str, ...], list[tuple[Any, ...]]]]) -> None:
        """Note a dump of the database."""
        for name, (columns, rows) in dumped.items():
            self.tables.setdefault(name, Table(columns)).see(self.step, [self._plain(row) for row in rows])
        for name, table in self.tables.items():
            if name not in dumped and "." not in name:
                table.see(self.step, [])

    def add_lines(self, name: str, columns: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
        """Note further lines of a log."""
        self.tables.setdefault(name, Table(columns, kept=True)).append(self.step, rows)

    def see_part(self, name: str, columns: tuple[str, ...], rows: Iterable[tuple[Any, ...]], *, owner: str) -> None:
        """Note that part of a table which belongs to `owner`, in the order in which it lies there."""
        table = self.tables.setdefault(name, Table(columns))
        self._parts.setdefault((name, owner), Table(columns, versions=table.versions)).see(self.step, rows)

    def rows_since(self, name: str, column: str, step: int) -> set[Any]:
        """Return the values of a column in those rows that have changed, or were touched, at this step or later."""
        table = self.tables[name]
        place = table.columns.index(column)
        return {version.values[place] for version in table.versions if version.first_step >= step}

    def _plain(self, row: Iterable[Any]) -> tuple[Any, ...]:
        """Return a row in which values can be compared and looked up: texts, numbers, short bytes."""
        return tuple(self._large(value) if isinstance(value, bytes) else _plain(value) for value in row)

    def _large(self, value: bytes) -> Any:
        if len(value) <= LARGE:
            return value
        digest = hashlib.blake2b(value, digest_size=16).digest()
        self.raw[digest] = value
        return Ciphertext(len(value), digest)

    def see_files(self, files: Mapping[str, bytes]) -> None:
        """Note those pages of files that were written since the last time."""
        for name, content in files.items():
            known = self._known.get(name, [])
            pages = [content[start : start + _PAGE] for start in range(0, len(content), _PAGE)]
            self._known[name] = pages
            run: list[bytes] = []
            for number, page in enumerate([*pages, b""]):
                if page and (number >= len(known) or known[number] != page):
                    run.append(page)
                elif run:
                    offset = (number - len(run)) * _PAGE
                    self.pages.append(Pages(self.step, name, offset, b"".join(run)))
                    run = []


def dump_sqlite(path: Path) -> dict[str, tuple[tuple[str, ...], list[tuple[Any, ...]]]]:
    """Return all rows of all tables, with the numbers that SQLite gives them, in the order in which they lie there."""
    connection = sqlite3.connect(path)
    try:
        listed = connection.execute("SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table'")
        found = {}
        for name, without_rowid in listed.fetchall():
            if name.startswith("sqlite_"):
                continue
            cursor = connection.execute(f'SELECT {"" if without_rowid else "rowid, "}* FROM "{name}"')
            columns = tuple(column[0] for column in cursor.description)
            found[name] = columns, cursor.fetchall()
        return found
    finally:
        connection.close()


async def dump_postgresql(url: str) -> dict[str, tuple[tuple[str, ...], list[tuple[Any, ...]]]]:
    """Return all rows of all tables, with their places and transactions, in the order of the heap."""
    connection = await asyncpg.connect(url)
    try:
        names = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        found = {}
        for (name,) in names:
            statement = await connection.prepare(
                f'SELECT ctid::text AS ctid, xmin::text::bigint AS xmin, xmax::text::bigint AS xmax, * FROM "{name}"'
            )
            columns = tuple(attribute.name for attribute in statement.get_attributes())
            rows = [tuple(row.values()) for row in await statement.fetch()]
            found[name] = columns, rows
        return found
    finally:
        await connection.close()


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, str) and value.startswith("(") and "," in value[:12] and value.endswith(")"):
        page, _, item = value[1:-1].partition(",")
        return (int(page), int(item)) if page.isdigit() and item.isdigit() else value
    return value


def _length(value: Any) -> int:
    if isinstance(value, Ciphertext):
        return value.length
    return len(value) if isinstance(value, str | bytes) else 0


@dataclass
class Storage:
    """The place that is dumped: a SQLite file, or a database on a server whose files may be readable."""

    url: str
    path: Path | None
    files: PostgresFiles | None

    async def dump(self, history: History, *, files: bool) -> None:
        """Note all rows, and, where they can be had at this step, all bytes."""
        if self.path is not None:
            history.see_rows(dump_sqlite(self.path))
            history.see_files(sqlite_files(self.path))
            return
        history.see_rows(await dump_postgresql(self.url))
        if files and self.files is not None:
            history.see_files(await self.files.read())
