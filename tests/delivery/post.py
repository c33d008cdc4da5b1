"""Helpers for tests of mail: a mailer that keeps what it gets, and a worker that runs when told."""

import email
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any
from uuid import UUID, uuid4

from app.composition import build_post
from app.core.clock import Clock
from app.core.db import Database
from app.delivery import outbox
from app.delivery.backoff import STANDARD, Pace
from app.delivery.mail.letter import Letter, Sender
from app.delivery.models import Hold
from app.delivery.outbox import NewRow
from app.delivery.outbox_claims import Claimed
from app.delivery.worker import Post, work_once
from tests.support.app import Running, raise_request, tick

BEN = "ben@example.test"
OMAR = "omar@acme.example"
LIN = "lin@acme.example"
CLEO = "cleo@acme.example"
ADA = "ada@acme.example"
PANEL = [
    {"role": "interviewer", "name": "Omar Haddad", "email": OMAR},
    {"role": "interviewer", "name": "Lin Mei", "email": LIN},
    {"role": "recruiter", "name": "Cleo Brandt", "email": CLEO},
]
MAILED: dict[str, Any] = {
    "candidate": {"name": "Ben Ode", "email": BEN},
    "company_domain": "acme.example",
    "delivery": "mail",
    "invitees": PANEL,
}
SENDER = Sender("debrief@debrief.example", "https://debrief.example")


@dataclass
class Mailbox:
    """A mailer that keeps what it gets, and fails when it is told to."""

    sent: list[tuple[str, EmailMessage]] = field(default_factory=list)
    fail: Callable[[str], Exception | None] = lambda _to: None

    async def send(self, message: EmailMessage, sender: str, to: str) -> None:
        del sender
        failure = self.fail(to)
        if failure is not None:
            raise failure
        self.sent.append((to, message))

    @property
    def receivers(self) -> list[str]:
        """Whom was written to, in no order."""
        return sorted(to for to, _ in self.sent)

    def to(self, address: str) -> list[EmailMessage]:
        """Return the mails to one address."""
        return [message for to, message in self.sent if to == address]


@dataclass
class Opens:
    """An opener that says the same of each row, or what it is told to."""

    says: Callable[[Claimed], Letter | None] = lambda row: a_letter(f"{row.kind}@acme.example")

    async def open(self, row: Claimed) -> Letter | None:
        return self.says(row)


def a_letter(to: str = OMAR, **over: Any) -> Letter:
    """Return a letter."""
    fields: dict[str, Any] = {"subject": "One question", "paragraphs": ("what counted?",), **over}
    return Letter(to=to, **fields)


def a_row(**over: Any) -> NewRow:
    """Return a row in clear, due on the day of the tests."""
    fields: dict[str, Any] = {
        "id": uuid4(),
        "kind": "omar",
        "group_id": uuid4(),
        "send_on": date(2026, 11, 20),
        **over,
    }
    return NewRow(**fields)


def a_post(db: Database, clock: Clock, mailer: Any, opener: Any = None, pace: Pace = STANDARD) -> Post:
    """Return what a worker needs."""
    return Post(db, clock, opener or Opens(), mailer, SENDER, b"k" * 32, pace)


async def work(app: Running, mailbox: Mailbox) -> None:
    """Send everything that is due."""
    made = build_post(app.settings, app.ctx)
    assert made is not None
    post = replace(made, mailer=mailbox)
    while await work_once(post):
        pass


async def confirm(app: Running, mailbox: Mailbox, address: str = BEN) -> None:
    """Send what is due, and do what the candidate's confirmation asks for."""
    await work(app, mailbox)
    code = code_in(mailbox.to(address)[0])
    response = await app.client.post("/v1/address-confirmations", json={"code": code})
    assert response.status_code == 200, response.text
    await work(app, mailbox)


async def raise_mailed(app: Running, **over: Any) -> dict[str, Any]:
    """Raise Ben's request, to be mailed by Debrief."""
    return await raise_request(app.client, **MAILED | over)


def text_of(message: EmailMessage) -> str:
    """Return what a reader without HTML sees, after a journey."""
    arrived = email.message_from_bytes(message.as_bytes(), policy=SMTP)
    part = arrived.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def code_in(message: EmailMessage) -> str:
    """Return the code of the (first) link of a mail."""
    return text_of(message).partition("#c=")[2].split()[0]


async def rows(app_or_db: Running | Database) -> list[Any]:
    """Return the outbox as it is."""
    db = app_or_db.ctx.db if isinstance(app_or_db, Running) else app_or_db
    return await db.read(lambda session: list(session.execute(_ALL)))


async def enqueue(db: Database, *new: NewRow) -> list[UUID]:
    """Write rows; return their ids."""
    await db.write(outbox.enqueue, new)
    return [row.id for row in new]


def held(hold: Hold) -> dict[str, Any]:
    """Return the field that holds a row."""
    return {"held_for": hold}


async def raised_and_confirmed(app: Running, mailbox: Mailbox, **over: Any) -> dict[str, Any]:
    """Raise, confirm, and let the invitations go; forget what was sent."""
    raised = await raise_mailed(app, **over)
    await confirm(app, mailbox)
    return raised


async def days(app: Running, mailbox: Mailbox, count: int) -> None:
    """Let days pass: each begins with a tick, then the mail goes."""
    for _ in range(count):
        app.clock.advance(days=1)
        await tick(app)
        await work(app, mailbox)


_ALL = outbox._table.select().order_by(outbox._table.c.id)
