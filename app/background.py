"""Background tasks: the scheduler, the mail worker, the webhook worker, and the tasks that read employers' ATSs."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

from app.ats.sync import AtsGateway, pull_due, reconcile
from app.composition import build_context, build_courier, build_post, close, open_gateway
from app.context import Context
from app.core.errors import Unavailable
from app.core.settings import Settings
from app.delivery.webhooks.worker import Courier, deliver_until
from app.delivery.worker import Post, work_until
from app.jobs import erase_again, follow_up_on_offers, run_tick
from app.operation import day
from app.operation.metrics import ServiceMetrics
from app.rounds.missing_keys import check_keys

log = structlog.get_logger(__name__)

# A round opens soon after its last day has ended.
TICK_SECONDS = 600
# An ATS event is followed up soon. Reconciliation runs once a day, however often this task looks.
POLL_SECONDS = 10.0
# A worker process has ten seconds to end, like the serving process.
WORKER_GRACE = 6.0


@asynccontextmanager
async def background_tasks(
    ctx: Context, post: Post | None, courier: Courier, *, grace: float, metrics: ServiceMetrics | None = None
) -> AsyncIterator[None]:
    """Run all background tasks while the block runs; at its end, mails and webhooks under way get `grace` seconds."""
    stopping = asyncio.Event()
    async with open_gateway() as gateway:
        periodic = [
            asyncio.create_task(keep_ticking(ctx, metrics, gateway)),
            asyncio.create_task(keep_polling(lambda: _follow_up(ctx))),
            asyncio.create_task(keep_polling(lambda: _sync(ctx, gateway))),
        ]
        workers = [asyncio.create_task(deliver_until(courier, stopping, grace=grace))]
        if post is not None:
            workers.append(asyncio.create_task(work_until(post, stopping, grace=grace)))
        try:
            yield
        finally:
            stopping.set()
            # The next process repeats what these leave half done.
            for task in periodic:
                task.cancel()
            await asyncio.gather(*periodic, *workers, return_exceptions=True)


async def work(settings: Settings) -> None:
    """Run all background tasks until this process gets SIGTERM or SIGINT."""
    context = build_context(settings)
    ending = asyncio.Event()
    loop = asyncio.get_running_loop()
    for one in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(one, ending.set)
    try:
        post, courier = build_post(settings, context), build_courier(context)
        async with background_tasks(context, post, courier, grace=WORKER_GRACE):
            log.info("working")
            await ending.wait()
    finally:
        await close(context)


async def keep_polling(act: Callable[[], Awaitable[int]]) -> None:
    """Call `act` until cancelled: at once again if it did something, else after `POLL_SECONDS`."""
    while True:
        count = 0
        try:
            count = await act()
        except Unavailable as error:
            log.warning("postponed", code=error.code)
        except Exception as error:
            # The next call may succeed; a task that has ended never would.
            log.exception("failed", exc_info=error)
        if not count:
            await asyncio.sleep(POLL_SECONDS)


async def _follow_up(ctx: Context) -> int:
    """Apply ATS updates to accepted offers. A task of its own: a slow ATS must not delay it."""
    await follow_up_on_offers(ctx)
    return 0


async def _sync(ctx: Context, gateway: AtsGateway) -> int:
    """Fetch applications that ATS events point at, and once a day those whose events were lost."""
    count = await pull_due(ctx, gateway)
    await reconcile(ctx, gateway)
    return count


async def keep_ticking(ctx: Context, metrics: ServiceMetrics | None = None, gateway: AtsGateway | None = None) -> None:
    """Tick until cancelled. On a day that cannot be believed, only erase what needs no clock."""
    metrics = metrics or ServiceMetrics(ctx.clock.now())
    while True:
        now = ctx.clock.now()
        try:
            if (doubtful := await day.why_day_is_doubtful(ctx, now)) is not None:
                await erase_again(ctx)
                metrics.tick_failed()
                log.error("date_not_believed", finding=doubtful.text, remedy=doubtful.remedy)
            else:
                await run_tick(ctx, now, gateway=gateway)
                metrics.ticked(now, (await check_keys(ctx.db, ctx.keys)).unreadable)
        except Unavailable as error:
            metrics.tick_failed()
            log.warning("tick_postponed", code=error.code)
        except Exception as error:
            # The next tick may succeed; a task that has ended never would.
            metrics.tick_failed()
            log.exception("tick_failed", exc_info=error)
        await asyncio.sleep(TICK_SECONDS)
