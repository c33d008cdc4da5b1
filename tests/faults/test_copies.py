"""A copy of the database from before an end, on both databases and with both key stores: it opens nothing, for nobody.

And put back in place of the database, it shows nothing a second time, and what was erased since goes again.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from app.rounds.rules import RoundState
from app.sealing.envelope import Damaged, Kind, unseal
from app.sealing.keystore import KeyName, Purpose
from app.sealing.models import BoxRow
from app.sealing.sql_keystore import SqlKeyStore
from tests.faults.storage import sqlite_path
from tests.support import databases
from tests.support.app import (
    Running,
    an_app,
    as_candidate,
    codes,
    dump,
    raise_request,
    read_feedback,
    round_id,
    send,
    tick,
)
from tests.vocabulary.builders import a_sealed_answer


@pytest.fixture(params=["files", "database"])
def keys_at(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where the keys lie. They are never copied."""
    if request.param == "files":
        yield f"file:{tmp_path}/keys"
        return
    server, name = request.getfixturevalue("postgresql_url"), f"keys_{uuid4().hex}"
    databases.execute(server, f"CREATE DATABASE {name}")
    yield databases.named(server, name)
    databases.execute(server, f"DROP DATABASE {name} WITH (FORCE)")


@asynccontextmanager
async def copied(url: str, folder: Path) -> AsyncIterator[str]:
    """Copy a database that nobody is using; yield where the copy is."""
    path = sqlite_path(url)
    if path is not None:
        copy = folder / f"{uuid4().hex}.sqlite3"
        shutil.copyfile(path, copy)
        yield f"sqlite:///{copy}"
        return
    name = f"copy_{uuid4().hex}"
    server = databases.named(url, "postgres")
    await asyncio.to_thread(databases.execute, server, f'CREATE DATABASE {name} TEMPLATE "{make_url(url).database}"')
    try:
        yield databases.named(url, name)
    finally:
        await asyncio.to_thread(databases.execute, server, f"DROP DATABASE {name} WITH (FORCE)")


@asynccontextmanager
async def installed(url: str, folder: Path, keys_at: str) -> AsyncIterator[Running]:
    async with an_app(url, folder, keystore_url=keys_at) as app:
        try:
            yield app
        finally:
            if isinstance(app.ctx.keys, SqlKeyStore):
                await app.ctx.keys.close()


async def _answered(app: Running) -> dict[str, Any]:
    raised = await raise_request(app.client)
    for number, code in enumerate(codes(raised)):
        sent = await send(app.client, round_id(raised), code, a_sealed_answer(advice=f"word {number}"))
        assert sent.status_code == 201
    return raised


async def _end(app: Running, raised: dict[str, Any], end: str) -> None:
    path, headers = f"/v1/feedback-requests/{raised['id']}", as_candidate(raised)
    if end == "withdraw":
        assert (await app.client.post(f"{path}/withdrawal", headers=headers)).status_code == 204
    elif end == "erase":
        assert (await app.client.delete(path, headers=headers)).status_code == 204
    else:
        app.clock.advance(days=8)
        assert (await tick(app)).ended == {RoundState.RELEASED: 1}
    if end == "expire":
        app.clock.advance(days=366)
        await tick(app)


def _box(session: Session) -> bytes:
    return session.scalars(select(BoxRow.ct)).one()


async def _opens(app: Running, raised: dict[str, Any]) -> list[KeyName]:
    """Return with which keys of the store as it is now the box of this database can be opened."""
    ct = await app.ctx.db.read(_box)
    opened = []
    for name in [*await app.ctx.keys.names(), KeyName(Purpose.ROUND, UUID(round_id(raised)))]:
        key = await app.ctx.keys.find(name)
        try:
            unseal(key or bytes(32), Kind.BOX, UUID(round_id(raised)), ct)
        except Damaged:
            continue
        opened.append(name)
    return opened


@pytest.mark.parametrize("end", ["release", "withdraw", "erase", "expire"])
async def test_a_copy_from_before_the_end_opens_nothing(
    database_url: str, tmp_path: Path, keys_at: str, end: str
) -> None:
    async with installed(database_url, tmp_path, keys_at) as app:
        raised = await _answered(app)
        # Until then a thief of both could read it: nothing else keeps it shut.
        assert set(await _opens(app, raised)) == {KeyName(Purpose.ROUND, UUID(round_id(raised)))}
    async with copied(database_url, tmp_path) as copy:
        async with installed(database_url, tmp_path, keys_at) as app:
            await _end(app, raised, end)

        async with installed(copy, tmp_path, keys_at) as app:
            assert await _opens(app, raised) == []
            body = {"code": codes(raised)[0]}
            assert (await app.client.post(f"/v1/rounds/{round_id(raised)}/form", json=body)).status_code == 410
            late = await send(app.client, round_id(raised), codes(raised)[0], a_sealed_answer())
            assert late.status_code == 410
            ended = []
            for _ in range(3):
                report = await tick(app)
                assert report.unreadable == []
                ended += list(report.ended)
                app.clock.advance(days=5)
            stored = await dump(app)
            assert (stored["boxes"], stored["answers"]) == ([], [])
            if end in ("erase", "expire"):
                assert ended == []
                assert not [row for rows in stored.values() for row in rows if UUID(raised["id"]).hex in row]
                assert (stored["feedback_requests"], stored["rounds"]) == ([], [])
            else:
                assert ended == [RoundState.ERASED]
                (shown,) = (await read_feedback(app.client, raised))["rounds"]
                assert (shown["state"], shown.get("answers")) == ("erased", None)


@pytest.mark.parametrize("end", ["erase", "expire"])
async def test_what_was_erased_after_it_was_shown_goes_again(
    database_url: str, tmp_path: Path, keys_at: str, end: str
) -> None:
    async with installed(database_url, tmp_path, keys_at) as app:
        raised, other = await _answered(app), await _answered(app)
        app.clock.advance(days=8)
        assert (await tick(app)).ended == {RoundState.RELEASED: 2}
    async with copied(database_url, tmp_path) as copy:
        async with installed(database_url, tmp_path, keys_at) as app:
            app.clock.advance(days=8)
            if end == "erase":
                await _end(app, raised, "erase")
            else:
                app.clock.advance(days=366)
                await tick(app)

        async with installed(copy, tmp_path, keys_at) as app:
            app.clock.advance(days=8)
            # The backup has brought the words back: until the tick.
            assert len(await _answers(app)) == 6
            await tick(app)
            left = 3 if end == "erase" else 0
            assert len(await _answers(app)) == left
            status = {"erase": 200, "expire": 404}[end]
            for one, expected in ((raised, 404), (other, status)):
                path = f"/v1/feedback-requests/{one['id']}"
                assert (await app.client.get(path, headers=as_candidate(one))).status_code == expected


async def _answers(app: Running) -> list[str]:
    return (await dump(app))["answers"]
