"""One round is broken: all others go on as promised, the tick says which one it was, and nobody waits for it."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar
from uuid import UUID

import pytest
from sqlalchemy import delete, update
from sqlalchemy.orm import Session
from typing_extensions import override

from app.core.db import Database
from app.core.errors import Unavailable, Unreadable
from app.jobs import run_tick
from app.requests.models import RequestRow
from app.requests.rules import RequestState
from app.rounds.models import RoundRow
from app.rounds.rules import RoundState
from app.sealing.keystore import KeyName, KeyStore, Purpose
from app.sealing.models import BoxRow
from tests.support.app import Running, an_app, as_candidate, codes, raise_request, read_feedback, round_id, send, tick
from tests.vocabulary.builders import a_sealed_answer

P = ParamSpec("P")
T = TypeVar("T")


class StubbornKeys:
    """A key store in which one file can't be read or removed: somebody has changed its owner."""

    def __init__(self, inner: KeyStore, stubborn: KeyName | None = None) -> None:
        self._inner = inner
        self._stubborn = stubborn
        self.turns: list[int] = []
        self.turn = 0

    async def create(self, name: KeyName) -> bytes:
        return await self._inner.create(name)

    async def find(self, name: KeyName) -> bytes | None:
        self.turns.append(self.turn)
        self._refuse(name)
        return await self._inner.find(name)

    async def destroy(self, name: KeyName) -> None:
        self._refuse(name)
        await self._inner.destroy(name)

    async def discard(self, name: KeyName) -> None:
        await self._inner.discard(name)

    async def is_destroyed(self, name: KeyName) -> bool:
        self.turns.append(self.turn)
        return await self._inner.is_destroyed(name)

    async def names(self) -> list[KeyName]:
        return await self._inner.names()

    def _refuse(self, name: KeyName) -> None:
        if name == self._stubborn:
            raise Unreadable("keys_unavailable", "…")


class FailingDatabase:
    """A database that goes away at its first write after `calm` writes; it remembers whether its log was emptied."""

    def __init__(self, inner: Database, calm: int) -> None:
        self._inner = inner
        self._calm = calm
        self.forgot = 0

    async def read(self, fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._inner.read(fn, *args, **kwargs)

    async def look(self, fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._inner.look(fn, *args, **kwargs)

    async def write(self, fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        self._calm -= 1
        if self._calm < 0:
            raise Unavailable("database_unavailable", "…")
        return await self._inner.write(fn, *args, **kwargs)

    async def forget(self) -> None:
        self.forgot += 1
        await self._inner.forget()

    async def close(self) -> None:
        await self._inner.close()


async def _answered(app: Running, count: int) -> list[dict[str, Any]]:
    """Return `count` requests, in the order in which a tick gets to their rounds, each with three answers."""
    every = [await raise_request(app.client) for _ in range(count)]
    for raised in every:
        for code in codes(raised):
            assert (await send(app.client, round_id(raised), code, a_sealed_answer())).status_code == 201
    return sorted(every, key=lambda raised: UUID(round_id(raised)).hex)


async def _state(app: Running, raised: dict[str, Any]) -> str:
    return str((await read_feedback(app.client, raised))["rounds"][0]["state"])


def _lose_box(session: Session, owner: UUID) -> None:
    session.execute(delete(BoxRow).where(BoxRow.round_id == owner))


def _spoil_briefing(session: Session, owner: UUID) -> None:
    session.execute(update(RoundRow).where(RoundRow.id == owner).values(briefing={"worries": 7}))


@pytest.mark.parametrize("spoil", [_lose_box, _spoil_briefing])
async def test_a_broken_round_holds_up_nobody(
    database_url: str, tmp_path: Path, spoil: Callable[[Session, UUID], None]
) -> None:
    async with an_app(database_url, tmp_path) as app:
        broken, *others = await _answered(app, 4)
        await app.ctx.db.write(spoil, UUID(round_id(broken)))
        app.clock.advance(days=8)

        for _ in range(2):
            report = await tick(app)
            assert report.unreadable == [UUID(round_id(broken))]

        assert [await _state(app, raised) for raised in others] == ["released"] * 3
        assert await _state(app, broken) == "collecting"


async def test_a_key_that_cannot_be_touched_holds_up_nobody(database_url: str, tmp_path: Path) -> None:
    async with an_app(database_url, tmp_path) as app:
        broken, *others = await _answered(app, 3)
        name = KeyName(Purpose.ROUND, UUID(round_id(broken)))
        app.clock.advance(days=8)

        report = await run_tick(replace(app.ctx, keys=StubbornKeys(app.ctx.keys, name)), app.clock.now())

        assert report.unreadable == [UUID(round_id(broken))]
        assert report.ended == {RoundState.RELEASED: 2}
        assert [await _state(app, raised) for raised in others] == ["released"] * 2
        assert (await tick(app)).ended == {RoundState.RELEASED: 1}


async def test_a_key_that_cannot_be_destroyed_is_tried_again(database_url: str, tmp_path: Path) -> None:
    async with an_app(database_url, tmp_path) as app:
        (over,) = await _answered(app, 1)
        name = KeyName(Purpose.ROUND, UUID(round_id(over)))
        app.clock.advance(days=8)
        await tick(app)
        await app.ctx.keys.discard(name)
        # As after a crash, and the file belongs to somebody else by now.
        stubborn = replace(app.ctx, keys=LeftBehind(app.ctx.keys, name))
        due = await raise_request(app.client, closes_on=app.clock.now().date().isoformat())
        app.clock.advance(days=1)

        report = await run_tick(stubborn, app.clock.now())

        assert report.ended == {RoundState.WITHHELD: 1}
        assert await _state(app, due) == "withheld"


class LeftBehind(StubbornKeys):
    """A key store in which a key lives on that can't be destroyed."""

    def __init__(self, inner: KeyStore, name: KeyName) -> None:
        super().__init__(inner, name)
        self._name = name

    @override
    async def names(self) -> list[KeyName]:
        return [*await super().names(), self._name]


async def test_an_erasure_that_fails_holds_up_no_release(database_url: str, tmp_path: Path) -> None:
    async with an_app(database_url, tmp_path) as app:
        erased, other = await _answered(app, 2)
        app.clock.advance(days=8)

        def begin(session: Session) -> None:
            session.get_one(RequestRow, UUID(erased["id"])).state = RequestState.ERASING

        await app.ctx.db.write(begin)
        keys = StubbornKeys(app.ctx.keys, KeyName(Purpose.ROUND, UUID(round_id(erased))))
        await run_tick(replace(app.ctx, keys=keys), app.clock.now())

        assert await _state(app, other) == "released"
        await tick(app)
        gone = await app.client.get(f"/v1/feedback-requests/{erased['id']}", headers=as_candidate(erased))
        assert gone.status_code == 404
        assert UUID(erased["id"]) not in {name.owner for name in await app.ctx.keys.names()}


@pytest.mark.parametrize("calm", [3, 4, 5])
async def test_an_outage_ends_the_tick_and_the_traces_go_all_the_same(
    database_url: str, tmp_path: Path, calm: int
) -> None:
    async with an_app(database_url, tmp_path) as app:
        await _answered(app, 3)
        app.clock.advance(days=8)
        db = FailingDatabase(app.ctx.db, calm)

        with pytest.raises(Unavailable, match="database_unavailable"):
            await run_tick(replace(app.ctx, db=db), app.clock.now())

        assert db.forgot == 1


async def test_who_answers_in_the_meantime_does_not_wait_for_a_tick(sqlite_url: str, tmp_path: Path) -> None:
    async with an_app(sqlite_url, tmp_path) as app:
        for _ in range(12):
            await raise_request(app.client)
        keys = StubbornKeys(app.ctx.keys)

        async def others() -> None:
            while True:
                keys.turn += 1
                await asyncio.sleep(0)

        meanwhile = asyncio.create_task(others())
        await run_tick(replace(app.ctx, keys=keys), app.clock.now())
        meanwhile.cancel()

        # 24 keys are swept and 12 rounds looked at: between any two of them somebody else had a turn.
        assert len(keys.turns) >= 36
        assert len(set(keys.turns)) == len(keys.turns)
