"""What stands in front of the service: every request leaves a line, as in the log of a reverse proxy."""

from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.app import FixedClock

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


@dataclass
class Proxy:
    """Wraps the application, gives it the address of whoever asks, and writes the log."""

    app: ASGIApp
    clock: FixedClock
    ip: str = "127.0.0.1"
    lines: list[AccessLine] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        received = sent = status = 0

        async def counting_receive() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            return message

        async def counting_send(message: Message) -> None:
            nonlocal sent, status
            status = message.get("status", status)
            sent += len(message.get("body", b""))
            await send(message)

        await self.app({**scope, "client": (self.ip, 40000)}, counting_receive, counting_send)
        line = AccessLine(self.clock.at.timestamp(), self.ip, scope["path"], status, received, sent)
        self.lines.append(line)


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
