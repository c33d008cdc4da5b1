"""A crash at any step of a release, a withdrawal or an erasure: the next tick completes it, once."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from app.context import Context
from app.core.tokens import digest
from app.jobs import run_tick
from app.requests import lifecycle
from app.sealing.keystore import KeyName, Purpose
from tests.faults.ports import Crash, Fuse, crashing
from tests.faults.storage import as_bytes, dump
from tests.support.app import Running, an_app, as_candidate, codes, raise_request, read_feedback, round_id, send, tick
from tests.vocabulary.builders import a_sealed_answer

Act = Callable[[Context, dict[str, Any]], Awaitable[Any]]


async def _tick(ctx: Context, _raised: dict[str, Any]) -> None:
    await run_tick(ctx, ctx.clock.now())


async def _withdraw(ctx: Context, raised: dict[str, Any]) -> None:
    await lifecycle.withdraw(ctx.db, ctx.keys, UUID(raised["id"]), digest(raised["manage_token"]), ctx.clock.now())


async def _erase(ctx: Context, raised: dict[str, Any]) -> None:
    await lifecycle.erase(ctx.db, ctx.keys, UUID(raised["id"]), digest(raised["manage_token"]))


async def _answered(app: Running, answers: int = 3) -> dict[str, Any]:
    raised = await raise_request(app.client)
    for number, code in enumerate(codes(raised)[:answers]):
        answer = a_sealed_answer(advice=f"canary {number} {raised['id']}")
        assert (await send(app.client, round_id(raised), code, answer)).status_code == 201
    return raised


async def _crash_at(app: Running, step: int, act: Act, raised: dict[str, Any]) -> bool:
    """Do `act` until it crashes at `step`; return False when it has no such step."""
    fuse = Fuse(step)
    with suppress(Crash):
        await act(crashing(app.ctx, fuse), raised)
    return fuse.burnt


async def _living_keys(app: Running, raised: dict[str, Any]) -> set[Purpose]:
    owners = {UUID(raised["id"]), UUID(round_id(raised))}
    return {name.purpose for name in await app.ctx.keys.names() if name.owner in owners}


async def _boxes_of(database_url: str, raised: dict[str, Any]) -> int:
    boxes = (await dump(database_url))["boxes"]
    owner = UUID(round_id(raised))
    return sum(owner in row or owner.hex in row for row in boxes)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("answers", [3, 2], ids=["released", "withheld"])
async def test_a_release_is_completed_once(database_url: str, tmp_path: Path, answers: int) -> None:
    step = 0
    async with an_app(database_url, tmp_path) as app:
        while True:
            step += 1
            raised = await _answered(app, answers)
            assert await _boxes_of(database_url, raised) == 1
            app.clock.advance(days=8)
            if not await _crash_at(app, step, _tick, raised):
                break
            # Nobody reads half of a release, wherever it stopped.
            assert len((await _round(app, raised)).get("answers", [])) in (0, answers if answers == 3 else 0)

            await tick(app)

            await _is_over(app, raised, answers)
            assert await _boxes_of(database_url, raised) == 0
            # Nor does another tick do anything again.
            await tick(app)
            await _is_over(app, raised, answers)
    assert step > 10


async def _round(app: Running, raised: dict[str, Any]) -> dict[str, Any]:
    (found,) = (await read_feedback(app.client, raised))["rounds"]
    return dict(found)


async def _is_over(app: Running, raised: dict[str, Any], answers: int) -> None:
    shown = await _round(app, raised)
    assert await app.ctx.keys.is_destroyed(KeyName(Purpose.ROUND, UUID(round_id(raised))))
    if answers == 3:
        assert shown["state"] == "released"
        assert sorted(answer["advice"] for answer in shown["answers"]) == _words(raised)
        assert await _living_keys(app, raised) == {Purpose.REQUEST, Purpose.DIALOGUE}
    else:
        assert shown["state"] == "withheld"
        assert await _living_keys(app, raised) == {Purpose.REQUEST}


async def test_a_withdrawal_happens_wholly_or_not_at_all(database_url: str, tmp_path: Path) -> None:
    step = 0
    seen = set()
    async with an_app(database_url, tmp_path) as app:
        while True:
            step += 1
            raised = await _answered(app, 2)
            if not await _crash_at(app, step, _withdraw, raised):
                break
            await tick(app)

            state = (await _round(app, raised))["state"]
            seen.add(state)
            living = await _living_keys(app, raised)
            assert (state, living) in [("collecting", {Purpose.REQUEST, Purpose.ROUND}), ("withdrawn", set())]
            assert await _boxes_of(database_url, raised) == (state == "collecting")
            again = await app.client.post(
                f"/v1/feedback-requests/{raised['id']}/withdrawal", headers=as_candidate(raised)
            )
            assert again.status_code == 204
            assert await _living_keys(app, raised) == set()
    assert seen == {"collecting", "withdrawn"}


@pytest.mark.parametrize("released", [False, True], ids=["sealed", "released"])
async def test_an_erasure_happens_wholly_or_not_at_all(database_url: str, tmp_path: Path, released: bool) -> None:
    step = 0
    seen = set()
    async with an_app(database_url, tmp_path) as app:
        while True:
            step += 1
            raised = await _answered(app, 3 if released else 2)
            if released:
                app.clock.advance(days=8)
                await tick(app)
            before = await _living_keys(app, raised)
            if not await _crash_at(app, step, _erase, raised):
                break
            await tick(app)

            path = f"/v1/feedback-requests/{raised['id']}"
            status = (await app.client.get(path, headers=as_candidate(raised))).status_code
            seen.add(status)
            left = await _living_keys(app, raised)
            everything = as_bytes(await dump(database_url))
            if status == 200:
                assert left == before
                assert (await app.client.delete(path, headers=as_candidate(raised))).status_code == 204
            else:
                assert status == 404
                assert left == set()
                for trace in (raised["id"], round_id(raised), *_words(raised)):
                    assert trace.encode() not in everything
                    assert trace.replace("-", "").encode() not in everything
    assert seen == {200, 404}


def _words(raised: dict[str, Any]) -> list[str]:
    return [f"canary {number} {raised['id']}" for number in range(3)]
