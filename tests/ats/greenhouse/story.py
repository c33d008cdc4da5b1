"""Fixture of the Greenhouse tests: the running application, a fake of Greenhouse, and common steps."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.rules import Provider
from app.applications import offers
from app.applications.dossier import Dossier
from app.applications.intake import find_dossier
from app.applications.models import ApplicationRow, NoticeRow
from app.applications.queries import find_row
from app.ats.greenhouse import connector
from app.ats.sync import AtsGateway, pull_before_offer, pull_due
from tests.ats.greenhouse.fake import APPLICATION, BEN, CLIENT, CLIENT_SECRET, FakeGreenhouse, signed
from tests.delivery.post import Mailbox, text_of, work
from tests.support.app import Running, an_app, follow, tick
from tests.support.ats import Connected, a_connection, as_operator, read_offer

REMOTE = str(APPLICATION)


@dataclass
class Story:
    """The running application, Acme's Greenhouse, its connection, and the sent mail."""

    app: Running
    greenhouse: FakeGreenhouse
    connected: Connected
    gateway: AtsGateway
    mailbox: Mailbox

    async def deliver(self, headers: dict[str, str], body: bytes) -> httpx.Response:
        """Send a message like Greenhouse, signed with the customer's secret."""
        event_id = headers["Greenhouse-Event-ID"]
        headers = signed(body, event_id=event_id, secret=self.connected.hook_secret)
        return await self.app.client.post(self.connected.hook_url, content=body, headers=headers)

    async def tell(self, action: str, payload: dict[str, Any] | None = None) -> None:
        """Let Greenhouse report an event, and pull."""
        answer = await self.deliver(*self.greenhouse.webhook(action, payload))
        assert (answer.status_code, answer.content) == (200, b"")
        await self.look()

    async def look(self) -> None:
        while await pull_due(self.app.ctx, self.gateway):
            pass
        await follow(self.app)

    async def go_on(self, **span: float) -> None:
        """Let time pass, make the due offers, and send the mail."""
        self.app.clock.advance(**span)

        async def look_again(application_id: UUID) -> bool:
            return await pull_before_offer(self.app.ctx, self.gateway, application_id)

        await offers.make_due_offers(self.app.ctx, self.app.clock.now(), reread=look_again)
        await tick(self.app)
        await work(self.app, self.mailbox)

    async def found(self, remote_id: str = REMOTE) -> ApplicationRow | None:
        return await self.app.ctx.db.read(find_row, UUID(self.connected.id), remote_id)

    async def row(self, remote_id: str = REMOTE) -> ApplicationRow:
        found = await self.found(remote_id)
        assert found is not None
        return found

    async def dossier(self, remote_id: str = REMOTE) -> Dossier:
        """Return the stored facts of an application."""
        found = await find_dossier(self.app.ctx, UUID(self.connected.id), remote_id)
        assert found is not None
        return found

    async def standing(self, remote_id: str = REMOTE) -> tuple[str, str | None]:
        row = await self.row(remote_id)
        return row.offer if row.uptake in (None, "open") else row.uptake, row.reason

    async def reject(self) -> None:
        """Reject Ben and report it."""
        self.greenhouse.reject()
        await self.tell("reject_candidate")

    async def offered(self) -> tuple[str, str]:
        """Reject Ben and make his offer. Return its id and code."""
        await self.reject()
        await self.go_on(hours=73)
        return read_offer(text_of(self.mailbox.to(BEN)[0]))

    async def shown(self) -> dict[str, Any]:
        """Return the connection as its operator sees it."""
        path = f"/v1/connections/{self.connected.id}"
        found: dict[str, Any] = (await self.app.client.get(path, headers=as_operator(self.app))).json()
        return found

    async def change(self, **over: Any) -> None:
        """Change the connection."""
        path = f"/v1/connections/{self.connected.id}"
        assert (await self.app.client.patch(path, json=over, headers=as_operator(self.app))).status_code == 200

    async def notices(self) -> list[str]:
        def read(session: Session) -> list[str]:
            return list(session.scalars(select(NoticeRow.code)))

        return await self.app.ctx.db.read(read)


@asynccontextmanager
async def a_story(database_url: str, tmp_path: Path, **settings: Any) -> AsyncIterator[Story]:
    async with an_app(database_url, tmp_path) as app:
        credentials = {"client_id": CLIENT, "client_secret": CLIENT_SECRET, "sub": "1"}
        connected = await a_connection(app, provider="greenhouse", credentials=credentials, settings=settings)
        fake = FakeGreenhouse(app.clock)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(fake)) as http:
            yield Story(app, fake, connected, AtsGateway({Provider.GREENHOUSE: connector}, http), Mailbox())
