"""Ticks, in any number and from any process, release a round on the promised day, and once."""

import asyncio
import os
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from app.composition import build_context
from app.context import Context
from app.jobs import run_tick
from app.rounds.jobs import TickReport
from app.rounds.rules import RoundState
from app.sealing.keystore import KeyName, KeyStore, Purpose
from tests.faults.serving import Server, debrief
from tests.faults.storage import dump
from tests.support.app import (
    NOON,
    FixedClock,
    Running,
    an_app,
    codes,
    nonce,
    raise_request,
    read_feedback,
    round_id,
    send,
    tick,
)
from tests.support.databases import fresh_sqlite
from tests.vocabulary.builders import a_sealed_answer

PEOPLE = 3
OPEN_FOR = 2


@dataclass
class Oracle:
    """When a round may open, said in another way than the code says it."""

    closes_on: date

    def is_over(self, at: datetime) -> bool:
        """Tell whether its last day has ended at Baker Island, which is 12 hours behind UTC."""
        return at.astimezone(timezone(timedelta(hours=-12))).date() > self.closes_on


# Seconds, or the better part of a day: what matters lies around the end of a day.
_SPANS = st.integers(1, 90) | st.integers(20_000, 90_000)
_EVENTS = st.lists(st.tuples(_SPANS, st.sampled_from(["tick", "tick", "tick", "answer", "decline"])), max_size=25)


@given(begin=st.integers(0, 86_399), events=_EVENTS)
# Without shrinking: a story is short, and living through hundreds of variants of it would take minutes.
@settings(max_examples=40, deadline=None, phases=(Phase.reuse, Phase.generate))
def test_no_round_opens_early_or_late(begin: int, events: list[tuple[int, str]]) -> None:
    async def story() -> None:
        with tempfile.TemporaryDirectory() as folder, _a_sqlite(Path(folder)) as url:
            clock = FixedClock(datetime.combine(NOON.date(), time(), UTC) + timedelta(seconds=begin))
            async with an_app(url, Path(folder), clock) as app:
                await _live_through(app, events)

    asyncio.run(story())


def _a_sqlite(folder: Path) -> Any:
    return fresh_sqlite(Path(os.environ["DEBRIEF_TEST_TEMPLATES"]), folder)


async def _live_through(app: Running, events: list[tuple[int, str]]) -> None:
    closes_on = app.clock.at.date() + timedelta(days=OPEN_FOR)
    raised = await raise_request(app.client, closes_on=closes_on.isoformat())
    oracle = Oracle(closes_on)
    unused = codes(raised)
    is_open = True
    for seconds, what in events:
        app.clock.advance(seconds=seconds)
        if what == "tick":
            await tick(app)
            is_open = is_open and not oracle.is_over(app.clock.at)
        elif unused:
            accepted = await _act(app, what, round_id(raised), unused[-1])
            # An answer is taken through the round's last day, and not a moment longer.
            assert accepted == (not oracle.is_over(app.clock.at))
            if accepted:
                unused.pop()
        state = (await read_feedback(app.client, raised))["rounds"][0]["state"]
        assert (state == "collecting") == is_open


async def _act(app: Running, what: str, round_: str, code: str) -> bool:
    if what == "answer":
        response = await send(app.client, round_, code, a_sealed_answer())
    else:
        body = {"code": code, "nonce": nonce(), "reason": "no_time", "understood": True}
        response = await app.client.post(f"/v1/rounds/{round_}/declines", json=body)
    assert response.status_code in (201, 410)
    return response.status_code == 201


async def test_a_tick_every_second_around_midnight_and_noon(database_url: str, tmp_path: Path) -> None:
    async with an_app(database_url, tmp_path) as app:
        # All have acted in the first, nobody in the second; the third has a day less.
        done, never, shorter = [await raise_request(app.client, closes_on=f"2026-11-{day}") for day in (21, 21, 20)]
        opened: dict[str, datetime] = {}
        for code in codes(done):
            await send(app.client, round_id(done), code, a_sealed_answer(if_too_few="release"))
        for half_day in range(1, 5):
            for second in range(-20, 20):
                app.clock.at = NOON + timedelta(hours=12 * half_day, seconds=second)
                report = await tick(app)
                assert report.unreadable == []
                for raised in (done, never, shorter):
                    shown = (await read_feedback(app.client, raised))["rounds"][0]
                    if shown["state"] != "collecting":
                        opened.setdefault(raised["id"], app.clock.at)

    assert opened == {
        shorter["id"]: NOON + timedelta(days=1),
        done["id"]: NOON + timedelta(days=2),
        never["id"]: NOON + timedelta(days=2),
    }


class SlowKeys:
    """A key store on the other side of the world: whoever reaches `at` lets another tick run to its end first."""

    def __init__(self, inner: KeyStore, at: str, meanwhile: Callable[[], Any]) -> None:
        self._inner = inner
        self._at = at
        self._meanwhile = meanwhile
        self.waited = False

    async def _wait(self, what: str) -> None:
        if what == self._at and not self.waited:
            self.waited = True
            await self._meanwhile()

    async def create(self, name: KeyName) -> bytes:
        await self._wait("before create")
        key = await self._inner.create(name)
        await self._wait("after create")
        return key

    async def find(self, name: KeyName) -> bytes | None:
        found = await self._inner.find(name)
        await self._wait("after find")
        return found

    async def destroy(self, name: KeyName) -> None:
        await self._wait("before destroy")
        await self._inner.destroy(name)

    async def discard(self, name: KeyName) -> None:
        await self._inner.discard(name)

    async def is_destroyed(self, name: KeyName) -> bool:
        return await self._inner.is_destroyed(name)

    async def names(self) -> list[KeyName]:
        found = await self._inner.names()
        await self._wait("after names")
        return found


@pytest.mark.parametrize("at", ["after names", "after find", "before create", "after create", "before destroy"])
@pytest.mark.parametrize("answers", [3, 2], ids=["released", "withheld"])
async def test_a_tick_overtakes_another(database_url: str, tmp_path: Path, at: str, answers: int) -> None:
    async with an_app(database_url, tmp_path) as app, an_app(database_url, tmp_path, app.clock) as other:
        raised = await raise_request(app.client)
        for number, code in enumerate(codes(raised)[:answers]):
            await send(app.client, round_id(raised), code, a_sealed_answer(advice=f"word {number}"))
        app.clock.advance(days=8)
        reports: list[TickReport] = []

        async def overtake() -> None:
            reports.append(await tick(other))

        keys = SlowKeys(app.ctx.keys, at, overtake)
        reports.append(await run_tick(replace(app.ctx, keys=keys), app.clock.now()))

        assert keys.waited
        ended = [state for report in reports for state in report.ended]
        assert ended == [RoundState.RELEASED if answers == 3 else RoundState.WITHHELD]
        assert [report.unreadable for report in reports] == [[], []]
        shown = (await read_feedback(app.client, raised))["rounds"][0]
        assert sorted(answer["advice"] for answer in shown.get("answers", [])) == (
            ["word 0", "word 1", "word 2"] if answers == 3 else []
        )
        assert await app.ctx.keys.is_destroyed(KeyName(Purpose.ROUND, UUID(round_id(raised))))


async def test_ticks_from_everywhere_at_once(database_url: str, tmp_path: Path) -> None:
    clock = FixedClock()
    async with an_app(database_url, tmp_path, clock) as app:
        others = [build_context(app.settings, clock=clock) for _ in range(4)]
        try:
            await _race_through_days(app, others)
        finally:
            for other in others:
                await other.db.close()


async def _race_through_days(app: Running, others: list[Context]) -> None:
    for _ in range(6):
        every = [await raise_request(app.client) for _ in range(3)]
        for raised in every:
            for code in codes(raised):
                await send(app.client, round_id(raised), code, a_sealed_answer())
        app.clock.advance(days=8)
        reports = await asyncio.gather(*(run_tick(to, app.clock.now()) for to in others))
        assert sum(sum(report.ended.values()) for report in reports) == len(every)
        for raised in every:
            assert len((await read_feedback(app.client, raised))["rounds"][0]["answers"]) == 3


async def test_two_processes_tick_at_once(database_url: str, tmp_path: Path) -> None:
    """`debrief tick` from two crontabs, beside a third process that serves."""
    server = Server(database_url, tmp_path)
    rounds = 20
    async with an_app(database_url, tmp_path) as app:
        for _ in range(rounds):
            raised = await raise_request(app.client)
            for code in codes(raised):
                await send(app.client, round_id(raised), code, a_sealed_answer())
        command = debrief("tick", "--at", (NOON + timedelta(days=8)).isoformat())
        ticks = [
            subprocess.Popen(command, cwd=tmp_path, env=server.environment, stdout=subprocess.PIPE) for _ in range(2)
        ]
        printed = [process.communicate(timeout=60)[0].decode() for process in ticks]
        assert [process.returncode for process in ticks] == [0, 0]
        released = sum(int(line.split()[0]) for output in printed for line in output.splitlines() if "released" in line)
        assert released == rounds
        stored = await dump(database_url)
        assert len(stored["answers"]) == 3 * rounds
        assert stored["boxes"] == []
