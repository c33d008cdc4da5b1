"""Fixture of the Lever tests: the running application, a fake of Lever, and common steps."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from app.accounts.rules import Provider
from app.applications import offers
from app.applications.dossier import Dossier
from app.applications.dossier_store import open_dossier
from app.applications.models import ApplicationRow
from app.applications.queries import find_row
from app.ats.lever import connector
from app.ats.sync import AtsGateway, pull_before_offer, pull_due, reconcile
from app.sealing.keystore import KeyName, Purpose
from tests.ats.lever.fake import KEY, OPPORTUNITY, SECRET, UNDERQUALIFIED, WITHDREW, FakeLever
from tests.delivery.post import Mailbox, work
from tests.support.app import Running, an_app, follow, tick
from tests.support.ats import Connected, a_connection, as_operator

CREDENTIALS = {
    "api_key": KEY,
    "signature_tokens": SECRET,
    "rejected_reasons": UNDERQUALIFIED,
    "withdrew_reasons": WITHDREW,
}


@dataclass
class Story:
    """The running application, Acme's Lever, its connection, and the sent mail."""

    app: Running
    lever: FakeLever
    connected: Connected
    gateway: AtsGateway
    mailbox: Mailbox

    async def deliver(self, body: bytes, content_type: str = "application/json") -> httpx.Response:
        """Send a message like Lever."""
        headers = {"Content-Type": content_type}
        return await self.app.client.post(self.connected.hook_url, content=body, headers=headers)

    async def tell(self, event: str = "candidateArchiveChange", remote_id: str = OPPORTUNITY) -> None:
        """Let Lever report an event a second later, and pull."""
        self.app.clock.advance(seconds=1)
        answer = await self.deliver(self.lever.delivery(event, {"opportunityId": remote_id}))
        assert (answer.status_code, answer.content) == (200, b"{}")
        await self.look()

    async def look(self) -> None:
        """Pull until nothing is due."""
        while await pull_due(self.app.ctx, self.gateway):
            pass
        await follow(self.app)

    async def catch_up(self) -> None:
        """Run the nightly pull."""
        await reconcile(self.app.ctx, self.gateway)
        await self.look()

    async def go_on(self, **span: float) -> None:
        """Let time pass, make the due offers, and send the mail."""
        self.app.clock.advance(**span)
        await offers.make_due_offers(self.app.ctx, self.app.clock.now(), reread=self._reread)
        await tick(self.app)
        await work(self.app, self.mailbox)

    async def reject(self, reason: str = UNDERQUALIFIED, remote_id: str = OPPORTUNITY) -> None:
        """Let Acme reject Ben, and Lever report it."""
        self.lever.archive(reason, remote_id)
        await self.tell(remote_id=remote_id)

    async def row(self, remote_id: str = OPPORTUNITY) -> ApplicationRow | None:
        """Return the row of an application."""
        return await self.app.ctx.db.read(find_row, UUID(self.connected.id), remote_id)

    async def standing(self, remote_id: str = OPPORTUNITY) -> tuple[str, str | None]:
        """Return the state of its offer, and the reason."""
        row = await self.row(remote_id)
        assert row is not None
        return row.offer if row.uptake in (None, "open") else row.uptake, row.reason

    async def dossier(self, remote_id: str = OPPORTUNITY) -> Dossier:
        """Return the stored facts of an application."""
        row = await self.row(remote_id)
        assert row is not None
        key = await self.app.ctx.keys.find(KeyName(Purpose.APPLICATION, row.id))
        assert key is not None
        return open_dossier(key, row.id, row.dossier)

    async def shown(self) -> dict[str, Any]:
        """Return the connection as its operator sees it."""
        answer = await self.app.client.get(f"/v1/connections/{self.connected.id}", headers=as_operator(self.app))
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def change(self, **over: Any) -> None:
        """Change the connection as its operator."""
        path = f"/v1/connections/{self.connected.id}"
        answer = await self.app.client.patch(path, json=over, headers=as_operator(self.app))
        assert answer.status_code == 200, answer.text

    async def notices(self) -> list[str]:
        """Return the codes of the notices."""
        path = f"/v1/connections/{self.connected.id}/notices"
        answer = await self.app.client.get(path, headers=as_operator(self.app))
        assert answer.status_code == 200, answer.text
        return [one["code"] for one in answer.json()["data"]]

    async def _reread(self, application_id: UUID) -> bool:
        return await pull_before_offer(self.app.ctx, self.gateway, application_id)


@asynccontextmanager
async def a_story(database_url: str, tmp_path: Path, **settings: Any) -> AsyncIterator[Story]:
    """Run the application with Acme's Lever connected."""
    async with an_app(database_url, tmp_path) as app:
        lever = FakeLever(app.clock)
        connected = await a_connection(app, provider="lever", credentials=CREDENTIALS, settings=settings)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(lever)) as http:
            yield Story(app, lever, connected, AtsGateway({Provider.LEVER: connector}, http), Mailbox())
