"""Logs of the middleware: nothing that tells who did what when."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import structlog
from fastapi import APIRouter, FastAPI
from starlette.types import Message

from app.core.middleware import MAX_BODY, Edge
from app.core.settings import Settings
from tests.core.edge_app import ANONYMOUS, CANARY, Stopwatch, behave, client, make


async def test_request_is_logged_with_its_route_template(
    settings: Callable[..., Settings], log: structlog.testing.LogCapture
) -> None:
    now = Stopwatch()
    async with client(make(settings(), now=now)) as http:
        await http.get(f"/v1/people/{CANARY}?{CANARY}=1", headers={"user-agent": CANARY})
        await http.get(f"/{CANARY}")
    assert log.entries == [
        {"event": "request", "method": "GET", "route": "/v1/people/{tail}", "status": 200, "ms": 0.0,
         "exc_info": None, "log_level": "info"}
    ]  # fmt: skip


async def test_route_template_includes_the_prefix(
    settings: Callable[..., Settings], log: structlog.testing.LogCapture
) -> None:
    app, inner = FastAPI(), APIRouter(prefix="/people")
    inner.add_api_route("/{person}", behave)
    outer = APIRouter(prefix="/v1")
    outer.include_router(inner)
    app.include_router(outer)
    app.add_middleware(Edge, settings=settings())
    async with client(app) as http:
        await http.get("/v1/people/1")
    assert log.entries[0]["route"] == "/v1/people/{person}"


@pytest.mark.parametrize("path", ANONYMOUS)
async def test_anonymous_paths_leave_a_line_only_when_they_fail(
    settings: Callable[..., Settings], log: structlog.testing.LogCapture, path: str
) -> None:
    failures: list[None] = []
    app = make(settings(), failed=lambda: failures.append(None))
    async with client(app) as http:
        for do in ("", "conflict", "gone"):
            await http.post(path, headers={"x-do": do})
            await http.get(path, headers={"x-do": do})
        await http.delete(path)
        assert (log.entries, failures) == ([], [])
        await http.post(path, headers={"x-do": "unavailable"})
        await http.post(path, headers={"x-do": "crash"})
    assert len(failures) == 2
    handled, crashed = log.entries
    assert set(handled) == set(crashed) == {"event", "timestamp", "exc_info", "log_level"}
    assert handled["event"] == crashed["event"] == "anonymous_5xx"
    assert handled["exc_info"] is None
    assert isinstance(crashed["exc_info"], RuntimeError)
    assert len(crashed["timestamp"]) == len("2026-11-25")


async def test_crash_is_answered_without_its_cause(
    settings: Callable[..., Settings], log: structlog.testing.LogCapture
) -> None:
    async with client(make(settings())) as http:
        answer = await http.get(f"/v1/people/{CANARY}", headers={"x-do": "crash"})
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert CANARY not in answer.text
    (line,) = log.entries
    assert (line["event"], line["status"], line["log_level"]) == ("request", 500, "error")
    assert isinstance(line["exc_info"], RuntimeError)


async def test_crash_after_start_of_response_is_logged(
    settings: Callable[..., Settings], log: structlog.testing.LogCapture
) -> None:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError(CANARY)

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        raise AssertionError

    await Edge(application, settings())(
        {"type": "http", "method": "GET", "path": "/r/1", "headers": [], "client": None}, receive, send
    )
    assert len(sent) == 1
    assert [line["event"] for line in log.entries] == ["anonymous_5xx"]


@pytest.mark.parametrize("path", ["/v1/rounds/{}/words", "/v1/people/{}/words", "/v1/me/{}", "/r/{}", "/nowhere/{}"])
@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"words": CANARY}),  # The endpoint crashes with the words in its exception.
        json.dumps({"words": 1, CANARY: CANARY}),
        f'{{"words": "{CANARY}',
        f'{{"words": "{CANARY}"}}' + " " * MAX_BODY,
        f'{{"words": {"[" * 50}"{CANARY}"{"]" * 50}}}',
    ],
)
async def test_a_canary_never_comes_back(
    settings: Callable[..., Settings], log: structlog.testing.LogCapture, path: str, body: str
) -> None:
    headers = {"content-type": "application/json", "x-forwarded-for": CANARY, "referer": CANARY, "cookie": CANARY}
    headers |= {"authorization": f"Bearer {CANARY}", "user-agent": CANARY, "origin": CANARY}
    async with client(make(settings(anonymous_rate=120))) as http:
        for method in ("POST", "GET", "PATCH"):
            url = f"{path.format(CANARY)}?{CANARY}={CANARY}"
            answer = await http.request(method, url, content=body, headers=headers)
            assert CANARY not in answer.text + str(answer.headers.raw)
    for line in log.entries:
        line.pop("exc_info")
    assert CANARY not in str(log.entries)
