"""What is done again and again beside the service: it goes on at once while there is work, and survives what fails."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from app import background
from app.background import background_tasks, keep_polling
from app.composition import build_courier
from app.core.errors import Unavailable
from app.core.tokens import digest
from app.operation import day
from app.operation.metrics import ServiceMetrics
from app.requests import lifecycle
from app.rounds.models import RoundRow
from app.rounds.release import begin_day
from app.rounds.rules import RoundState
from app.sealing.keystore import KeyName, Purpose
from tests.applications.story import a_story
from tests.support.app import ADA, Running, an_app, as_candidate, raise_request, read_feedback, round_id, tick
from tests.support.neutral_ats import an_application


@pytest.mark.parametrize("trouble", [Unavailable("database_unavailable", "…"), ValueError("a bug")])
async def test_polling_continues_while_there_is_work_and_pauses_after_an_error(trouble: Exception) -> None:
    outcomes: Iterator[int | Exception] = iter([2, 1, trouble])
    resting = asyncio.Event()

    async def act() -> int:
        match next(outcomes):
            case int(count):
                return count
            case Exception() as error:
                resting.set()
                raise error

    task = asyncio.create_task(keep_polling(act))
    async with asyncio.timeout(background.POLL_SECONDS / 2):
        await resting.wait()
    await asyncio.sleep(0.05)
    assert not task.done()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_ats_updates_are_followed_up_in_the_background(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await story.accepted()
        await story.ats.ask("PUT", "/applications/a1", {"application": an_application("ACTIVE", 100)})
        assert (await story.ats.standing())[0] == "accepted"
        async with asyncio.timeout(20), background_tasks(story.app.ctx, None, build_courier(story.app.ctx), grace=1.0):
            while (await story.ats.standing())[0] != "paused":  # noqa: ASYNC110  # It is a state to be read, no event.
                await asyncio.sleep(0.02)


async def test_a_clock_that_jumps_releases_and_erases_nothing(database_url: str, tmp_path: Path) -> None:
    """Serving for a moment with a clock that is wrong must not end what can't be begun again."""
    async with an_app(database_url, tmp_path) as app:
        kept, brought_back = await raise_request(app.client), await raise_request(app.client)
        await tick(app)
        # As if erased after the backup that was restored: no clock is needed to erase it again.
        await app.ctx.keys.destroy(KeyName(Purpose.ERASURE, UUID(brought_back["id"])))
        app.clock.advance(days=450)
        metrics = ServiceMetrics(app.clock.now())

        await _tick_once(app, metrics)
        assert (await read_feedback(app.client, kept))["rounds"][0]["state"] == "collecting"
        assert "debrief_ticks_failed_total 1" in await metrics.text()
        again = await app.client.get(f"/v1/feedback-requests/{brought_back['id']}", headers=as_candidate(brought_back))
        assert again.status_code == 404

        await tick(app)  # Somebody has confirmed the day.
        await _tick_once(app, metrics)
        assert "debrief_ticks_failed_total 1" in await metrics.text()
        gone = await app.client.get(f"/v1/feedback-requests/{kept['id']}", headers=as_candidate(kept))
        assert gone.status_code == 404


async def test_tick_of_a_later_day_stops_releases_in_production(database_url: str, tmp_path: Path) -> None:
    async with an_app(database_url, tmp_path) as app:
        await tick(app)
        now = app.clock.now()
        await app.ctx.db.write(begin_day, now.date() + timedelta(days=450))

        assert await day.why_day_is_doubtful(app.ctx, now) is None
        found = await day.why_day_is_doubtful(replace(app.ctx, is_production=True), now)
        assert found is not None
        assert "A tick ran on 2028-02-13, which is still to come" in found.text
        # A clock that is a little slow just before midnight is no reason.
        await app.ctx.db.write(day.forget_later, now)
        await app.ctx.db.write(begin_day, now.date() + timedelta(days=1))
        late = now.replace(hour=23, minute=59)
        assert await day.why_day_is_doubtful(replace(app.ctx, is_production=True), late) is None
        # The day in the future does not hide the gap.
        await app.ctx.db.write(begin_day, now.date() + timedelta(days=450))
        assert await day.why_day_is_doubtful(app.ctx, now + timedelta(days=10)) is not None


async def test_keys_that_a_crash_left_are_destroyed_by_a_clock_that_jumps(database_url: str, tmp_path: Path) -> None:
    async with an_app(database_url, tmp_path) as app:
        kept, erasing, withdrawn, over = [await raise_request(app.client, manager=ADA) for _ in range(4)]
        await tick(app)
        # Each as after the transaction: no key is destroyed yet.
        await app.ctx.db.write(lifecycle.begin_erasure, UUID(erasing["id"]))
        token = digest(withdrawn["manage_token"])
        await app.ctx.db.write(lifecycle._withdraw, UUID(withdrawn["id"]), token, app.clock.now())
        await app.ctx.db.write(_withhold, UUID(round_id(over)))
        app.clock.advance(days=450)

        await _tick_once(app, ServiceMetrics(app.clock.now()))

        # The manager's link of the round that is over ends by date.
        links = {KeyName(Purpose.REQUEST, UUID(one["id"])) for one in (kept, over)}
        assert set(await app.ctx.keys.names()) == links | {KeyName(Purpose.ROUND, UUID(round_id(kept)))}


def _withhold(session: Session, of: UUID) -> None:
    session.get_one(RoundRow, of).state = RoundState.WITHHELD


async def _tick_once(app: Running, metrics: ServiceMetrics) -> None:
    """Run the background tick until it rests."""
    before = await metrics.text()
    task = asyncio.create_task(background.keep_ticking(app.ctx, metrics))
    async with asyncio.timeout(20):
        while before == await metrics.text():  # noqa: ASYNC110  # It is a number to be read, no event.
            await asyncio.sleep(0.01)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
