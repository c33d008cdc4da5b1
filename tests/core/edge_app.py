"""A small application behind the middleware, with routes that behave as a test needs."""

from typing import Any

import httpx
from fastapi import APIRouter, FastAPI, Request, Response

from app.core import problems
from app.core.errors import Conflict, Forbidden, Gone, Unavailable, Unknown
from app.core.http import JsonRoute
from app.core.middleware import Edge
from app.core.schemas import Input
from app.core.settings import Settings

CANARY = "canary-7f3e"
ANONYMOUS = ["/r/1", "/q/1", "/v1/rounds/1/answers", "/v1/manager/1/view", "/v1/mailbox", "/v1/mailbox/reactions"]
OTHERS = ["/", "/v1/me", "/v1/feedback-requests"]


class Stopwatch:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


class Words(Input):
    words: str


async def behave(request: Request) -> Response:
    """Do what the header `x-do` says."""
    match request.headers.get("x-do"):
        case "crash":
            raise RuntimeError(f"{CANARY} {request.url}")
        case "conflict":
            raise Conflict("already_answered", "…")
        case "gone":
            raise Gone("round_closed", "…")
        case "wrong code":
            raise Unknown("unknown_link", "…")
        case "wrong token":
            raise Forbidden("bad_token", "…")
        case "unavailable":
            raise Unavailable("database_unavailable", "…")
        case "size":
            return Response(str(len(await request.body())))
        case _:
            return Response("fine")


def make(settings: Settings, **given: Any) -> FastAPI:
    app = FastAPI()
    problems.install(app)
    router = APIRouter(route_class=JsonRoute)
    for prefix in (
        *("/r", "/q", "/offer", "/v1/rounds", "/v1/manager", "/v1/offers", "/v1/mailbox", "/v1/people", "/v1/hooks"),
    ):
        router.add_api_route(f"{prefix}/{{tail:path}}", behave, methods=["GET", "POST"], name=f"behave {prefix}")
    for path in (
        "/",
        "/v1/me",
        "/v1/mailbox",
        "/v1/feedback-requests",
        "/v1/published-keys",
        "/v1/oauth/token",
        "/confirm",
        "/v1/address-confirmations",
        "/docs",
        "/for-employers",
    ):
        router.add_api_route(path, behave, methods=["GET", "POST"], name=f"behave {path}")

    @router.post("/v1/rounds/{round_id}/words")
    @router.post("/v1/people/{person}/words")
    async def write(words: Words) -> Words:
        raise ValueError(words)

    # Routes are matched in order; those that say more come first.
    router.routes.reverse()
    app.include_router(router)
    app.add_middleware(Edge, settings=settings, **given)
    return app


def client(app: FastAPI, address: str = "192.0.2.7") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, client=(address, 50000))
    return httpx.AsyncClient(transport=transport, base_url="https://debrief.example")
