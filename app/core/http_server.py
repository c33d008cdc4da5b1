"""Options and limits of the HTTP server: what uvicorn logs, adds or trusts, and how long it waits for a request."""

import resource
import time
from asyncio import BaseTransport, TimerHandle
from typing import Any, cast

from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.core import problems
from app.core.settings import Settings

MOST_HEADER_BYTES = 32 * 1024
HEADER_SECONDS = 10.0
BODY_SECONDS = 30.0
LINGER_SECONDS = 1.0
# Longer than Caddy (two minutes) and nginx (one): the proxy has to close idle connections first, or requests get lost.
KEEP_ALIVE_SECONDS = 150
_MOST_CONNECTIONS = 1_000


def uvicorn_options(settings: Settings) -> dict[str, Any]:
    """Return the arguments for `uvicorn.Config(app, **…)`."""
    return {
        "host": settings.host,
        "port": settings.port,
        "http": LimitedProtocol,
        # It prints paths with their query; the middleware logs route templates instead.
        "access_log": False,
        # uvicorn would replace the logging that `configure_logging` has set up.
        "log_config": None,
        "server_header": False,
        # By default uvicorn trusts X-Forwarded-For from 127.0.0.1. The setting `trusted_proxies` decides here.
        "proxy_headers": False,
        # If these two were left out, uvicorn would read WEB_CONCURRENCY and FORWARDED_ALLOW_IPS.
        "workers": 1,
        "forwarded_allow_ips": [],
        "ws": "none",
        "timeout_keep_alive": KEEP_ALIVE_SECONDS,
        "timeout_graceful_shutdown": 8,
    }


class LimitedProtocol(HttpToolsProtocol):
    """uvicorn's protocol, with limits on incomplete requests, which uvicorn does not have.

    Refuses headers of more than 32 KiB (431) or longer than 10 seconds (408), and a body longer than 30 seconds (408).
    When there are too many connections, it closes the one that has waited longest for a request.
    """

    header_seconds = HEADER_SECONDS
    body_seconds = BODY_SECONDS
    deadline: TimerHandle | None = None
    # Of incomplete headers: bytes received, and bytes that the parser has passed on as complete header lines.
    header_bytes = 0
    named_bytes = 0
    # A request has begun, and its headers or its body are incomplete.
    begun = False
    in_body = False
    refused = False
    waits_since = 0.0
    has_served = False

    @override
    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(cast(Any, transport))
        self.waits_since = time.monotonic()
        self._set_deadline(self.header_seconds)
        if len(self.connections) > most_connections():
            self._make_room()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._set_deadline(None)
        super().connection_lost(exc)

    @override
    def data_received(self, data: bytes) -> None:
        if self.refused:
            return
        if not self.in_body and not self.begun:
            self.begun = True
            self._set_deadline(self.header_seconds)
        if not self.in_body:
            # Counted here, too, because `on_header` is called only when a header line is complete.
            self.header_bytes += len(data)
        super().data_received(data)
        if self.begun and not self.in_body and self.header_bytes > MOST_HEADER_BYTES and not self.refused:
            self._refuse(431)

    @override
    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.begun, self.named_bytes = True, 0
        if self.deadline is None:  # Its first bytes came together with the end of the previous request.
            self._set_deadline(self.header_seconds)

    @override
    def on_url(self, url: bytes) -> None:
        self.named_bytes += len(url)
        super().on_url(url)

    @override
    def on_header(self, name: bytes, value: bytes) -> None:
        self.named_bytes += len(name) + len(value) + 4
        super().on_header(name, value)

    @override
    def on_headers_complete(self) -> None:
        if self.named_bytes > MOST_HEADER_BYTES:
            self._refuse(431)
            return
        self.in_body = True
        self._set_deadline(self.body_seconds)
        super().on_headers_complete()

    @override
    def on_body(self, body: bytes) -> None:
        if not self.refused:
            super().on_body(body)

    @override
    def on_message_complete(self) -> None:
        if self.refused:
            return
        self._set_deadline(None)
        self.begun = self.in_body = False
        self.header_bytes = 0
        super().on_message_complete()

    @override
    def on_response_complete(self) -> None:
        self.waits_since, self.has_served = time.monotonic(), True
        super().on_response_complete()

    @override
    def send_400_response(self, msg: str) -> None:
        del msg
        self._refuse(400)

    @property
    def is_waiting(self) -> bool:
        """Whether the server is answering no complete request."""
        return self.cycle is None or self.cycle.response_complete or self.in_body

    def _set_deadline(self, seconds: float | None) -> None:
        """Set the seconds until the awaited part has to be complete; None removes the limit."""
        if self.deadline is not None:
            self.deadline.cancel()
        self.deadline = None if seconds is None else self.loop.call_later(seconds, self._too_late)

    def _too_late(self) -> None:
        if self.begun:
            self._refuse(408)
        else:  # A connection opened in advance, without a request to answer.
            self.transport.close()

    def _refuse(self, status: int) -> None:
        """Answer a request that is incomplete or not HTTP, and close the connection."""
        if self.refused:
            return
        self.refused = True
        self._set_deadline(None)
        if (
            self.in_body and self.cycle.response_started
        ):  # These bytes are the rest of a body that the application refused.
            self.transport.close()
            return
        if self.in_body:
            # The application waits for the rest of the body: report a client that has disconnected.
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        response = problems.unreadable_request(status)
        lines = [b"%s: %s\r\n" % header for header in (*response.raw_headers, (b"connection", b"close"))]
        phrase = problems.phrase_of(status).encode()
        self.transport.write(b"HTTP/1.1 %d %s\r\n%s\r\n%s" % (status, phrase, b"".join(lines), response.body))
        # Closing with unread bytes resets the connection, and the client loses the answer. So read and drop them first.
        self.transport.write_eof()
        self.deadline = self.loop.call_later(LINGER_SECONDS, self.transport.close)

    def _make_room(self) -> None:
        waiting = [one for one in self.connections if isinstance(one, LimitedProtocol) and one.is_waiting]
        # First connections that never sent a request: those of a proxy are worth more.
        longest = min(waiting, key=lambda one: (one.has_served, one.waits_since), default=self)
        longest.transport.close()


def most_connections() -> int:
    """Return the limit of open connections: half of the files that the system allows, at most 1,000.

    The other half is for databases and keys.
    """
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _MOST_CONNECTIONS if files == resource.RLIM_INFINITY else max(16, min(_MOST_CONNECTIONS, files // 2))
