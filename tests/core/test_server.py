"""The server: limits on incomplete requests, on a real port; and options that no environment variable changes."""

import asyncio
import inspect
import json
import logging
import os
import re
import resource
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest
import structlog
import uvicorn
import uvicorn.config
from typing_extensions import override

from app.core.http_server import MOST_HEADER_BYTES, LimitedProtocol, uvicorn_options
from app.core.settings import Settings
from tests.core.edge_app import make

HEAD = b"POST /v1/people/1 HTTP/1.1\r\nHost: a\r\nX-Do: size\r\n"


class _Quiet(uvicorn.Server):
    @contextmanager
    @override
    def capture_signals(self) -> Iterator[None]:
        yield


class Impatient(LimitedProtocol):
    header_seconds = 0.2
    body_seconds = 0.2


@asynccontextmanager
async def listening(settings: Settings, protocol: type[LimitedProtocol] = LimitedProtocol) -> AsyncIterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as bound:
        options = uvicorn_options(settings) | {"http": protocol, "lifespan": "off", "timeout_graceful_shutdown": 1}
        running = _Quiet(uvicorn.Config(make(settings), **options))
        task = asyncio.create_task(running.serve(sockets=[bound]))
        while not running.started:
            assert not task.done()
            await asyncio.sleep(0)
        try:
            yield bound.getsockname()[1]
        finally:
            running.should_exit = True
            await task


async def told(port: int, *parts: bytes) -> bytes:
    """Send, and return everything that comes until the server closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for part in parts:
        writer.write(part)
    try:
        return await reader.read()
    except ConnectionResetError:  # What was sent after the refusal.
        return b""
    finally:
        writer.close()


def is_refusal(answer: bytes, status: int, code: str) -> None:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status), answer
    assert b"content-type: application/problem+json" in head.lower()
    assert b"connection: close" in head.lower()
    assert json.loads(body)["code"] == code


@pytest.mark.parametrize(
    "parts",
    [
        [HEAD, b"X-Long: ", b"x" * (MOST_HEADER_BYTES + 1)],
        [HEAD, b"X-Long: " + b"x" * (MOST_HEADER_BYTES + 1) + b"\r\n\r\n"],
        [HEAD, *[b"X-%d: y\r\n" % number for number in range(5_000)]],
        [b"GET /" + b"x" * (MOST_HEADER_BYTES + 1)],
    ],
    ids=["one header without end", "one long header", "many headers", "a long path"],
)
async def test_headers_are_limited(settings: Callable[..., Settings], parts: list[bytes]) -> None:
    async with listening(settings()) as port:
        answer = await told(port, *parts)
    is_refusal(answer, 431, "headers_too_large")


async def test_headers_within_the_limit_are_read(settings: Callable[..., Settings]) -> None:
    long = b"X-Long: " + b"x" * (MOST_HEADER_BYTES - 300) + b"\r\n"
    body = b"x" * (60 * 1024)
    async with listening(settings()) as port:
        answer = await told(port, HEAD, long, b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body), body)
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(str(len(body)).encode())


@pytest.mark.parametrize(
    "parts",
    [
        [b"POST"],
        [HEAD],
        [HEAD, b"Content-Length: 10\r\n\r\n", b"12345"],
        [HEAD, b"Transfer-Encoding: chunked\r\n\r\n", b"5\r\n12345\r\n"],
        [b"\r\n"],
    ],
    ids=["half a line", "half the headers", "half a body", "half of the chunks", "an empty line"],
)
async def test_incomplete_request_ends_in_408(settings: Callable[..., Settings], parts: list[bytes]) -> None:
    async with listening(settings(), Impatient) as port:
        is_refusal(await told(port, *parts), 408, "request_timeout")


async def test_silent_connection_is_closed_without_an_answer(settings: Callable[..., Settings]) -> None:
    async with listening(settings(), Impatient) as port:
        assert await told(port) == b""


async def test_bytes_that_are_not_http_get_a_problem(settings: Callable[..., Settings]) -> None:
    async with listening(settings()) as port:
        is_refusal(await told(port, b"\x16\x03\x01\x02\x00\r\n\r\n"), 400, "malformed_request")


async def test_body_deadline_holds_after_a_refusal(settings: Callable[..., Settings]) -> None:
    async with listening(settings(), Impatient) as port:
        answer = await told(port, HEAD, b"Content-Length: 99999999\r\n\r\n", b"12345")
    is_refusal(answer.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n", 1), 413, "too_large")


async def test_idle_connections_make_room(settings: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch) -> None:
    files = (2 * 16, 2 * 16)
    monkeypatch.setattr(resource, "getrlimit", lambda _: files)
    async with listening(settings()) as port:
        # Some say nothing, some half of a request.
        idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(40)]
        for _, writer in idle[::2]:
            writer.write(HEAD + b"Content-Length: 10\r\n\r\n1")
        answer = await told(port, b"GET /v1/me HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        closed = [await reader.read() for reader, _ in idle[:10]]
        for _, writer in idle:
            writer.close()
    assert answer.startswith(b"HTTP/1.1 200")
    assert closed == [b""] * 10


@pytest.mark.parametrize(
    "sent", [HEAD, HEAD + b"Content-Length: 10\r\n\r\n12345", HEAD + b"Content-Length: 1\r\n\r\n1", b"GET"]
)
async def test_a_client_that_leaves_is_no_error(
    settings: Callable[..., Settings], sent: bytes, log: structlog.testing.LogCapture, caplog: pytest.LogCaptureFixture
) -> None:
    async with listening(settings()) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sent)
        await writer.drain()
        writer.transport.abort()
        # Whoever comes next is served after whoever has left.
        await told(port, b"GET /v1/me HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert [line for line in log.entries if line["log_level"] != "info"] == []
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_keep_alive_is_longer_than_that_of_proxies(settings: Callable[..., Settings]) -> None:
    caddy, nginx = 120, 60
    assert uvicorn_options(settings())["timeout_keep_alive"] > max(caddy, nginx)


def plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool | list | dict | None) else str(type(value))


def test_no_variable_of_the_environment_changes_the_server(
    settings: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    source = inspect.getsource(uvicorn.config)
    assert set(re.findall(r'"([A-Z_]{8,})" in os.environ', source)) == {"WEB_CONCURRENCY"}
    assert set(re.findall(r'os\.environ\.get\("(\w+)"', source)) == {"FORWARDED_ALLOW_IPS"}

    async def nothing(scope: Any, receive: Any, send: Any) -> None:
        return None

    options = uvicorn_options(settings())
    before = {name: plain(value) for name, value in vars(uvicorn.Config(nothing, **options)).items()}
    monkeypatch.setenv("WEB_CONCURRENCY", "3")
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")
    assert uvicorn.Config(nothing).workers == int(os.environ["WEB_CONCURRENCY"])  # It is read.
    assert {name: plain(value) for name, value in vars(uvicorn.Config(nothing, **options)).items()} == before
