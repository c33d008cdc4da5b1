"""A real SMTP server on the loopback interface, which accepts, refuses, hangs up or hangs as a test asks."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.support.databases import free_port

Answer = str | None


@dataclass
class Behaviour:
    """What the server does with each recipient and each message: None takes it, a text is its answer.

    The answers `drop` and `hang` are no answers: the connection is cut, or nothing is said for `patience` seconds. With
    `take and drop` the message is taken, and its sender never hears of it.
    """

    recipient: Callable[[str], Answer] = lambda _to: None
    message: Callable[[str], Answer] = lambda _to: None
    patience: float = 30.0


@dataclass
class Office:
    """A running server, and what it took: (recipient, raw message), in order."""

    port: int
    behaviour: Behaviour
    taken: list[tuple[str, bytes]] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)
    hangs_at_quit: bool = False

    # No property: the library evaluates all of them for each connection.
    def messages(self) -> list[EmailMessage]:
        """Return what was taken, read."""
        return [message_from_bytes(raw, policy=SMTP_POLICY) for _, raw in self.taken]

    async def handle_RCPT(  # noqa: N802  # The library's name for it.
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        self.seen[address] += 1
        answer = await self._act(server, self.behaviour.recipient(address))
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        to = envelope.rcpt_tos[0]
        answer = self.behaviour.message(to)
        content: Any = envelope.content
        if answer in {None, "take and drop"}:
            self.taken.append((to, content))
        return await self._act(server, "drop" if answer == "take and drop" else answer) or "250 OK"

    async def handle_QUIT(self, _server: SMTP, _session: Session, _envelope: Envelope) -> str:  # noqa: N802
        if self.hangs_at_quit:
            await asyncio.sleep(60)
        return "221 Bye"

    async def _act(self, server: SMTP, answer: Answer) -> Answer:
        if answer == "drop":
            transport: Any = server.transport
            transport.abort()
            # The library ends this task when the loss of the connection reaches it.
            await asyncio.sleep(60)
        if answer == "hang":
            await asyncio.sleep(self.behaviour.patience)
            return "451 sorry"
        return answer


@contextmanager
def an_office(behaviour: Behaviour | None = None, **options: Any) -> Iterator[Office]:
    """Run a server in a thread of its own."""
    office = Office(free_port(), behaviour or Behaviour())
    controller = Controller(office, hostname="127.0.0.1", port=office.port, ready_timeout=30, **options)
    controller.start()
    try:
        yield office
    finally:
        controller.stop(no_assert=True)
