"""What runs beside the service: the tick, which does what time does, and the workers, which send mail and webhooks."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

from app.ats.sync import Outside, pull_due, reconcile
from app.composition import (
    build_context,
    build_courier,
    build_post,
    close,
    erase_again,
    follow_up,
    open_outside,
    run_tick,
)
from app.context import Context
from app.core.errors import Unavailable
from app.core.settings import Settings
from app.delivery.webhooks.worker import Courier, deliver_until
from app.delivery.worker import Post, work_until
from app.operation import day
from app.operation.metrics import ServiceMetrics
from app.rounds.missing_keys import look_after_keys

log = structlog.get_logger(__name__)

# Often enough that a round opens soon after midnight. Early closing is looked at once a day however often this runs.
TICK_SECONDS = 600
# Soon after an event that points at something; what was lost is looked for once a day however often this runs.
LOOK_SECONDS = 10.0
# A process of its own has ten seconds to end, like the one that serves.
WORKER_GRACE = 6.0


@asynccontextmanager
async def beside(
    ctx: Context, post: Post | None, courier: Courier, *, grace: float, metrics: ServiceMetrics | None = None
) -> AsyncIterator[None]:
    """Tick, and send mail and webhooks, while the block runs; what is being sent then has `grace` seconds."""
    stopping = asyncio.Event()
    async with open_outside() as outside:
        unhurried = [
            asyncio.create_task(keep_ticking(ctx, metrics, outside)),
            asyncio.create_task(keep_on(lambda: _follow(ctx))),
            asyncio.create_task(keep_on(lambda: _look(ctx, outside))),
        ]
        workers = [asyncio.create_task(deliver_until(courier, stopping, grace=grace))]
        if post is not None:
            workers.append(asyncio.create_task(work_until(post, stopping, grace=grace)))
        try:
            yield
        finally:
            stopping.set()
            # What they began, the next process does again.
            for task in unhurried:
                task.cancel()
            await asyncio.gather(*unhurried, *workers, return_exceptions=True)


async def work(settings: Settings) -> None:
    """Tick, and send mail and webhooks, until this process is told to end."""
    context = build_context(settings)
    ending = asyncio.Event()
    loop = asyncio.get_running_loop()
    for one in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(one, ending.set)
    try:
        async with beside(context, build_post(settings, context), build_courier(context), grace=WORKER_GRACE):
            log.info("working")
            await ending.wait()
    finally:
        await close(context)


async def keep_on(act: Callable[[], Awaitable[int]]) -> None:
    """Act until cancelled: again at once while there was something to do, or else soon."""
    while True:
        count = 0
        try:
            count = await act()
        except Unavailable as error:
            log.warning("postponed", code=error.code)
        except Exception as error:
            # The next look may do better; a task that has died never would.
            log.exception("failed", exc_info=error)
        if not count:
            await asyncio.sleep(LOOK_SECONDS)


async def _follow(ctx: Context) -> int:
    """Do what follows from what employers' systems told: never behind a long look at one of them."""
    await follow_up(ctx)
    return 0


async def _look(ctx: Context, outside: Outside) -> int:
    """Look at what events of employers' systems point at, and each night at what these missed."""
    count = await pull_due(ctx, outside)
    await reconcile(ctx, outside)
    return count


async def keep_ticking(ctx: Context, metrics: ServiceMetrics | None = None, outside: Outside | None = None) -> None:
    """Tick until cancelled."""
    told = metrics or ServiceMetrics(ctx.clock.now())
    while True:
        now = ctx.clock.now()
        try:
            if (doubted := await day.doubt(ctx, now)) is not None:
                await erase_again(ctx)
                told.tick_failed()
                log.error("date_not_believed", finding=doubted.text, remedy=doubted.remedy)
            else:
                await run_tick(ctx, now, outside=outside)
                told.ticked(now, (await look_after_keys(ctx.db, ctx.keys)).unreadable)
        except Unavailable as error:
            told.tick_failed()
            log.warning("tick_postponed", code=error.code)
        except Exception as error:
            # The next tick may do better; a ticker that has died never would.
            told.tick_failed()
            log.exception("tick_failed", exc_info=error)
        await asyncio.sleep(TICK_SECONDS)
