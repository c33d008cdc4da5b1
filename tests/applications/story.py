"""The story of the tests of offers: Acme rejects Ben, whom three people interviewed, and Ben reads his mail."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.delivery.post import BEN, Mailbox, code_in, text_of, work
from tests.support.app import FixedClock, Running, an_app, nonce, tick
from tests.support.neutral_ats import Acme, a_snapshot, an_application, an_interview, at, connect

OMAR, LIN, CLEO, ADA = "omar@acme.test", "lin@acme.test", "cleo@acme.test", "ada@acme.test"
PANEL = (OMAR, LIN, CLEO)


def somebody(email: str, role: str = "INTERVIEWER", **over: Any) -> dict[str, Any]:
    """Return an interviewer."""
    name = email.partition("@")[0].title()
    person = {"remote_id": name, "first_name": name, "last_name": "Acme", "email": email}
    return {**person, "response_status": "ACCEPTED", "role": role, **over}


def met_by(*emails: str, **over: Any) -> dict[str, Any]:
    """Return a snapshot of Ben's rejection after one interview with all these people."""
    return a_snapshot(interviews=[an_interview(interviewers=[somebody(email) for email in emails])], **over)


def a_job(**over: Any) -> dict[str, Any]:
    """Return the job, whose manager is Ada."""
    manager = somebody(ADA, "HIRING_MANAGER")
    return {
        "remote_id": "j1",
        "name": "Technical writer",
        "remote_updated_at": at(),
        "hiring_managers": [manager],
        **over,
    }


def status_update(status: str, hours: float, **over: Any) -> dict[str, Any]:
    """Return a snapshot with only the status of the application."""
    return {"application": an_application(status, hours, **over)}


@dataclass
class Story:
    """The ATS of Acme, the mailbox of everybody, and the steps of an offer."""

    ats: Acme
    mailbox: Mailbox

    @property
    def app(self) -> Running:
        return self.ats.app

    async def go_on(self) -> None:
        """Run a tick, and send the mail."""
        await tick(self.app)
        await work(self.app, self.mailbox)

    async def offered(self, body: dict[str, Any] | None = None) -> str:
        """Reject Ben, and return the code of the offer that he gets."""
        answer = await self.ats.put(body or met_by(*PANEL))
        assert answer.status_code in (200, 201), answer.text
        await self.go_on()
        return self.code()

    def code(self) -> str:
        """Return the code of the latest mail to Ben."""
        return code_in(self.mailbox.to(BEN)[-1])

    def letters(self, address: str) -> list[str]:
        """Return the texts of all mails to an address."""
        return [text_of(message) for message in self.mailbox.to(address)]

    async def ask(self, what: str, code: str, remote_id: str = "a1", **fields: Any) -> httpx.Response:
        """Post to a route of the offer with this code."""
        row = await self.ats.row(remote_id)
        assert row is not None
        return await self.app.client.post(f"/v1/offers/{row.id}/{what}", json={"code": code, **fields})

    async def accept(self, code: str, *, remote_id: str = "a1", **fields: Any) -> dict[str, Any]:
        """Accept the offer; return the response."""
        answer = await self.ask("acceptance", code, remote_id, **{"nonce": nonce(), **fields})
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def accepted(self, body: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
        """Reject Ben, make and accept the offer, and send the mail."""
        raised = await self.accept(await self.offered(body), **fields)
        await work(self.app, self.mailbox)
        return raised

    async def seen_by_employer(self) -> bytes:
        """Return the employer's view of Ben's application, byte for byte."""
        answer = await self.ats.ask("GET", "/applications/a1/feedback-status")
        assert answer.status_code == 200, answer.text
        return answer.content


@asynccontextmanager
async def a_story(database_url: str, tmp_path: Path, **settings: Any) -> AsyncIterator[Story]:
    """Run the application with Acme connected, and a mailbox."""
    clock = FixedClock()
    async with an_app(database_url, tmp_path, clock) as app:
        yield Story(await connect(app, **settings), Mailbox())
