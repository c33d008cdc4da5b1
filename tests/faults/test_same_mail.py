"""What Debrief writes, and what waits to be written, is the same to the letter whatever was answered until the end."""

import email
import re
from dataclasses import dataclass
from email.policy import SMTP
from pathlib import Path
from typing import Any

import pytest

from app.delivery import outbox
from app.delivery.mail.mailers import FileMailer
from tests.delivery.post import MAILED, Mailbox, code_in, rows, work
from tests.faults.storage import files_below
from tests.support.app import Running, an_app, nonce, raise_request, round_id, send, tick
from tests.vocabulary.builders import a_full_answer, a_sealed_answer

# What is random in a mail, or names what it is about: ids (first, as their digits could begin a code), codes, tokens.
_RANDOM = re.compile(
    r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|(?:[0-9A-HJKMNP-TV-Z]{2,4}-?){7}|[\w-]{40,}|[0-9a-f]{32}"
)


@dataclass(frozen=True)
class Told:
    """One evening: what lies in the folder of mails, and what is in the outbox, but for its random parts."""

    mails: list[str]
    outbox: list[tuple[Any, ...]]


class Both:
    """A mailer that keeps what it gets, and writes it into files as development does."""

    def __init__(self, folder: Path) -> None:
        self.mailbox = Mailbox()
        self.files = FileMailer(folder)

    async def send(self, message: Any, sender: str, to: str) -> None:
        await self.mailbox.send(message, sender, to)
        await self.files.send(message, sender, to)


def _read(content: bytes) -> str:
    """Return all headers and parts of a mail, and how long it was on its way."""
    arrived = email.message_from_bytes(content, policy=SMTP)
    parts = [(name, value.partition("boundary")[0]) for one in arrived.walk() for name, value in one.items()]
    texts = [one.get_content() for one in arrived.walk() if not one.is_multipart()]
    return _RANDOM.sub("*", repr((len(content), parts, texts)))


async def _evening(app: Running, folder: Path) -> Told:
    mails = [_read(content) for content in files_below(folder).values()]
    waiting = [
        (
            row.kind,
            row.state,
            row.held_for,
            row.send_on,
            row.next_try,
            row.leased_until,
            row.attempts,
            row.last_error,
            row.key_purpose,
            len(row.payload),
        )
        for row in await rows(app)
    ]
    return Told(sorted(mails), sorted(waiting, key=repr))


async def _act(app: Running, path: str, code: str, how: str) -> None:
    if how == "decline":
        body = {"code": code, "nonce": nonce(), "reason": "company_policy", "understood": True}
        response = await app.client.post(f"/v1/rounds/{path}/declines", json=body)
    else:
        response = await send(app.client, path, code, a_full_answer() if how == "full" else a_sealed_answer())
    assert response.status_code == 201, response.text


async def _story(app: Running, folder: Path, acts: list[tuple[int, int, str]]) -> list[Told]:
    """Play a week: on a day (from 0) the person of a number does something."""
    both = Both(folder)
    mailbox = both.mailbox
    raised = await raise_request(
        app.client, **MAILED, manager={"name": "Ada Ruiz", "email": "ada@acme.example"}, worries=[{"text": "w"}] * 3
    )
    await work(app, both)  # type: ignore[arg-type]  # It takes any mailer.
    await app.client.post("/v1/address-confirmations", json={"code": code_in(mailbox.sent[0][1])})
    await work(app, both)  # type: ignore[arg-type]
    links = [code_in(mailbox.to(person["email"])[0]) for person in MAILED["invitees"]]
    evenings = []
    for day in range(7):
        for when, who, how in acts:
            if when == day:
                await _act(app, round_id(raised), links[who], how)
        await tick(app)
        await work(app, both)  # type: ignore[arg-type]
        evenings.append(await _evening(app, folder))
        app.clock.advance(days=1)
    return evenings


@pytest.mark.parametrize(
    "acts",
    [
        [(0, 0, "short")],
        [(0, 0, "full"), (3, 2, "short")],
        [(2, 0, "decline"), (5, 1, "full")],
    ],
)
async def test_mail_is_the_same_to_the_letter(
    database_url: str, tmp_path: Path, acts: list[tuple[int, int, str]]
) -> None:
    told = []
    for story in ([], acts):
        folder = tmp_path / f"told-{len(story)}"
        folder.mkdir()
        async with an_app(database_url, folder) as app:
            told.append(await _story(app, folder / "mail", story))
            await _clear(app)
    nobody, somebody = told
    for day, (without, with_) in enumerate(zip(nobody, somebody, strict=True)):
        assert with_.outbox == without.outbox, day
        assert with_.mails == without.mails, day
    # It did write: a confirmation, four invitations, two reminders of three.
    assert [len(evening.mails) for evening in nobody] == [5, 5, 5, 8, 8, 8, 11]


async def _clear(app: Running) -> None:
    """Leave nothing of the first story to the second, which has the same database."""
    await app.ctx.db.write(lambda session: session.execute(outbox._table.delete()))
