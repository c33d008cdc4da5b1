"""The mail about the days of answers in a blind round: at a random moment, the same for everyone."""

from datetime import datetime, timedelta

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


def next_midnight(now: datetime) -> datetime:
    return now.replace(hour=0) + timedelta(days=1)


async def test_everyone_gets_it_at_one_moment_of_the_first_day(app: Running, mailbox: Mailbox) -> None:
    await answers_open(app, mailbox)
    found, now = await moments(app), app.clock.now()
    assert found == found[:1] * len(PANEL)
    assert now.timestamp() <= found[0] < next_midnight(now).timestamp()
    app.clock.advance(seconds=found[0] - now.timestamp() - 1)
    await work(app, mailbox)
    assert mailbox.sent == []
    app.clock.advance(seconds=1)
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
    assert len(found) == 5 * len(PANEL)
    # Five moments out of 43,200 seconds are almost never fewer than four.
    assert len(set(found)) >= 4
    now = app.clock.now()
    assert all(now.timestamp() <= moment < next_midnight(now).timestamp() for moment in found)
