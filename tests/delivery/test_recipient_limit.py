"""The daily limit of mails to an address, which nobody can use to block mails that the recipient wants."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.delivery.post import BEN, MAILED, OMAR, Mailbox, code_in, confirm, days, raise_mailed, work
from tests.support.app import Running, a_request, an_app
from tests.support.ats import HEDDA, KATE, a_connection, accept_offer, put_application, the_offer

LIMIT = 4
# Of each day a quarter is kept for what has waited.
AT_ONCE = 3


@pytest.fixture
async def limited(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    async with an_app(database_url, tmp_path, recipient_rate=LIMIT) as running:
        yield running


def by(candidate: str, *asked: str) -> dict[str, Any]:
    people = [{"role": "interviewer", "email": one} for one in asked]
    return {"candidate": {"name": "Ben Ode", "email": candidate}, "invitees": people}


async def test_whatever_is_raised_a_victim_gets_few_mails_a_day(limited: Running, mailbox: Mailbox) -> None:
    for number in range(10):
        await raise_mailed(limited, **by(f"stranger{number}@example.test", f"omar+{number}@acme.example"))
    await work(limited, mailbox)
    for number in range(10):
        code = code_in(mailbox.to(f"stranger{number}@example.test")[0])
        await limited.client.post("/v1/address-confirmations", json={"code": code})
    for _ in range(9):
        mailbox.sent.clear()
        await work(limited, mailbox)
        assert len([to for to in mailbox.receivers if to.startswith("omar")]) <= LIMIT
        await days(limited, mailbox, 1)
    # A new mail is not kept waiting by what strangers did before.
    mailbox.sent.clear()
    await raise_mailed(limited, **by(BEN, OMAR))
    await confirm(limited, mailbox)
    assert len(mailbox.to(OMAR)) == 1


async def test_confirmations_have_a_limit_and_what_waited_goes_the_next_days(
    limited: Running, mailbox: Mailbox
) -> None:
    limited.clock.at = datetime(2026, 11, 20, tzinfo=UTC)
    answers = [
        (await limited.client.post("/v1/feedback-requests", json=a_request(**MAILED | by(BEN, OMAR)))).status_code
        for _ in range(8)
    ]
    # Nobody is told: neither whether an address is known, nor how much it got.
    assert set(answers) == {201}
    counts = []
    for _ in range(10):
        mailbox.sent.clear()
        await work(limited, mailbox)
        # What waits has a random moment of its day.
        limited.clock.advance(hours=23, minutes=59)
        await work(limited, mailbox)
        counts.append(len(mailbox.to(BEN)))
        limited.clock.advance(minutes=1)
    assert counts[0] == AT_ONCE
    assert max(counts) <= LIMIT
    assert AT_ONCE < sum(counts) <= 8
    assert counts[-1] == 0


async def test_strangers_cannot_hold_up_what_the_receiver_agreed_to(limited: Running, mailbox: Mailbox) -> None:
    made = await a_connection(limited, settings={"hold_hours": 0})
    for _ in range(6):
        await raise_mailed(limited, **by(HEDDA, KATE))
    await work(limited, mailbox)
    await put_application(limited, made)

    offer_id, code = await the_offer(limited, mailbox)
    await accept_offer(limited, offer_id, code)
    await work(limited, mailbox)

    assert any("/requests/" in one.as_string() for one in mailbox.to(HEDDA))
    assert mailbox.to(KATE)
