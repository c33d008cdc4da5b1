"""What is done again and again beside the service: it goes on at once while there is work, and survives what fails."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from app import background
from app.background import beside, keep_on
from app.composition import build_courier
from app.core.errors import Unavailable
from tests.applications.offers import a_story
from tests.integrations.neutral.acme import an_application


@pytest.mark.parametrize("trouble", [Unavailable("database_unavailable", "…"), ValueError("a bug")])
async def test_it_goes_on_while_there_is_work_and_rests_after_trouble(trouble: Exception) -> None:
    outcomes: Iterator[int | Exception] = iter([2, 1, trouble])
    resting = asyncio.Event()

    async def act() -> int:
        match next(outcomes):
            case int(count):
                return count
            case Exception() as error:
                resting.set()
                raise error

    task = asyncio.create_task(keep_on(act))
    async with asyncio.timeout(background.LOOK_SECONDS / 2):
        await resting.wait()
    await asyncio.sleep(0.05)
    assert not task.done()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_what_follows_from_a_message_is_done_beside_the_service(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await story.accepted()
        await story.ats.ask("PUT", "/applications/a1", {"application": an_application("ACTIVE", 100)})
        assert (await story.ats.standing())[0] == "accepted"
        async with asyncio.timeout(20), beside(story.app.to, None, build_courier(story.app.to), grace=1.0):
            while (await story.ats.standing())[0] != "paused":  # noqa: ASYNC110  # It is a state to be read, no event.
                await asyncio.sleep(0.02)
