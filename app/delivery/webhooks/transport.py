"""HTTP transport for webhooks: it looks up a host once, checks all its addresses, and connects to one of those.

A second look-up could return another, unchecked address (DNS rebinding).
"""

import asyncio
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import httpx
from typing_extensions import override

from app.delivery.webhooks import addresses
from app.delivery.webhooks.addresses import Refused
from app.delivery.webhooks.rules import Fault

# Looks up the addresses of a host.
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
# Bytes of a response that are read and dropped, so that the receiver can end it normally.
MOST_READ = 64 * 1024
# Addresses of one host that are tried.
_MOST_ADDRESSES = 3
_AGENT = "Debrief-Webhooks/1"


@dataclass(frozen=True)
class Answer:
    """The response to a delivery: a status and Retry-After, or the fault if there is none."""

    status: int | None
    retry_after: str | None = None
    fault: Fault | None = None

    @property
    def taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class Outward(httpx.AsyncHTTPTransport):
    """A transport that connects only to public addresses, whatever a URL or a name server says.

    Used without a client, which would keep cookies, follow redirects and use proxies from the environment.
    """

    def __init__(self, resolve: Resolve, *, to_loopback: bool = False, trust: ssl.SSLContext | None = None) -> None:
        super().__init__(
            verify=trust or httpx.create_ssl_context(trust_env=False),
            trust_env=False,
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
        )
        self._resolve = resolve
        self._to_loopback = to_loopback

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request to a checked address. Raises Refused, or one of httpx's errors."""
        url = addresses.checked_url(str(request.url), to_loopback=self._to_loopback)
        port = url.port or (443 if url.scheme == "https" else 80)
        found = await self._resolve(url.host, port)
        allowed = addresses.checked_addresses(url, found, to_loopback=self._to_loopback)[:_MOST_ADDRESSES]
        # The certificate must be valid for the host name. The Host header was set when the request was made.
        extensions = {**request.extensions, "sni_hostname": url.host}
        for address in allowed[:-1]:
            with suppress(httpx.ConnectError):
                return await super().handle_async_request(_to(request, url, address, extensions))
        return await super().handle_async_request(_to(request, url, allowed[-1], extensions))


async def post(way: Outward, url: str, headers: dict[str, str], body: bytes, *, limit: float) -> Answer:
    """Send a delivery; return the response. `limit` is in seconds, for the whole exchange."""
    status: int | None = None
    retry_after: str | None = None
    try:
        async with asyncio.timeout(limit):
            request = httpx.Request(
                "POST",
                url,
                headers={"Content-Type": "application/json", "User-Agent": _AGENT, "Connection": "close", **headers},
                content=body,
                extensions={"timeout": httpx.Timeout(limit).as_dict()},
            )
            response = await way.handle_async_request(request)
            try:
                status, retry_after = response.status_code, response.headers.get("retry-after")
                await _drop(response)
            finally:
                await response.aclose()
    except (TimeoutError, httpx.TimeoutException):
        # A status of 200 means accepted, even if the rest of the response is slow.
        return Answer(status, retry_after, None if status else Fault.TOO_SLOW)
    except (Refused, httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError):
        return Answer(status, retry_after, None if status else Fault.NOT_REACHABLE)
    return Answer(status, retry_after)


async def look_up(host: str, port: int) -> Sequence[str]:
    """Return the addresses of a host, from the system's resolver. Raises OSError.

    Each look-up has a daemon thread of its own: a silent name server must not use up the event loop's few threads, nor
    delay the end of the process.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Sequence[str]] = loop.create_future()

    def resolve(found: Sequence[str] | None) -> None:
        if not answer.done():
            if found is None:
                answer.set_exception(OSError("no such host"))
            else:
                answer.set_result(found)

    def ask() -> None:
        found: Sequence[str] | None
        try:
            listed = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found = list(dict.fromkeys(str(entry[4][0]) for entry in listed))
        except (OSError, UnicodeError):
            found = None
        with suppress(RuntimeError):  # The loop has ended meanwhile.
            loop.call_soon_threadsafe(resolve, found)

    threading.Thread(target=ask, name="look-up", daemon=True).start()
    return await answer


def _to(request: httpx.Request, url: httpx.URL, address: str, extensions: dict[str, object]) -> httpx.Request:
    return httpx.Request(
        request.method,
        url.copy_with(host=address),
        headers=request.headers,
        stream=request.stream,
        extensions=extensions,
    )


async def _drop(response: httpx.Response) -> None:
    read = 0
    async for piece in response.aiter_raw():
        read += len(piece)
        if read >= MOST_READ:
            return
