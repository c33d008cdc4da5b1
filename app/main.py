"""The serving process: the API, and the tick beside it."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI

from app.accounts.audiences import Operator, anyone
from app.background import beside
from app.composition import build_context, build_post, close
from app.core import problems
from app.core.clock import Clock
from app.core.edge import Edge
from app.core.health import health_routes
from app.core.settings import Settings
from app.delivery import outbox
from app.delivery.mail.mailers import FileMailer
from app.dialogue import api as dialogue
from app.operation.api import metrics_routes
from app.operation.metrics import ServiceMetrics
from app.pages import routes as pages
from app.requests import api as requests
from app.requests import confirmation_api as confirmation
from app.requests import manager_api as manager
from app.requests import notes_api as notes
from app.rounds import api as rounds
from app.rounds import keys_api as keys
from app.rounds.context import Context
from app.vocabulary import api as vocabulary

# What is left of the ten seconds after uvicorn has given running requests eight: a mail cut off is sent again.
MAIL_GRACE = 1.0

DESCRIPTION = """
Job interviews get the debriefing that they lack. A candidate raises a **feedback request**; the people who met them
answer in about a minute through one-time links, without an account, and without anyone learning who wrote what.

Codes and tokens are secrets: a code travels in the body, a token in the `Authorization` header, never in a URL. Errors
are problem details (RFC 9457) with a stable `code`; nothing that was sent is ever repeated in one.
"""


def create_app(
    settings: Settings, *, context: Context | None = None, clock: Clock | None = None, ticking: bool = False
) -> FastAPI:
    """Return the application. With `ticking` it closes and releases rounds, and sends mail, by itself."""
    to = context or build_context(settings, clock=clock)
    post = build_post(settings, to)
    metrics = ServiceMetrics(to.clock.now(), outbox_states=lambda: to.db.look(outbox.counts))
    mailbox = post.mailer.directory if post is not None and isinstance(post.mailer, FileMailer) else None

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        # What was made at start-up lives as long as the process: looking at it again and again costs the slowest
        # requests most of their time.
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 100)
        if ticking:
            async with beside(to, post, grace=MAIL_GRACE, metrics=metrics):
                yield
        else:
            yield
        await close(to)

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
    app.include_router(keys.router)
    app.include_router(dialogue.router)
    app.include_router(requests.router)
    app.include_router(manager.router)
    app.include_router(confirmation.router)
    app.include_router(notes.router)
    app.include_router(vocabulary.router, dependencies=[Depends(anyone)])
    app.include_router(health_routes(to.db, anyone))
    app.include_router(metrics_routes(metrics, Operator(settings.operator_key.get_secret_value())))
    app.add_middleware(Edge, settings=settings, clock=to.clock, failed=metrics.failed, answered=metrics.answered)
    pages.install(app, settings, mailbox=mailbox)
    return app
