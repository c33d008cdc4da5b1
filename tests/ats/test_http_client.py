"""HTTP client for ATS APIs: rate budget, timeout, one host, no logs."""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from app.ats.connector import Busy, Refused, Unreadable
from app.ats.http_client import DEFAULT_DELAY, MOST_BYTES, MOST_DELAY, Budget, HttpAtsClient
from tests.support.app import FixedClock

URL = "https://api.ats.example/v1/things?id=canary-7"


@asynccontextmanager
async def a_client(
    answer: Callable[[httpx.Request], httpx.Response], budget: Budget | None = None
) -> AsyncIterator[HttpAtsClient]:
    async with httpx.AsyncClient(transport=httpx.MockTransport(answer), follow_redirects=True) as http:
        yield HttpAtsClient(http, FixedClock(), budget or Budget(1000, 1.0, lambda: 0.0))


def always(status: int, **given: object) -> Callable[[httpx.Request], httpx.Response]:
    return lambda _request: httpx.Response(status, **given)  # type: ignore[arg-type]  # Whatever a response is made of.


@pytest.mark.parametrize("status", [401, 403])
async def test_status_401_and_403_raise_refused(status: int) -> None:
    async with a_client(always(status)) as client:
        with pytest.raises(Refused):
            await client.get(URL)


@pytest.mark.parametrize(
    ("status", "wish", "seconds"),
    [
        (429, "7", 7),
        (429, None, DEFAULT_DELAY),
        (429, "0", 1),
        (429, "-5", DEFAULT_DELAY),
        (429, "soon", DEFAULT_DELAY),
        (429, "999999999999", MOST_DELAY),
        (503, "12", 12),
        (500, None, DEFAULT_DELAY),
    ],
)
async def test_busy_has_bounded_retry_after(status: int, wish: str | None, seconds: int) -> None:
    async with a_client(always(status, headers={"Retry-After": wish} if wish else {})) as client:
        with pytest.raises(Busy) as caught:
            await client.get(URL)
        assert caught.value.retry_after == seconds


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirect_is_not_followed(status: int) -> None:
    asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(status, headers={"Location": "https://elsewhere.example/"})

    async with a_client(answer) as client:
        with pytest.raises(Unreadable):
            await client.post(URL, json={}, auth=("key", ""))
    assert asked == [URL]


@pytest.mark.parametrize("url", ["http://api.ats.example/", "ftp://api.ats.example/", "//api.ats.example/"])
async def test_http_url_is_refused(url: str) -> None:
    async with a_client(always(200, json={})) as client:
        with pytest.raises(Unreadable):
            await client.get(url)
        assert client.calls == 0


@pytest.mark.parametrize(
    ("link", "following"),
    [
        ('<https://api.ats.example/v1/things?cursor=2>; rel="next"', "https://api.ats.example/v1/things?cursor=2"),
        ('</v1/things?cursor=2>; rel="next"', "https://api.ats.example/v1/things?cursor=2"),
        ('<https://API.ats.example:443/v1?cursor=2>; rel="next"', "https://API.ats.example:443/v1?cursor=2"),
        ('<https://elsewhere.example/>; rel="prev"', None),
        ("nonsense", None),
    ],
)
async def test_next_link_on_same_host_is_returned(link: str, following: str | None) -> None:
    async with a_client(always(200, json=[], headers={"Link": link})) as client:
        assert (await client.get(URL)).next_url == following


@pytest.mark.parametrize(
    "there",
    [
        "https://elsewhere.example/?cursor=canary-7",
        "http://api.ats.example/?cursor=canary-7",
        "https://api.ats.example:8443/?cursor=canary-7",
        "https://api.ats.example@elsewhere.example/canary-7",
        "https://[canary-7/",
    ],
)
async def test_next_link_on_other_host_is_unreadable(there: str) -> None:
    async with a_client(always(200, json=[], headers={"Link": f'<{there}>; rel="next"'})) as client:
        with pytest.raises(Unreadable) as caught:
            await client.get(URL)
        assert "canary" not in str(caught.value)


@pytest.mark.parametrize("body", [b"<html>canary-7</html>", b"[" * 100_000, b'"' + b"x" * MOST_BYTES + b'"'])
async def test_body_that_is_not_json_is_unreadable(body: bytes) -> None:
    async with a_client(always(200, content=body)) as client:
        with pytest.raises(Unreadable) as caught:
            await client.get(URL)
        assert "canary" not in str(caught.value)


async def test_missing_response_raises_busy() -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("canary-7", request=request)

    async with a_client(fail) as client:
        with pytest.raises(Busy) as caught:
            await client.get(URL)
        assert caught.value.__cause__ is None


async def test_short_wait_for_budget_is_slept_and_long_one_raises_busy() -> None:
    now = 0.0
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds
        waited.append(seconds)

    async with httpx.AsyncClient(transport=httpx.MockTransport(always(200, json={}))) as http:
        client = HttpAtsClient(http, FixedClock(), Budget(2, 10.0, lambda: now), sleep)
        for _ in range(4):
            await client.get(URL)
        assert waited == [pytest.approx(5.0), pytest.approx(5.0)]
        slow = HttpAtsClient(http, FixedClock(), Budget(1, 3600.0, lambda: now), sleep)
        await slow.get(URL)
        with pytest.raises(Busy):
            await slow.get(URL)


async def test_client_logs_nothing(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    async with a_client(always(200, json={"name": "canary-7"})) as client:
        await client.get(URL)
    assert "canary" not in caplog.text


async def test_lone_surrogate_in_response_is_dropped() -> None:
    async with a_client(always(200, content=rb'{"name": "Ben \ud83d\u0000"}')) as client:
        assert (await client.get(URL)).json == {"name": "Ben "}
