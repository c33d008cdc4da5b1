"""No code goes around the doors, in Python or in SQL; and the application when a commit fails."""

import ast
import asyncio
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import httpx
import pytest
import structlog
from sqlalchemy import Connection, func, select, text
from sqlalchemy.orm import Session

from app.composition import build_context
from app.core import migrations
from app.core.db import Database, connect
from app.core.settings import load_settings
from app.main import create_app
from app.tables import metadata
from tests.house.ground import ROOT
from tests.support.app import a_request

P = ParamSpec("P")
T = TypeVar("T")

# What makes connections and sessions, and the SQL that ends a transaction behind everybody's back.
_MAKERS = {"Session", "sessionmaker", "scoped_session", "AsyncSession", "create_engine", "create_async_engine"}
_SQL = re.compile(
    r"\s*(BEGIN|COMMIT|END TRANSACTION|ROLLBACK|SAVEPOINT|RELEASE)\b(?!:)"
)  # A calendar begins, too: `BEGIN:VCALENDAR`.
# Migrations run before the doors open, with settings of their own: each of their connections is one transaction.
MAY = {
    ("app/core/transactions.py", "Session"),
    ("app/core/sqlite.py", "create_engine"),
    ("app/core/sqlite.py", "BEGIN"),
    ("app/core/sqlite.py", "SAVEPOINT"),
    ("app/core/sqlite.py", "RELEASE"),
    ("app/core/postgres.py", "create_async_engine"),
    ("app/core/migrations.py", "create_engine"),
    ("app/core/migrations.py", "BEGIN"),
}


def ways_around(root: Path) -> Iterator[tuple[str, str]]:
    """Yield what makes a connection or a session, or says in SQL where a transaction begins or ends."""
    for folder in ("app", "migrations"):
        for path in sorted((root / folder).rglob("*.py")):
            name = path.relative_to(root).as_posix()
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call):
                    called = node.func
                    maker = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", None)
                    if maker in _MAKERS:
                        yield name, str(maker)
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    sql = _SQL.match(node.value)
                    if sql is not None:
                        yield name, sql[1]


def test_nobody_goes_around_the_doors() -> None:
    assert set(ways_around(ROOT)) == MAY


def test_migrations_only_begin() -> None:
    """The other home of the test of the doors has one word of theirs, and no other."""
    tree = ast.parse((ROOT / "app/core/migrations.py").read_text())
    words = [node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    assert {word for word in words if word in {"begin", "begin_nested", "commit", "rollback"}} == {"begin"}


@pytest.mark.parametrize(
    "breach",
    [
        "session.execute(text('COMMIT'))",
        'connection.exec_driver_sql("ROLLBACK TO SAVEPOINT a")',
        "with Session(engine) as own:\n    pass",
        "engine = create_engine('sqlite://')",
        "engine = sqlalchemy.create_engine('sqlite://')",
        "make = orm.sessionmaker(engine)",
    ],
)
def test_a_way_around_is_caught(tmp_path: Path, breach: str) -> None:
    planted = tmp_path / "app" / "rounds" / "answering.py"
    planted.parent.mkdir(parents=True)
    planted.write_text(breach)
    assert list(ways_around(tmp_path))


def break_commits(connection: Connection) -> None:
    """Let every transaction that raises a request fail, and only when it commits: by a row that points nowhere."""
    statements = [
        "CREATE TABLE nowhere (id INTEGER PRIMARY KEY)",
        "CREATE TABLE lost (id INTEGER REFERENCES nowhere (id) DEFERRABLE INITIALLY DEFERRED)",
    ]
    if connection.dialect.name == "sqlite":
        statements.append(
            "CREATE TRIGGER lose AFTER INSERT ON feedback_requests BEGIN INSERT INTO lost VALUES (1); END"
        )
    else:
        statements += [
            (
                "CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN INSERT INTO lost VALUES (1); RETURN NULL; END $$"
            ),
            "CREATE TRIGGER lose AFTER INSERT ON feedback_requests FOR EACH ROW EXECUTE FUNCTION lose()",
        ]
    for statement in statements:
        connection.execute(text(statement))


def mend_commits(connection: Connection) -> None:
    """Take the fault away again."""
    on = "" if connection.dialect.name == "sqlite" else " ON feedback_requests"
    connection.execute(text(f"DROP TRIGGER lose{on}"))


def count_rows(session: Session) -> dict[str, int]:
    return {
        name: session.scalar(select(func.count()).select_from(table)) or 0 for name, table in metadata.tables.items()
    }


class CommitsLate:
    """What a dependency that commits after its `yield` does: it answers first. Planted in place of the doors."""

    def __init__(self, real: Database) -> None:
        self._real = real
        self.read = real.read
        self.look = real.look
        self.forget = real.forget
        self._late: list[asyncio.Task[Any]] = []

    async def write(self, fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        loop = asyncio.get_running_loop()
        ready: asyncio.Future[T] = loop.create_future()

        def act(session: Session) -> T:
            result = fn(session, *args, **kwargs)
            loop.call_soon_threadsafe(ready.set_result, result)
            return result

        self._late.append(asyncio.create_task(self._real.write(act)))
        return await ready

    async def close(self) -> None:
        await asyncio.gather(*self._late, return_exceptions=True)
        await self._real.close()


async def answered(database_url: str, tmp_path: Path, wrap: Callable[[Database], Database]) -> tuple[int, int]:
    """Raise a request on a database whose commits fail, then on one whose commits work; return both statuses.

    Whatever was answered, the failing commit must have stored nothing, and the working one everything.
    """
    migrations.connected(database_url, break_commits)
    settings = load_settings(
        _env_file=None, data_dir=tmp_path / "data", database_url=database_url, anonymous_rate=0, raise_rate=0
    )
    db = wrap(connect(database_url))
    transport = httpx.ASGITransport(create_app(settings, context=build_context(settings, db=db)))
    try:
        async with httpx.AsyncClient(transport=transport, base_url=settings.base_url) as client:
            failed = await client.post("/v1/feedback-requests", json=a_request())
            await asyncio.sleep(0.1)
            assert set((await db.read(count_rows)).values()) == {0}
            migrations.connected(database_url, mend_commits)
            worked = await client.post("/v1/feedback-requests", json=a_request())
            await asyncio.sleep(0.1)
            rows = await db.read(count_rows)
            assert (rows["feedback_requests"], rows["rounds"], rows["boxes"]) == (1, 1, 1)
    finally:
        await db.close()
    return failed.status_code, worked.status_code


@pytest.fixture(autouse=True)
def _log() -> Iterator[None]:
    """Keep what the edge says of the planted failure out of the output: printing it takes seconds."""
    structlog.configure(processors=[structlog.testing.LogCapture()])
    yield
    structlog.reset_defaults()


async def test_a_failing_commit_is_answered_with_500(database_url: str, tmp_path: Path) -> None:
    assert await answered(database_url, tmp_path, lambda db: db) == (500, 201)


async def test_a_commit_after_the_answer_is_caught(database_url: str, tmp_path: Path) -> None:
    assert await answered(database_url, tmp_path, CommitsLate) == (201, 201)
