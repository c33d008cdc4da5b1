"""The application: the API, the pages and, in the same process, the background tasks."""

import gc
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import APIRouter, Depends, FastAPI

from app.accounts.auth import anyone
from app.applications import api as offers
from app.ats.api import applications as ats
from app.ats.api import connections, native_hooks, neutral_hooks, oauth, webhooks
from app.ats.api import inbound_log as logs
from app.ats.api import status as ats_status
from app.ats.api import test_tools as testing
from app.background import background_tasks
from app.composition import build_context, build_courier, build_post, close
from app.context import Context
from app.contract import document
from app.core import health, problem_types, problems
from app.core.clock import Clock
from app.core.logging import silence_access_logs
from app.core.middleware import Edge
from app.core.rate_limit import RateLimiter
from app.core.settings import Settings, load_settings
from app.core.tokens import digest
from app.delivery import outbox
from app.delivery.mail.mailers import FileMailer
from app.delivery.webhooks import deliveries
from app.delivery.worker import Post
from app.exchange.api import effects, mailbox, replies
from app.operation import api as operation
from app.operation.metrics import ServiceMetrics
from app.pages import routes as pages
from app.requests.api import confirmation, manager, notes, requests
from app.rounds.api import answers as rounds
from app.rounds.api import blind as keys
from app.vocabulary import api as vocabulary

# A process has ten seconds to end, and uvicorn gives running requests eight. A mail that is cut off is sent again.
MAIL_GRACE = 1.0

DESCRIPTION = """
Job interviews get the debriefing that they lack. A candidate raises a **feedback request**; the people who met them
answer in about a minute through one-time links, without an account, and without anyone learning who wrote what.

Codes and tokens are secrets: a code travels in the body, a token in the `Authorization` header, never in a URL. Errors
are problem details (RFC 9457) with a stable `code`; nothing that was sent is ever repeated in one.
"""


# Routes are matched in this order; answering has to be fast, so it comes first.
ROUTERS = (
    rounds.router,
    keys.router,
    mailbox.router,
    replies.candidate,
    replies.invitee,
    effects.panel,
    effects.manager,
    effects.mailbox,
    requests.router,
    manager.router,
    confirmation.router,
    offers.router,
    ats.router,
    neutral_hooks.router,
    connections.router,
    logs.router,
    oauth.router,
    ats_status.router,
    testing.router,
    webhooks.router,
    native_hooks.router,
    notes.router,
)
# FastAPI prepares an included router at its first request. All applications of a process share the result.
SHARED = APIRouter()
for _router in ROUTERS:
    SHARED.include_router(_router)
for _router in (vocabulary.router, health.router, problem_types.router):
    SHARED.include_router(_router, dependencies=[Depends(anyone)])
for _router in (operation.metrics_router, operation.router):
    SHARED.include_router(_router)


def create_app(
    settings: Settings | None = None,
    *,
    context: Context | None = None,
    clock: Clock | None = None,
    ticking: bool = False,
) -> FastAPI:
    """Return the application; with `ticking` it runs the background tasks, too.

    Without `settings` it reads them itself, so that `uvicorn --factory app.main:create_app` works.
    """
    silence_access_logs()
    settings = settings or load_settings()
    ctx = context or build_context(settings, clock=clock)
    post = build_post(settings, ctx)
    metrics = ServiceMetrics(
        ctx.clock.now(),
        outbox_states=lambda: ctx.db.look(outbox.counts),
        webhook_states=lambda: ctx.db.look(deliveries.counts),
    )

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        _exempt_startup_objects()
        if ticking:
            async with background_tasks(ctx, post, build_courier(ctx), grace=MAIL_GRACE, metrics=metrics):
                yield
        else:
            yield
        await close(ctx)

    app = FastAPI(
        title="Debrief",
        version="1",
        summary="The debriefing that job interviews lack.",
        description=DESCRIPTION,
        license_info={"name": "Apache License 2.0", "identifier": "Apache-2.0"},
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        # On by default. A span per request would tell a collector who answered when, and from where.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    _set_state(app, settings, ctx, metrics)
    problems.install(app)
    app.router.routes.extend(SHARED.routes)
    app.add_middleware(Edge, settings=settings, clock=ctx.clock, failed=metrics.failed, answered=metrics.answered)
    document.install(app)
    pages.install(app, settings, mailbox=_development_mailbox(post, settings))
    return app


def _development_mailbox(post: Post | None, settings: Settings) -> Path | None:
    """Return the directory of written mails, if pages may show it: only where nobody else can reach this server."""
    if post is not None and isinstance(post.mailer, FileMailer) and not settings.is_reachable:
        return post.mailer.directory
    return None


def _set_state(app: FastAPI, settings: Settings, ctx: Context, metrics: ServiceMetrics) -> None:
    """Set the application state that routes and their audiences read."""
    app.state.context = ctx
    app.state.metrics = metrics
    app.state.suppression_key = settings.subkey("suppression")
    operator_key = settings.operator_key.get_secret_value()
    app.state.operator_digest = digest(operator_key) if operator_key else None
    rate = settings.connection_rate
    app.state.connection_limiter = RateLimiter(rate, rate, time.monotonic) if rate else None
    app.state.connection_rate = rate


def _exempt_startup_objects() -> None:
    """Keep the garbage collector from scanning objects made at start-up, which live as long as the process.

    Scanning them again and again takes most of the time of the slowest requests.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
