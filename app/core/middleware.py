"""The outermost layer of every request: rate limits, body size, security headers, unforeseen errors, logging.

One pure ASGI middleware, because each `BaseHTTPMiddleware` costs as much as the rest of the framework. On anonymous
paths it logs only that something failed, and on which day: a line per request would tell when who answered. There a
rate limit counts only wrong codes: with each request counted, neighbours behind one address could read in it when a
colleague answers.
"""

import math
import time
from collections.abc import Callable
from datetime import UTC

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core import problems
from app.core.client_address import client_address
from app.core.clock import Clock, SystemClock
from app.core.errors import TooLarge, TooManyRequests
from app.core.rate_limit import RateLimiter
from app.core.settings import Settings

MAX_BODY = 64 * 1024
# For snapshots of applications, with all interviews, that ATSs send.
MAX_SNAPSHOT = 256 * 1024
_LONGEST_LENGTH = 9
_SNAPSHOTS = ("/v1/ats/", "/v1/hooks/")

# Paths that no log, cache or search engine may keep.
_ANONYMOUS = ("/r/", "/q/", "/offer/", "/v1/rounds/", "/v1/manager/", "/v1/offers/", "/v1/mailbox")
# Anonymous pages load these, or link to them: logging them would reveal the same.
_LINKED = ("/static/", "/v1/vocabulary", "/v1/published-keys", "/openapi.json", "/docs", "/for-employers")
_UNLOGGED = (*_ANONYMOUS, *_LINKED, "/u/")
# The responses to a wrong code or token.
_REFUSED_PROOF = frozenset({403, 404})
# Whoever sends something there proves by a code or a token that they may.
_PROVED_BY_CODE = (*_ANONYMOUS, "/confirm", "/v1/address-confirmations")
_UNINDEXED = (*_ANONYMOUS, "/requests", "/u/", "/v1/")

_CSP = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; "
    b"form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", _CSP),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"),
)
_UNINDEXED_HEADER = (b"x-robots-tag", b"noindex, nofollow")
_TRANSPORT_HEADER = (b"strict-transport-security", b"max-age=63072000")

_log = structlog.get_logger("app.edge")


class Edge:
    """The middleware: `app.add_middleware(Edge, settings=…)`, added last, so that it is outermost.

    It calls `failed` once per 5xx on an anonymous path, the only metric of those paths, and `answered` with method,
    route and status of each request that it logs.
    """

    def __init__(
        self,
        app: ASGIApp,
        settings: Settings,
        *,
        clock: Clock | None = None,
        now: Callable[[], float] = time.monotonic,
        failed: Callable[[], None] = lambda: None,
        answered: Callable[[str, str, int], None] | None = None,
    ) -> None:
        self.app = app
        self._proxies = settings.trusted_proxies
        self._clock = clock or SystemClock()
        self._now = now
        self._failed = failed
        self._answered = answered
        self._headers = _HEADERS + ((_TRANSPORT_HEADER,) if settings.base_url.startswith("https://") else ())
        self._anonymous = _limiter(settings.anonymous_rate, settings.anonymous_rate // 2, now)
        # Separate from the answering routes: somebody who tries keys must not keep others from answering.
        self._tokens = _limiter(settings.anonymous_rate, settings.anonymous_rate // 2, now)
        self._hooks = _limiter(settings.hook_rate, settings.hook_rate, now)
        self._raise = _limiter(settings.raise_rate / 60, settings.raise_rate, now)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = self._now()
        path: str = scope["path"]
        status = 0
        is_head = scope["method"] == "HEAD"
        # A route answers HEAD like GET, without the body. The rate limits look at the real method.
        routed = {**scope, "method": "GET"} if is_head else scope

        async def send_secured(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = self._secured(path, message.get("headers", []))
            elif is_head:
                message = {**message, "body": b""}
            await send(message)

        error: Exception | None = None
        try:
            await self._admit(scope, routed, receive, send_secured)
        except Exception as unforeseen:  # noqa: BLE001  # No error may leave the middleware.
            error = unforeseen
            if not status:
                await problems.internal_error()(scope, receive, send_secured)
        self._log_request(scope["method"], routed, status, began, error)

    async def _admit(self, asked: Scope, scope: Scope, receive: Receive, send: Send) -> None:
        limiter = self._limiter_of(asked)
        wait = 0.0 if limiter is None else limiter.take(client_address(scope, self._proxies))
        if wait:
            await _too_many(wait)(scope, receive, send)
            return
        if self._anonymous is not None and asked["method"] == "POST" and asked["path"].startswith(_PROVED_BY_CODE):
            send = self._limited_guesses(self._anonymous, scope, receive, send)
        if not any(name in {b"content-length", b"transfer-encoding"} for name, _ in scope["headers"]):
            await self.app(scope, receive, send)
            return
        body = await _read_body(scope, receive)
        if isinstance(body, TooLarge):
            await problems.from_error(body)(scope, receive, send)
        elif body is not None:
            await self.app(scope, _Replay(body, receive), send)

    def _limiter_of(self, scope: Scope) -> RateLimiter | None:
        """Return the limit that counts every request to this path, or None if there is none."""
        path: str = scope["path"]
        if path == "/v1/feedback-requests" and any(name == b"authorization" for name, _ in scope["headers"]):
            # A connection has a limit of its own; this one is for guessed keys.
            return self._tokens
        if path in {"/v1/feedback-requests", "/"} and scope["method"] == "POST":
            return self._raise
        if path.startswith("/v1/hooks/"):
            return self._hooks
        if path == "/v1/oauth/token":
            return self._tokens
        return None

    def _limited_guesses(self, limiter: RateLimiter, scope: Scope, receive: Receive, send: Send) -> Send:
        """Return a `send` that counts refused codes and tokens, and replaces those over the limit by a 429.

        The application has checked the code by then. So an address that somebody else has exhausted still admits
        everyone with a valid code, and both responses take the same work.
        """
        replaced = False

        async def send_limited(message: Message) -> None:
            nonlocal replaced
            if message["type"] == "http.response.start" and message["status"] in _REFUSED_PROOF:
                wait = limiter.take(client_address(scope, self._proxies))
                if wait:
                    replaced = True
                    await _too_many(wait)(scope, receive, send)
            if not replaced:
                await send(message)

        return send_limited

    def _secured(self, path: str, headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        ours = self._headers
        if path.startswith(_UNINDEXED):
            ours = (*ours, _UNINDEXED_HEADER)
        if path.startswith(_ANONYMOUS):
            names = {name for name, _ in ours}
            return [header for header in headers if header[0].lower() not in names] + list(ours)
        # Elsewhere a response may set its own: a style sheet may be cached, a document may need another policy.
        given = {name.lower() for name, _ in headers}
        return list(headers) + [header for header in ours if header[0] not in given]

    def _log_request(self, method: str, scope: Scope, status: int, began: float, error: Exception | None) -> None:
        path: str = scope["path"]
        # The name of the service, on top of every page, links to the home page.
        if path.startswith(_UNLOGGED) or (path == "/" and method in {"GET", "HEAD"}):
            if status >= 500 or error is not None:
                self._failed()
                # The day only; every other line gets the time.
                day = self._clock.now().astimezone(UTC).date().isoformat()
                _log.error("anonymous_5xx", timestamp=day, exc_info=error)
            return
        template = _template(scope)
        if template is None and error is None:
            return  # Without a route there is only the path, which may contain anything.
        elapsed = round((self._now() - began) * 1000, 1)
        if self._answered is not None and template is not None:
            self._answered(method, template, status)
        level = _log.error if error is not None else _log.info
        level("request", method=method, route=template, status=status, ms=elapsed, exc_info=error)


class _Replay:
    """Gives the application a body that was already read, then the next messages of the connection."""

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._body: bytes | None = body
        self._receive = receive

    async def __call__(self) -> Message:
        if self._body is None:
            return await self._receive()
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}


async def _read_body(scope: Scope, receive: Receive) -> bytes | TooLarge | None:
    """Return the body, the error if it is too large, or None if the client has disconnected.

    The whole body is read before the application runs: the framework would turn an error while reading into a 400 of
    its own. uvicorn reads and drops the rest of a refused body after the answer, so that the client sees the answer.
    """
    most = MAX_SNAPSHOT if scope["path"].startswith(_SNAPSHOTS) else MAX_BODY
    too_large = TooLarge("too_large", f"At most {most // 1024} KiB. Nothing was stored.")
    for name, value in scope["headers"]:
        # Compared as text: Python converts at most 4,300 digits, and leading zeros are allowed.
        digits = value.lstrip(b"0")
        if (
            name == b"content-length"
            and value.isdigit()
            and (len(digits) > _LONGEST_LENGTH or int(digits or b"0") > most)
        ):
            return too_large
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        part: bytes = message.get("body", b"")
        body += part
        if len(body) > most:
            return too_large
        if not message.get("more_body", False):
            return body


def _too_many(wait: float) -> ASGIApp:
    seconds = max(1, math.ceil(wait - 1e-6))
    return problems.from_error(
        TooManyRequests("too_many_requests", "Too many requests. Please wait a little.", seconds)
    )


def _limiter(per_minute: float, burst: int, now: Callable[[], float]) -> RateLimiter | None:
    return RateLimiter(per_minute, max(1, burst), now) if per_minute else None


def _template(scope: Scope) -> str | None:
    """Return the declared path of the route, `/v1/feedback-requests/{id}`; never the requested path."""
    included = scope.get("fastapi", {}).get("effective_route_context")
    template = getattr(included or scope.get("route"), "path_format", None)
    return template if isinstance(template, str) else None
