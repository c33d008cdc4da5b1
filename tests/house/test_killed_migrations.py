"""A migration that is killed at any write leaves the schema as before or as after it, never in between."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import make_url

from app.core import migrations
from app.core.errors import ConfigurationError
from tests.house.test_migrations import REVISIONS
from tests.support.databases import fetch


@contextmanager
def _at_each_write(act: Callable[[str], None]) -> Iterator[None]:
    """Call `act` before each statement that changes something, as a kill at that instant would find the database."""

    def before(_connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.lstrip().upper().startswith(("SELECT", "PRAGMA", "BEGIN", "SHOW")):
            act(statement)

    event.listen(Engine, "before_cursor_execute", before)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", before)


def _left_behind(url: str) -> list[Any]:
    """Return the schema that a process finds after this one was killed, and what version that says it is."""
    path = make_url(url).database
    if not url.startswith("sqlite"):
        return _outside(url)
    # What a killed process has written is in the files; what it has not committed, the next one rolls back.
    folder = Path(f"{path}-killed")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for one in Path(str(path)).parent.glob("test.sqlite3*"):
        if one.is_file() and not one.name.endswith("-shm"):
            shutil.copy(one, folder)
    with closing(sqlite3.connect(folder / "test.sqlite3")) as found:
        made = found.execute(
            "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name"
        ).fetchall()
        known = any(name == "alembic_version" for name, _ in made)
        return [*made, found.execute("SELECT version_num FROM alembic_version").fetchall() if known else None]


def _outside(url: str) -> list[Any]:
    found: list[Any] = []
    columns = (
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2"
    )

    def look() -> None:
        found.extend(fetch(url, columns))
        if any(row[0] == "alembic_version" for row in found):
            found.extend(fetch(url, "SELECT version_num FROM alembic_version"))

    # The loop of the migration is in the middle of a statement.
    thread = Thread(target=look)
    thread.start()
    thread.join()
    return found


def test_a_kill_at_any_write_leaves_all_or_nothing(database_url: str) -> None:
    migrations.downgrade(database_url, "base")
    sqlite = database_url.startswith("sqlite")
    for revision in REVISIONS:
        before, writes = _left_behind(database_url), 0
        between: list[str] = []

        def look(statement: str, before: list[Any] = before, between: list[str] = between) -> None:
            nonlocal writes
            writes += 1
            # On a server each look is a connection, and transactions are the server's.
            if (writes % 10 == 1 or sqlite) and _left_behind(database_url) != before:
                between.append(statement)

        with _at_each_write(look):
            migrations.upgrade(database_url, revision)
        assert between == []
        # Or else nothing could have been killed.
        assert writes
        assert _left_behind(database_url) != before
    assert migrations.is_current(database_url)


def _halves(url: str, revision: str) -> list[list[str]]:
    """Migrate, and return what earlier releases kept of it when they were killed: changes before the first row."""
    writes: list[str] = []
    with _at_each_write(writes.append):
        migrations.upgrade(url, revision)
    rows = next(at for at, one in enumerate(writes) if one.lstrip().startswith(("INSERT", "UPDATE", "DELETE")))
    halves = {rows, rows // 2} if revision == REVISIONS[0] else {rows}
    return [writes[:count] for count in halves - {0}]


def test_what_earlier_releases_left_half_made_is_mended(sqlite_url: str, tmp_path: Path) -> None:
    migrations.downgrade(sqlite_url, "base")
    whole = Path(str(make_url(sqlite_url).database))
    before, half = tmp_path / "before.sqlite3", tmp_path / "half.sqlite3"
    mended = 0
    for revision in REVISIONS:
        shutil.copy(whole, before)
        for kept in _halves(sqlite_url, revision):
            shutil.copy(before, half)
            with closing(sqlite3.connect(half)) as broken:
                broken.executescript(";".join(kept))
            migrations.upgrade(f"sqlite:///{half}", revision)
            with closing(sqlite3.connect(half)) as mine, closing(sqlite3.connect(whole)) as theirs:
                assert _dump(mine) == _dump(theirs)
            mended += 1
        if revision == REVISIONS[0]:
            with closing(sqlite3.connect(whole)) as made, made:
                made.execute("INSERT INTO ticks (day) VALUES ('2026-11-20')")
    # The first version was kept in two halves, and three begin with no change of a table.
    assert mended == len(REVISIONS) - 2


def test_a_half_made_database_with_rows_is_named_and_left_alone(sqlite_url: str) -> None:
    migrations.downgrade(sqlite_url, REVISIONS[0])
    path = make_url(sqlite_url).database
    with closing(sqlite3.connect(str(path))) as broken:
        broken.execute("CREATE TABLE outbox (id INTEGER)")
        broken.execute("INSERT INTO outbox VALUES (1)")
        broken.commit()

    with pytest.raises(ConfigurationError, match=r"half migrated.*outbox.*[Rr]estore the backup"):
        migrations.upgrade(sqlite_url)

    with closing(sqlite3.connect(str(path))) as broken:
        assert broken.execute("SELECT count(*) FROM outbox").fetchone() == (1,)


def _dump(connection: sqlite3.Connection) -> list[str]:
    """Return all that there is, whatever the order of a table's constraints: that differs from run to run."""
    lines = (line for statement in connection.iterdump() for line in statement.splitlines())
    return sorted(line.strip("\t ,)") for line in lines)
