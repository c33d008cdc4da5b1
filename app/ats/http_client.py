"""HTTP client for ATS APIs: rate budget, timeout, size limit, and no other host than the requested one.

The client never logs a URL or a body, since both contain ids of people.
"""

import asyncio
import json as jsons
import math
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx

from app.ats.connector import Busy, NotPermitted, Refused, Reply, Unreadable
from app.core.clock import Clock
from app.core.text import without_unstorable

LIMIT_SECONDS = 20.0
MOST_BYTES = 4 * 1024 * 1024
# Seconds to wait when a 429 or 5xx names no delay, and the longest delay that Debrief accepts.
DEFAULT_DELAY = 30
MOST_DELAY = 3600


class Budget:
    """Token bucket of one connection: `calls` at once, refilled over `seconds`."""

    def __init__(self, calls: int, seconds: float, now: Callable[[], float]) -> None:
        self._calls, self._rate, self._now = calls, calls / seconds, now
        self._left, self._at = float(calls), now()

    def take(self) -> float:
        """Spend a call and return 0, or return the seconds until one is available."""
        at = self._now()
        self._left = min(self._calls, self._left + (at - self._at) * self._rate)
        self._at = at
        if self._left >= 1:
            self._left -= 1
            return 0.0
        return (1 - self._left) / self._rate


class HttpAtsClient:
    """`AtsClient` over httpx for one connection. It sleeps for a short wait and raises Busy for a long one."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        clock: Clock,
        budget: Budget,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.memory: dict[str, str] = {}
        self.calls = 0
        self._http, self._budget, self._sleep = http, budget, sleep
        self.now = clock.now

    async def get(
        self,
        url: str,
        *,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
    ) -> Reply:
        """Send a GET request."""
        return await self._send("GET", url, params=params, headers=headers, auth=auth)

    async def post(
        self,
        url: str,
        *,
        json: Mapping[str, Any] | None = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
    ) -> Reply:
        """Send a POST request."""
        return await self._send("POST", url, json=json, data=form, headers=headers, auth=auth)

    async def _send(self, method: str, url: str, **given: Any) -> Reply:
        if urlsplit(url).scheme != "https":
            raise Unreadable("not_https")
        wait = self._budget.take()
        while wait:
            if wait > LIMIT_SECONDS:
                raise Busy(math.ceil(wait))
            await self._sleep(wait)
            wait = self._budget.take()
        self.calls += 1
        try:
            async with asyncio.timeout(LIMIT_SECONDS):
                request = self._http.build_request(method, url, **{k: v for k, v in given.items() if k != "auth"})
                auth = given.get("auth")
                answered = await self._http.send(
                    request, auth=httpx.BasicAuth(*auth) if auth else None, stream=True, follow_redirects=False
                )
                try:
                    body = await _read(answered)
                finally:
                    await answered.aclose()
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError):
            # Without the cause, which contains the URL.
            raise Busy(DEFAULT_DELAY) from None
        return _check_response(answered, url, body)


async def _read(answered: httpx.Response) -> bytes:
    body = b""
    async for part in answered.aiter_bytes():
        body += part
        if len(body) > MOST_BYTES:
            raise Unreadable("too_long")
    return body


def _check_response(answered: httpx.Response, url: str, body: bytes) -> Reply:
    status = answered.status_code
    if status == 401:
        raise Refused("http_401")
    if status == 403:
        raise NotPermitted("http_403", _json(body))
    if status == 429 or status >= 500:
        raise Busy(_retry_after(answered.headers.get("retry-after")))
    if 300 <= status < 400:
        # A redirect target would receive the credentials.
        raise Unreadable("redirect")
    found = _json(body)
    if body and found is None and body.strip() != b"null":
        raise Unreadable("no_json")
    headers = {name.lower(): value for name, value in answered.headers.items()}
    return Reply(status, headers, found, _next_url(answered, url))


def _json(body: bytes) -> Any:
    """Return the parsed body, or None if it is not JSON."""
    try:
        return jsons.loads(without_unstorable(body))
    except (ValueError, RecursionError):
        return None


def _retry_after(wish: str | None) -> int:
    if wish is None or not wish.isascii() or not wish.isdigit():
        return DEFAULT_DELAY
    return max(1, min(int(wish[:9]), MOST_DELAY))


def _next_url(answered: httpx.Response, url: str) -> str | None:
    try:
        following = answered.links.get("next", {}).get("url")
        there = urljoin(url, following) if following else None
        elsewhere = there is not None and _origin(there) != _origin(url)
    except ValueError:
        raise Unreadable("link") from None
    if elsewhere:
        # Ignoring the link would make an incomplete list look complete.
        raise Unreadable("link_elsewhere")
    return there


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower().removesuffix(":443")
