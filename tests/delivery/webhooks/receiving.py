"""A webhook receiver on this machine that can misbehave, and helpers for tests of webhooks."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import connections
from app.accounts.rules import ConnectionSettings, Provider
from app.composition import build_courier
from app.delivery.webhooks import endpoints, events
from app.delivery.webhooks.models import DeliveryRow, EndpointRow
from app.delivery.webhooks.rules import STANDARD, EventType, Pace
from app.delivery.webhooks.transport import Resolve, look_up
from app.delivery.webhooks.worker import deliver_once
from tests.support.app import Running

OFFERED = EventType.OFFERED
Behaviour = Callable[[asyncio.StreamWriter], Awaitable[None]]


def says(status: int, *headers: str, body: bytes = b"") -> Behaviour:
    """Return a behaviour: this answer, and the end."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        lines = [f"HTTP/1.1 {status} Any", f"Content-Length: {len(body)}", *headers, "", ""]
        writer.write("\r\n".join(lines).encode() + body)
        await writer.drain()

    return answer


async def never_answers(writer: asyncio.StreamWriter) -> None:
    """Take the request, and say nothing."""
    del writer
    await asyncio.sleep(60)


async def never_ends(writer: asyncio.StreamWriter) -> None:
    """Answer 500 with headers and a body that drips for ever."""
    writer.write(b"HTTP/1.1 500 Any\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"1\r\nx\r\n")
        await writer.drain()
        await asyncio.sleep(0.05)


@dataclass
class Taken:
    """A request that arrived."""

    head: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """Listens on a port of its own, and keeps what comes."""

    behaviour: Behaviour = field(default_factory=lambda: says(204))
    taken: list[Taken] = field(default_factory=list)
    port: int = 0
    poured: int = 0
    news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks"

    async def until(self, count: int) -> None:
        """Wait for so many requests."""
        while len(self.taken) < count:
            self.news.clear()
            await self.news.wait()

    async def pours(self, writer: asyncio.StreamWriter) -> None:
        """Answer 200 with a body without end, as fast as it is read."""
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"10000\r\n" + b"x" * 65536 + b"\r\n")
            await writer.drain()
            self.poured += 65536

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError), closing(writer):
            lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            pairs = (line.partition(": ") for line in lines[1:] if line)
            headers = {name.lower(): value for name, _, value in pairs}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            self.taken.append(Taken(lines[0], headers, body))
            self.news.set()
            await self.behaviour(writer)


@asynccontextmanager
async def a_receiver(behaviour: Behaviour | None = None) -> AsyncIterator[Receiver]:
    """Listen on a free port of this machine."""
    receiver = Receiver(behaviour or says(204))
    tasks: set[asyncio.Task[None]] = set()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(receiver.serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(begin, "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        # Transports close in the loop's next turns.
        for _ in range(3):
            await asyncio.sleep(0)


def resolving(*found: str) -> Resolve:
    """Return a name server that says this of every name."""

    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return found

    return resolve


async def a_connection(app: Running) -> UUID:
    """Store a connection."""

    def make(session: Session) -> UUID:
        return connections.create(
            session,
            provider=Provider.NEUTRAL,
            settings=ConnectionSettings(company="Acme"),
            is_test=False,
            vendor_id=None,
            hook_secret="whsec_AAAA",
            credentials=None,
            vault_key=app.ctx.vault_key,
            today=app.clock.now().date(),
        ).id

    return await app.ctx.db.write(make)


async def an_endpoint(
    app: Running, connection_id: UUID, url: str, event_types: Sequence[EventType] = (OFFERED, EventType.CLOSED)
) -> tuple[UUID, str]:
    """Store an endpoint; return its id and its secret."""

    def make(session: Session) -> tuple[UUID, str]:
        row, secret = endpoints.create(
            session,
            connection_id,
            url=url,
            event_types=event_types,
            vault_key=app.ctx.vault_key,
            today=app.clock.now().date(),
            to_loopback=True,
        )
        return row.id, secret

    return await app.ctx.db.write(make)


async def announce(app: Running, connection_id: UUID, event_type: str = OFFERED, /, **data: Any) -> None:
    """Announce an event of today."""
    said = data or {"application_remote_id": f"app-{uuid4()}"}
    await app.ctx.db.write(events.announce, connection_id, event_type, said, on=app.clock.now().date())


async def deliver(app: Running, *, resolve: Resolve = look_up, pace: Pace = STANDARD) -> int:
    """Try what is due now."""
    return await deliver_once(build_courier(app.ctx, resolve=resolve, pace=pace))


async def deliveries_of(app: Running, endpoint_id: UUID | None = None) -> list[DeliveryRow]:
    """Return deliveries, of all endpoints or of one."""
    statement = select(DeliveryRow)
    if endpoint_id is not None:
        statement = statement.where(DeliveryRow.endpoint_id == endpoint_id)
    return list(await app.ctx.db.read(lambda session: session.scalars(statement).all()))


async def endpoint(app: Running, endpoint_id: UUID) -> EndpointRow:
    """Return an endpoint as it is stored."""
    return await app.ctx.db.read(lambda session: session.get_one(EndpointRow, endpoint_id))
