"""The mail about the days of answers in a blind round: at a random moment, the same for everyone."""

from datetime import timedelta

import pytest

from app.core import randomness
from app.rounds.mail import MailKind
from tests.delivery.post import PANEL, Mailbox, code_in, confirm, raise_mailed, rows, work
from tests.support.app import Running, tick


async def answers_open(app: Running, mailbox: Mailbox) -> None:
    await raise_mailed(app, anonymity={"mode": "blind"}, closes_on="2026-11-27")
    await confirm(app, mailbox)
    app.clock.advance(days=2)
    mailbox.sent.clear()
    await tick(app)


async def moments(app: Running) -> list[int]:
    return [row.next_try for row in await rows(app) if row.kind == MailKind.ANSWER_INVITATION]


async def test_everyone_gets_it_at_one_moment_of_the_first_day(
    app: Running, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(randomness, "fraction", lambda: 0.75)
    await answers_open(app, mailbox)
    nine = (app.clock.now() + timedelta(hours=9)).timestamp()
    assert await moments(app) == [nine] * len(PANEL)
    await work(app, mailbox)
    assert mailbox.sent == []
    app.clock.advance(hours=8, minutes=59)
    await work(app, mailbox)
    assert mailbox.sent == []
    app.clock.advance(minutes=1)
    await work(app, mailbox)
    assert mailbox.receivers == sorted(person["email"] for person in PANEL)


async def test_each_round_has_a_random_moment(app: Running, mailbox: Mailbox) -> None:
    for _ in range(5):
        await raise_mailed(app, anonymity={"mode": "blind"}, closes_on="2026-11-27")
    await work(app, mailbox)
    for message in [message for _, message in mailbox.sent]:
        await app.client.post("/v1/address-confirmations", json={"code": code_in(message)})
    app.clock.advance(days=2)
    await tick(app)
    found = await moments(app)
    midnight = app.clock.now().replace(hour=0) + timedelta(days=1)
    assert len(found) == 5 * len(PANEL)
    # Five moments out of 43,200 seconds are almost never fewer than four.
    assert len(set(found)) >= 4
    assert all(app.clock.now().timestamp() <= moment < midnight.timestamp() for moment in found)
