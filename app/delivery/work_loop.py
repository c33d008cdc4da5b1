"""The loop of the workers: claim rows, process a limited number at once, and end in time when the process ends."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, TypeVar

Row = TypeVar("Row")


async def process_rows(
    claim: Callable[[int], Awaitable[Sequence[Row]]],
    deliver: Callable[[Row], Coroutine[Any, Any, None]],
    stopping: asyncio.Event,
    *,
    batch: int,
    idle: float,
) -> None:
    """Claim and deliver rows until `stopping` is set; then finish those that have begun.

    `claim` gets the number of free places. A new row starts whenever another ends, so that a slow one delays no other.
    Cancelling this cancels the rows under way.
    """
    running: set[asyncio.Task[None]] = set()
    async with asyncio.TaskGroup() as group:
        stopped = group.create_task(_wait_for(stopping))
        while not stopping.is_set():
            claimed = await claim(batch - len(running))
            for row in claimed:
                task = group.create_task(deliver(row))
                running.add(task)
                task.add_done_callback(running.discard)
            if not claimed:
                await asyncio.wait({stopped, *running}, timeout=idle, return_when=asyncio.FIRST_COMPLETED)


async def run_until(stopping: asyncio.Event, work: Coroutine[Any, Any, None], *, grace: float) -> None:
    """Run `work` until `stopping` is set, and cancel it `grace` seconds later. The next process repeats the rest."""
    working = asyncio.create_task(work)
    stopped = asyncio.create_task(_wait_for(stopping))
    try:
        await asyncio.wait({working, stopped}, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.wait({working}, timeout=grace)
    finally:
        for task in (working, stopped):
            task.cancel()
        await asyncio.gather(working, stopped, return_exceptions=True)


async def _wait_for(event: asyncio.Event) -> None:
    await event.wait()
