"""Fixture of the Ashby tests: the running application, a fake of Ashby, and common steps."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from app.accounts.rules import Provider
from app.applications import offers
from app.applications.dossier import Dossier
from app.applications.intake import find_dossier
from app.applications.models import ApplicationRow
from app.applications.queries import find_row
from app.ats.ashby import connector
from app.ats.sync import AtsGateway, pull_before_offer, pull_due, reconcile
from tests.ats.ashby.fake import APPLICATION, BEN, KEY, FakeAshby, signed
from tests.delivery.post import Mailbox, text_of, work
from tests.support.app import Running, an_app, follow, tick
from tests.support.ats import Connected, a_connection, as_operator, read_offer


@dataclass
class Story:
    """The running application, Acme's Ashby, its connection, and the sent mail."""

    app: Running
    ashby: FakeAshby
    connected: Connected
    gateway: AtsGateway
    mailbox: Mailbox

    async def post(self, url: str, headers: dict[str, str], body: bytes) -> int:
        """Send a request without credentials. Return its status."""
        return (await self.app.client.post(url, content=body, headers=headers)).status_code

    async def deliver(self, *bodies: bytes) -> None:
        """Send each message once, like Ashby."""
        for body in bodies:
            headers = signed(body, self.connected.hook_secret)
            answer = await self.app.client.post(self.connected.hook_url, content=body, headers=headers)
            assert (answer.status_code, answer.content) == (200, b"{}")

    async def tell(self, *actions: str, remote_id: str = APPLICATION) -> None:
        """Let Ashby report one action, and pull."""
        await self.deliver(*self.ashby.burst(*(actions or BURST), remote_id=remote_id))
        await self.look()

    async def reject(self, reason: str = "RejectedByOrg", remote_id: str = APPLICATION) -> None:
        """Let Acme archive an application, and Ashby report it."""
        self.ashby.archive(remote_id, reason)
        await self.tell(remote_id=remote_id)

    async def offered(self) -> tuple[str, str]:
        """Reject Ben and make his offer. Return its id and code."""
        await self.reject()
        await self.go_on(hours=73)
        return read_offer(text_of(self.mailbox.to(BEN)[-1]))

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
        look_again = partial(pull_before_offer, self.app.ctx, self.gateway)
        await offers.make_due_offers(self.app.ctx, self.app.clock.now(), reread=look_again)
        await tick(self.app)
        await work(self.app, self.mailbox)

    async def row(self, remote_id: str = APPLICATION) -> ApplicationRow | None:
        """Return the row of an application."""
        return await self.app.ctx.db.read(find_row, UUID(self.connected.id), remote_id)

    async def standing(self, remote_id: str = APPLICATION) -> tuple[str, str | None]:
        """Return the state of its offer, and the reason."""
        row = await self.row(remote_id)
        assert row is not None
        return row.offer if row.uptake in (None, "open") else row.uptake, row.reason

    async def dossier(self, remote_id: str = APPLICATION) -> Dossier:
        """Return the stored facts of an application."""
        found = await find_dossier(self.app.ctx, UUID(self.connected.id), remote_id)
        assert found is not None
        return found

    async def met(self, remote_id: str = APPLICATION) -> list[str | None]:
        """Return the addresses of the interviewers."""
        return [who.email for one in (await self.dossier(remote_id)).interviews for who in one.interviewers]

    async def asked_by_operator(self, path: str = "") -> dict[str, Any]:
        """Return the connection as its operator sees it."""
        url = f"/v1/connections/{self.connected.id}{path}"
        answer = await self.app.client.get(url, headers=as_operator(self.app))
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def notices(self) -> Sequence[str]:
        """Return the codes of the notices."""
        return [one["code"] for one in (await self.asked_by_operator("/notices"))["data"]]

    async def change(self, **over: Any) -> None:
        """Change the connection as its operator."""
        path = f"/v1/connections/{self.connected.id}"
        answer = await self.app.client.patch(path, json=over, headers=as_operator(self.app))
        assert answer.status_code == 200, answer.text


BURST = ("candidateStageChange", "applicationUpdate")


@asynccontextmanager
async def a_story(database_url: str, tmp_path: Path, **settings: Any) -> AsyncIterator[Story]:
    """Run the application with Acme's Ashby connected."""
    async with an_app(database_url, tmp_path) as app:
        ashby = FakeAshby(app.clock)
        connected = await a_connection(app, provider="ashby", credentials={"api_key": KEY}, settings=settings)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(ashby)) as http:
            yield Story(app, ashby, connected, AtsGateway({Provider.ASHBY: connector}, http), Mailbox())
