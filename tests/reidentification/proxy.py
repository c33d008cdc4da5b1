"""What stands in front of the service: every request leaves a line, as in the log of a reverse proxy."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message

from tests.support.app import FixedClock

KIB = 1024
PADDED = 32 * KIB


@dataclass(frozen=True)
class AccessLine:
    """One request, as anybody sees it who stands between: when, from where, to what, and how much went by."""

    at: float
    ip: str
    path: str
    status: int
    received: int
    sent: int

    @property
    def kind(self) -> str:
        """Return what was asked for, without whose: the last part of the path."""
        return self.path.rpartition("/")[2] if self.path.startswith("/v1") else "page"


@dataclass(frozen=True)
class Shown:
    """What came back of a request."""

    status_code: int
    content: bytes

    @property
    def text(self) -> str:
        """Return it as text, for whoever finds out why a game could not be played."""
        return self.content.decode()

    def json(self) -> Any:
        """Return what it says."""
        return json.loads(self.content)


@dataclass
class Proxy:
    """Stands before the application, gives it the address of whoever asks, and writes the log.

    It calls the application itself: a game makes tens of thousands of requests, and with an HTTP client in between they
    take a fifth longer.
    """

    app: ASGIApp
    clock: FixedClock
    base_url: str
    lines: list[AccessLine] = field(default_factory=list)

    async def ask(self, ip: str, method: str, path: str, headers: dict[str, str], content: bytes = b"") -> Shown:
        """Pass a request on, and return what came back."""
        place = urlsplit(self.base_url)
        sent = {
            "host": place.netloc,
            "accept": "*/*",
            "accept-encoding": "gzip, deflate",
            "user-agent": "game",
        } | headers
        if content:
            sent["content-length"] = str(len(content))
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
            "scheme": place.scheme,
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "server": (place.hostname, place.port),
            "client": (ip, 40000),
            "root_path": "",
        }
        waiting: list[Message] = [{"type": "http.request", "body": content, "more_body": False}]
        status, parts = 0, []

        async def receive() -> Message:
            if waiting:
                return waiting.pop()
            await over.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            parts.append(message.get("body", b""))

        over = asyncio.Event()
        await self.app(scope, receive, send)
        shown = Shown(status, b"".join(parts))
        read = 0 if waiting else len(content)
        self.lines.append(AccessLine(self.clock.at.timestamp(), ip, path, status, read, len(shown.content)))
        return shown


def padded(body: bytes) -> bytes:
    """Return a JSON object made as long as shipped clients make all of theirs."""
    room = PADDED - len(body) - len(b',"pad":""')
    return body[:-1] + b',"pad":"' + b"x" * room + b'"}'


def in_clear(row: Any) -> str:
    """Return the words of a released answer, as one text."""
    if isinstance(row, dict):
        return " ".join(in_clear(value) for key, value in row.items() if key != "id")
    if isinstance(row, list):
        return " ".join(in_clear(value) for value in row)
    return row if isinstance(row, str) else ""
