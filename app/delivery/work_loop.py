"""How mail and webhooks are worked through: as much at a time as fits, and to an end in time when the process ends."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, TypeVar

Row = TypeVar("Row")


async def take_up(
    claim: Callable[[int], Awaitable[Sequence[Row]]],
    deliver: Callable[[Row], Coroutine[Any, Any, None]],
    stopping: asyncio.Event,
    *,
    batch: int,
    idle: float,
) -> None:
    """Work until `stopping` is set, and then no longer than what has begun takes.

    `claim` gets how many more there may be at this moment. Rows are taken up as others end, so that one that hangs
    holds up nobody. When this is cancelled, so are they.
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


async def until(stopping: asyncio.Event, work: Coroutine[Any, Any, None], *, grace: float) -> None:
    """Work until `stopping` is set; what has not ended `grace` seconds later is cut off, and repeated by the next."""
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
