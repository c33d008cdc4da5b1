"""The serving process: the API, and the tick beside it."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog
from fastapi import Depends, FastAPI

from app.accounts.audiences import anyone
from app.composition import build_context, run_tick
from app.core import problems
from app.core.clock import Clock
from app.core.edge import Edge
from app.core.errors import Unavailable
from app.core.health import health_routes
from app.core.settings import Settings
from app.requests import api as requests
from app.requests import manager_api as manager
from app.rounds import api as rounds
from app.rounds.context import Context
from app.vocabulary import api as vocabulary

log = structlog.get_logger(__name__)

# Often enough that a round opens soon after midnight. Early closing is looked at once a day however often this runs.
TICK_SECONDS = 600

DESCRIPTION = """
Job interviews get the debriefing that they lack. A candidate raises a **feedback request**; the people who met them
answer in about a minute through one-time links, without an account, and without anyone learning who wrote what.

Codes and tokens are secrets: a code travels in the body, a token in the `Authorization` header, never in a URL. Errors
are problem details (RFC 9457) with a stable `code`; nothing that was sent is ever repeated in one.
"""


def create_app(
    settings: Settings, *, context: Context | None = None, clock: Clock | None = None, ticking: bool = False
) -> FastAPI:
    """Return the application. With `ticking` it closes and releases rounds by itself."""
    to = context or build_context(settings, clock=clock)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        # What was made at start-up lives as long as the process: looking at it again and again costs the slowest
        # requests most of their time.
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 100)
        ticker = asyncio.create_task(_keep_ticking(to)) if ticking else None
        yield
        if ticker is not None:
            ticker.cancel()
            with suppress(asyncio.CancelledError):
                await ticker
        await to.db.close()

    app = FastAPI(
        title="Debrief",
        version="1",
        summary="The debriefing that job interviews lack.",
        description=DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        # On by default; a span per request would tell a collector when who answered, and from where.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.context = to
    problems.install(app)
    # Routes are tried in this order, and answering is what has to be fast.
    app.include_router(rounds.router)
    app.include_router(requests.router)
    app.include_router(manager.router)
    app.include_router(vocabulary.router, dependencies=[Depends(anyone)])
    app.include_router(health_routes(to.db, anyone))
    app.add_middleware(Edge, settings=settings, clock=to.clock)
    return app


async def _keep_ticking(to: Context) -> None:
    while True:
        try:
            await run_tick(to, to.clock.now())
        except Unavailable as error:
            log.warning("tick_postponed", code=error.code)
        except Exception as error:
            # The next tick may do better; a ticker that has died never would.
            log.exception("tick_failed", exc_info=error)
        await asyncio.sleep(TICK_SECONDS)
