"""The mail worker: one failing row never stops others, a crash sends again under the same id, and it stops quickly."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Concatenate, ParamSpec, TypeVar

import pytest
from sqlalchemy.orm import Session
from typing_extensions import override

from app.core.db import Database
from app.core.errors import Unavailable
from app.delivery import suppression
from app.delivery.backoff import STANDARD
from app.delivery.mail.letter import Letter
from app.delivery.mail.mailers import SendingFailed
from app.delivery.worker import WAIT_SECONDS, NotNow, work_once, work_until
from tests.delivery.post import Mailbox, Opens, a_letter, a_post, a_row, enqueue, rows
from tests.support.app import FixedClock

P = ParamSpec("P")
T = TypeVar("T")


async def test_what_is_due_is_sent_once(db: Database, clock: FixedClock, mailbox: Mailbox) -> None:
    await enqueue(db, a_row(kind="omar"), a_row(kind="lin"))
    post = a_post(db, clock, mailbox)
    assert await work_once(post) == 2
    assert await work_once(post) == 0
    assert mailbox.receivers == ["lin@acme.example", "omar@acme.example"]
    assert {row.state for row in await rows(db)} == {"sent"}


@pytest.mark.parametrize(
    ("failure", "reason", "state"),
    [
        (SendingFailed("server_silent"), "server_silent", "waiting"),
        (SendingFailed("recipient_refused_550", permanent=True), "recipient_refused_550", "dead"),
        (ValueError("omar@acme.example"), "bug_ValueError", "waiting"),
        (TimeoutError(), "too_slow", "waiting"),
        (Unavailable("key_missing", ""), "key_missing", "waiting"),
    ],
)
async def test_one_failure_stops_nobody(
    db: Database, clock: FixedClock, mailbox: Mailbox, failure: Exception, reason: str, state: str
) -> None:
    await enqueue(db, a_row(kind="omar"), a_row(kind="lin"), a_row(kind="cleo"))
    mailbox.fail = lambda to: failure if to.startswith("lin") else None
    await work_once(a_post(db, clock, mailbox))
    assert mailbox.receivers == ["cleo@acme.example", "omar@acme.example"]
    assert [(row.state, row.last_error) for row in await rows(db) if row.kind == "lin"] == [(state, reason)]


@pytest.mark.parametrize(
    "to",
    [
        "=?us-ascii?q?x=40evil.test=3e=2c=20=3cy?=@cand.example",
        "=?utf-8?q?x=0d=0aBcc=3a?=@cand.example",
        "a,b@cand.example",
        "ben@cand.example\r\nBcc: eve@evil.test",
        "ben@bücher.example",
        "<ben@cand.example>",
    ],
)
async def test_an_address_that_a_header_reads_otherwise_is_never_written_to(
    db: Database, clock: FixedClock, mailbox: Mailbox, to: str
) -> None:
    await enqueue(db, a_row())
    await work_once(a_post(db, clock, mailbox, Opens(lambda _: a_letter(to))))
    assert mailbox.receivers == []
    assert [(row.state, row.last_error) for row in await rows(db)] == [("dead", "unusable_address")]


async def test_one_that_hangs_is_cut_off(db: Database, clock: FixedClock) -> None:
    class Hanging(Mailbox):
        @override
        async def send(self, message: Any, sender: str, to: str) -> None:
            if to.startswith("lin"):
                await asyncio.sleep(60)
            await super().send(message, sender, to)

    mailbox = Hanging()
    await enqueue(db, a_row(kind="omar"), a_row(kind="lin"))
    await work_once(a_post(db, clock, mailbox, pace=replace(STANDARD, limit=0.2)))
    assert mailbox.receivers == ["omar@acme.example"]
    assert {row.last_error for row in await rows(db)} == {None, "too_slow"}


async def test_a_row_without_a_key_is_cancelled(db: Database, clock: FixedClock, mailbox: Mailbox) -> None:
    await enqueue(db, a_row())
    await work_once(a_post(db, clock, mailbox, Opens(lambda _row: None)))
    (row,) = await rows(db)
    assert (row.state, mailbox.sent) == ("cancelled", [])


@dataclass
class Forgetful:
    """A database that can't be reached when the outcome is to be written down, as when the process is killed."""

    inner: Database
    writes: int = 0

    async def write(self, fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kw: P.kwargs) -> T:
        self.writes += 1
        if self.writes == 2:
            raise Unavailable("database_unavailable", "")
        return await self.inner.write(fn, *args, **kw)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


async def test_what_has_to_wait_is_never_given_up(db: Database, clock: FixedClock, mailbox: Mailbox) -> None:
    waiting = True

    def says(_row: object) -> Letter:
        if waiting:
            raise NotNow
        return a_letter()

    await enqueue(db, a_row())
    post = a_post(db, clock, mailbox, Opens(says))
    for _ in range(STANDARD.tries + 3):
        assert await work_once(post) == 1
        assert await work_once(post) == 0
        clock.advance(seconds=WAIT_SECONDS)
    waiting = False
    await work_once(post)
    assert len(mailbox.sent) == 1


async def test_a_crash_between_sending_and_noting_sends_again(
    db: Database, clock: FixedClock, mailbox: Mailbox
) -> None:
    (row_id,) = await enqueue(db, a_row())
    await work_once(a_post(Forgetful(db), clock, mailbox))
    assert await work_once(a_post(db, clock, mailbox)) == 0
    clock.advance(seconds=STANDARD.lease)
    assert await work_once(a_post(db, clock, mailbox)) == 1
    assert [message["Message-ID"] for _, message in mailbox.sent] == [f"<{row_id}@debrief.example>"] * 2


async def test_the_suppressed_are_skipped_in_silence(db: Database, clock: FixedClock, mailbox: Mailbox) -> None:
    await enqueue(db, a_row(kind="omar"), a_row(kind="lin"))
    post = a_post(db, clock, mailbox, Opens(lambda row: a_letter(f"{row.kind.upper()}@acme.example")))
    await db.write(suppression.suppress, suppression.digest_of(post.suppression_key, "omar@ACME.example"))
    await work_once(post)
    assert mailbox.receivers == ["LIN@acme.example"]
    one, other = ({**row._mapping} for row in await rows(db))
    for row in (one, other):
        row.pop("id"), row.pop("kind"), row.pop("group_id")
    # Nothing tells who was skipped.
    assert one == other


async def test_stopping_is_quick_and_leaves_the_rest(db: Database, clock: FixedClock) -> None:
    started = asyncio.Event()

    class Slow(Mailbox):
        @override
        async def send(self, message: Any, sender: str, to: str) -> None:
            del message, sender, to
            started.set()
            await asyncio.sleep(60)

    await enqueue(db, *(a_row() for _ in range(12)))
    stopping = asyncio.Event()
    working = asyncio.create_task(work_until(a_post(db, clock, Slow()), stopping, grace=0.3))
    await started.wait()
    stopping.set()
    # Far less than the minute that the mail which hangs would take.
    async with asyncio.timeout(30):
        await working
    assert {row.state for row in await rows(db)} == {"waiting"}
    clock.advance(seconds=STANDARD.lease)
    mailbox = Mailbox()
    while await work_once(a_post(db, clock, mailbox)):
        pass
    assert len(mailbox.sent) == 12


async def test_an_idle_worker_ends_at_once(db: Database, clock: FixedClock, mailbox: Mailbox) -> None:
    stopping = asyncio.Event()
    working = asyncio.create_task(work_until(a_post(db, clock, mailbox), stopping, grace=5))
    await asyncio.sleep(0.1)
    stopping.set()
    async with asyncio.timeout(1):
        await working


async def test_an_outage_is_survived(clock: FixedClock, mailbox: Mailbox) -> None:
    class Down:
        async def write(self, *_: Any, **__: Any) -> Any:
            raise Unavailable("database_unavailable", "")

    stopping = asyncio.Event()
    post = a_post(Down(), clock, mailbox, pace=replace(STANDARD, idle=0.01))  # type: ignore[arg-type]
    working = asyncio.create_task(work_until(post, stopping, grace=5))
    await asyncio.sleep(0.1)
    assert not working.done()
    stopping.set()
    await working
