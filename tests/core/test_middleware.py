"""The middleware: each answer has its headers, each limit holds."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
import structlog
from fastapi import Response
from starlette.types import Message

from app.core.middleware import MAX_BODY, Edge
from app.core.settings import Settings
from tests.core.edge_app import ANONYMOUS, OTHERS, Stopwatch, client, make


def assert_secured(answer: httpx.Response) -> None:
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert "server" not in answer.headers
    assert set(answer.headers["content-security-policy"].split("; ")) >= {
        "default-src 'none'",
        "script-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    }


@pytest.mark.parametrize("path", [*ANONYMOUS, *OTHERS])
@pytest.mark.parametrize(
    ("do", "status"), [("", 200), ("conflict", 409), ("gone", 410), ("unavailable", 503), ("crash", 500)]
)
async def test_every_answer_has_its_headers(
    settings: Callable[..., Settings], log: structlog.testing.LogCapture, path: str, do: str, status: int
) -> None:
    async with client(make(settings())) as http:
        for method in ("GET", "POST"):
            answer = await http.request(method, path, headers={"x-do": do})
            assert answer.status_code == status
            assert_secured(answer)
            if path in ANONYMOUS:
                assert answer.headers["x-robots-tag"] == "noindex, nofollow"


@pytest.mark.parametrize(
    ("method", "path", "content", "headers", "status"),
    [
        ("GET", "/nowhere", b"", {}, 404),
        ("DELETE", "/v1/rounds/1", b"", {}, 405),
        ("POST", "/v1/rounds/1/words", b"x" * (MAX_BODY + 1), {}, 413),
        ("POST", "/v1/rounds/1/words", b"x", {"content-type": "text/plain"}, 415),
        ("POST", "/v1/rounds/1/words", b"x", {"content-type": "application/json"}, 400),
        ("POST", "/v1/rounds/1/words", b"{}", {"content-type": "application/json"}, 422),
    ],
)
async def test_refusals_have_their_headers(
    settings: Callable[..., Settings], method: str, path: str, content: bytes, headers: dict[str, str], status: int
) -> None:
    async with client(make(settings())) as http:
        answer = await http.request(method, path, content=content, headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert_secured(answer)


async def test_only_responses_off_anonymous_paths_may_set_their_own_headers(settings: Callable[..., Settings]) -> None:
    app = make(settings())

    async def style() -> Response:
        return Response("", headers={"Cache-Control": "max-age=60", "Content-Security-Policy": "default-src *"})

    app.add_api_route("/static/x.css", style)
    app.router.routes.insert(0, app.router.routes.pop())
    app.add_api_route("/r/loose/page", style)
    app.router.routes.insert(0, app.router.routes.pop())
    async with client(app) as http:
        cached, loose = await http.get("/static/x.css"), await http.get("/r/loose/page")
    assert cached.headers.get_list("cache-control") == ["max-age=60"]
    assert loose.headers.get_list("cache-control") == ["no-store"]
    assert loose.headers.get_list("content-security-policy") != ["default-src *"]


async def test_hsts_is_sent_where_there_is_https(settings: Callable[..., Settings]) -> None:
    async with client(make(settings())) as plain, client(make(settings(base_url="https://debrief.example"))) as tls:
        assert "strict-transport-security" not in (await plain.get("/")).headers
        assert "strict-transport-security" in (await tls.get("/")).headers


async def chunks(total: int) -> AsyncIterator[bytes]:
    for _ in range(total // 1024):
        yield b"x" * 1024
    yield b"x" * (total % 1024)


@pytest.mark.parametrize(("size", "status"), [(0, 200), (1, 200), (MAX_BODY, 200), (MAX_BODY + 1, 413), (10**7, 413)])
@pytest.mark.parametrize("chunked", [False, True])
async def test_bodies_are_limited(settings: Callable[..., Settings], size: int, status: int, chunked: bool) -> None:
    async with client(make(settings())) as http:
        content = chunks(size) if chunked else b"x" * size
        answer = await http.post("/v1/people/1", content=content, headers={"x-do": "size"})
    assert answer.status_code == status
    assert answer.text == str(size) if status == 200 else answer.json()["code"] == "too_large"


@pytest.mark.parametrize(
    ("digits", "status"), [("0" * 4300 + "1", 200), ("9" * 5000, 413), ("0" * 4400 + "65537", 413)]
)
async def test_content_length_may_have_any_number_of_digits(
    settings: Callable[..., Settings], digits: str, status: int
) -> None:
    async with client(make(settings())) as http:
        answer = await http.post("/v1/people/1", content=b"x", headers={"x-do": "size", "content-length": digits})
    assert answer.status_code == status


@pytest.mark.parametrize("declared", [[], [(b"content-length", b"10")], [(b"transfer-encoding", b"chunked")]])
async def test_body_longer_than_content_length_is_limited(
    settings: Callable[..., Settings], declared: list[tuple[bytes, bytes]]
) -> None:
    reached = False

    async def application(scope: Any, receive: Any, send: Any) -> None:
        nonlocal reached
        reached = True

    async def receive() -> Message:
        return {"type": "http.request", "body": b"x" * 5000, "more_body": True}

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/", "headers": declared, "client": None}
    await Edge(application, settings())(scope, receive, send)
    # Without either header there is no body (RFC 9112, 6.3), and the application is not asked to read one.
    assert reached is not bool(declared)
    assert [message["status"] for message in sent if message["type"] == "http.response.start"] == [413] * bool(declared)


async def test_too_large_content_length_is_refused_at_once(settings: Callable[..., Settings]) -> None:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        raise AssertionError

    async def receive() -> Message:
        raise AssertionError

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    declared = [(b"content-length", str(MAX_BODY + 1).encode())]
    scope = {"type": "http", "method": "POST", "path": "/", "headers": declared, "client": None}
    await Edge(application, settings())(scope, receive, send)
    assert sent[0]["status"] == 413


async def test_disconnected_client_gets_no_answer(settings: Callable[..., Settings]) -> None:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        raise AssertionError

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        raise AssertionError

    scope = {"type": "http", "method": "POST", "path": "/r/1", "headers": [(b"content-length", b"9")], "client": None}
    await Edge(application, settings())(scope, receive, send)


async def statuses(http: httpx.AsyncClient, method: str, path: str, times: int, **given: Any) -> list[int]:
    return [(await http.request(method, path, **given)).status_code for _ in range(times)]


WRONG_CODE, WRONG_TOKEN = {"x-do": "wrong code"}, {"x-do": "wrong token"}


async def test_guessing_keys_does_not_block_answering(settings: Callable[..., Settings]) -> None:
    async with client(make(settings(anonymous_rate=6), now=Stopwatch())) as http:
        assert (await statuses(http, "POST", "/v1/oauth/token", 9))[-1] == 429
        assert await statuses(http, "POST", "/v1/rounds/1/form", 3, headers=WRONG_CODE) == [404] * 3


@pytest.mark.parametrize(
    ("setting", "path", "burst", "wait"),
    [
        ({"anonymous_rate": 6}, "/v1/oauth/token", 3, 10),
        ({"hook_rate": 6}, "/v1/hooks/neutral/1", 6, 10),
        ({"hook_rate": 6}, "/v1/hooks/greenhouse/1", 6, 10),
        ({"raise_rate": 5}, "/v1/feedback-requests", 5, 720),
    ],
)
async def test_each_limit(
    settings: Callable[..., Settings], setting: dict[str, int], path: str, burst: int, wait: int
) -> None:
    now = Stopwatch()
    app = make(settings(**setting), now=now)
    async with client(app) as http, client(app, "198.51.100.9") as other:
        assert await statuses(http, "POST", path, burst + 1) == [200] * burst + [429]
        refusal = await http.post(path)
        assert refusal.json()["code"] == "too_many_requests"
        assert_secured(refusal)
        assert await statuses(other, "POST", path, 1) == [200]
        assert refusal.headers["retry-after"] == str(wait)
        now.seconds += wait
        # A slow bucket has one token by then, a fast one (whole seconds are told) a few.
        assert await statuses(http, "POST", path, 1) == [200]


PROVED = [
    *("/v1/rounds/1/form", "/v1/manager/1/view", "/v1/mailbox/withdrawal", "/v1/offers/1/view", "/r/1", "/q/1"),
    *("/offer/1", "/confirm", "/v1/address-confirmations"),
]


@pytest.mark.parametrize("path", PROVED)
@pytest.mark.parametrize(("wrong", "status"), [(WRONG_CODE, 404), (WRONG_TOKEN, 403)])
async def test_only_wrong_codes_and_tokens_count(
    settings: Callable[..., Settings], path: str, wrong: dict[str, str], status: int
) -> None:
    now = Stopwatch()
    app = make(settings(anonymous_rate=8), now=now)
    async with client(app) as http, client(app, "198.51.100.9") as other:
        # A whole panel answers behind this address; some too late, some twice, some forget a field.
        assert await statuses(http, "POST", path, 24) == [200] * 24
        for do, refused in (("conflict", 409), ("gone", 410)):
            assert await statuses(http, "POST", path, 24, headers={"x-do": do}) == [refused] * 24
        assert await statuses(http, "POST", path, 5, headers=wrong) == [status] * 4 + [429]
        refusal = await http.post(path, headers=wrong)
        assert refusal.json()["code"] == "too_many_requests"
        assert refusal.headers["retry-after"] == "8"
        assert_secured(refusal)
        # Whoever has a valid code is not refused because of somebody else.
        assert await statuses(http, "POST", path, 24) == [200] * 24
        assert await statuses(other, "POST", path, 1, headers=wrong) == [status]
        now.seconds += 8
        assert await statuses(http, "POST", path, 2, headers=wrong) == [status, 429]


@pytest.mark.parametrize("path", ["/r/1", "/q/1", "/v1/feedback-requests", "/v1/me", "/", "/v1/published-keys"])
async def test_reading_is_not_limited(settings: Callable[..., Settings], path: str) -> None:
    app = make(settings(anonymous_rate=2, raise_rate=1), now=Stopwatch())
    async with client(app) as http:
        assert await statuses(http, "GET", path, 5) == [200] * 5
        assert await statuses(http, "GET", "/v1/rounds/1/evaluations", 5, headers=WRONG_CODE) == [404] * 5


async def test_no_header_evades_a_limit(settings: Callable[..., Settings]) -> None:
    app = make(settings(anonymous_rate=2, raise_rate=100), now=Stopwatch())
    async with client(app) as http:
        # Keys are checked further in. A made-up one counts with the attempts to guess keys.
        key = {"authorization": "Bearer dk_key"}
        assert await statuses(http, "POST", "/v1/feedback-requests", 2, headers=key) == [200, 429]
        assert await statuses(http, "POST", "/v1/oauth/token", 1) == [429]


async def test_limits_are_separate(settings: Callable[..., Settings]) -> None:
    app = make(settings(anonymous_rate=2, raise_rate=1), now=Stopwatch())
    async with client(app) as http:
        assert await statuses(http, "POST", "/v1/rounds/1/form", 2, headers=WRONG_CODE) == [404, 429]
        assert await statuses(http, "POST", "/v1/feedback-requests", 2) == [200, 429]


async def test_limit_counts_the_address_behind_a_trusted_proxy(settings: Callable[..., Settings]) -> None:
    async def first_two(http: httpx.AsyncClient) -> list[int]:
        ben, dan = {"x-forwarded-for": "203.0.113.1"}, {"x-forwarded-for": "203.0.113.2"}
        path = "/v1/rounds/1/form"
        return [
            *await statuses(http, "POST", path, 1, headers=ben | WRONG_CODE),
            *await statuses(http, "POST", path, 1, headers=dan | WRONG_CODE),
        ]

    app = make(settings(anonymous_rate=2, trusted_proxies="10.0.0.0/8"), now=Stopwatch())
    async with client(app, "10.0.0.1") as proxied, client(app, "192.0.2.7") as direct:
        assert await first_two(proxied) == [404, 404]
        assert await first_two(direct) == [404, 429]
