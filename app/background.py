"""What runs beside the service: the tick, which does what time does, and the worker, which sends the mail."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from app.composition import build_context, build_post, close, run_tick
from app.core.errors import Unavailable
from app.core.settings import Settings
from app.delivery.worker import Post, work_until
from app.operation.metrics import ServiceMetrics
from app.rounds.context import Context
from app.rounds.keeping import look_after_keys

log = structlog.get_logger(__name__)

# Often enough that a round opens soon after midnight. Early closing is looked at once a day however often this runs.
TICK_SECONDS = 600
# A process of its own has ten seconds to end, like the one that serves.
WORKER_GRACE = 6.0


@asynccontextmanager
async def beside(
    to: Context, post: Post | None, *, grace: float, metrics: ServiceMetrics | None = None
) -> AsyncIterator[None]:
    """Tick and send mail while the block runs; mails that are being sent then have `grace` seconds."""
    stopping = asyncio.Event()
    ticker = asyncio.create_task(keep_ticking(to, metrics))
    worker = None if post is None else asyncio.create_task(work_until(post, stopping, grace=grace))
    try:
        yield
    finally:
        stopping.set()
        ticker.cancel()
        await asyncio.gather(*(task for task in (ticker, worker) if task is not None), return_exceptions=True)


async def work(settings: Settings) -> None:
    """Tick and send mail until this process is told to end."""
    context = build_context(settings)
    ending = asyncio.Event()
    loop = asyncio.get_running_loop()
    for one in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(one, ending.set)
    try:
        async with beside(context, build_post(settings, context), grace=WORKER_GRACE):
            log.info("working")
            await ending.wait()
    finally:
        await close(context)


async def keep_ticking(to: Context, metrics: ServiceMetrics | None = None) -> None:
    """Tick until cancelled."""
    told = metrics or ServiceMetrics(to.clock.now())
    while True:
        now = to.clock.now()
        try:
            await run_tick(to, now)
            told.ticked(now, len((await look_after_keys(to.db, to.keys)).keyless))
        except Unavailable as error:
            told.tick_failed()
            log.warning("tick_postponed", code=error.code)
        except Exception as error:
            # The next tick may do better; a ticker that has died never would.
            told.tick_failed()
            log.exception("tick_failed", exc_info=error)
        await asyncio.sleep(TICK_SECONDS)
