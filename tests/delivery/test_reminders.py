"""Reminders: the same for everyone of a round, on the same days, whoever has answered."""

from typing import Any

import pytest

from tests.delivery.post import (
    ADA,
    BEN,
    CLEO,
    LIN,
    OMAR,
    Mailbox,
    code_in,
    confirm,
    days,
    raise_mailed,
    raised_and_confirmed,
)
from tests.support.app import Running, an_app, as_candidate, round_id, send
from tests.vocabulary.builders import a_sealed_answer

MANAGER = {"name": "Ada Ruiz", "email": ADA}


async def test_the_days_count_from_the_confirmation(app: Running, mailbox: Mailbox) -> None:
    await raise_mailed(app, closes_on="2026-12-20")
    app.clock.advance(days=5)
    await confirm(app, mailbox)
    assert len(mailbox.to(OMAR)) == 1
    await days(app, mailbox, 2)
    assert len(mailbox.to(OMAR)) == 1
    await days(app, mailbox, 1)
    assert len(mailbox.to(OMAR)) == 2


async def test_reminders_on_days_three_and_six_to_all_alike(app: Running, mailbox: Mailbox) -> None:
    await raised_and_confirmed(app, mailbox)
    counts = []
    for _ in range(7):
        await days(app, mailbox, 1)
        counts.append([len(mailbox.to(address)) for address in (OMAR, LIN, CLEO)])
    assert counts == [[1] * 3, [1] * 3, [2] * 3, [2] * 3, [2] * 3, [3] * 3, [3] * 3]


@pytest.mark.parametrize(("closes_on", "mails"), [("2026-11-23", 1), ("2026-11-24", 2), ("2026-11-26", 2)])
async def test_no_reminder_on_the_last_day_or_later(app: Running, mailbox: Mailbox, closes_on: str, mails: int) -> None:
    await raised_and_confirmed(app, mailbox, closes_on=closes_on)
    await days(app, mailbox, 10)
    assert len(mailbox.to(OMAR)) == mails


async def test_nobody_is_written_to_before_the_interview(app: Running, mailbox: Mailbox) -> None:
    await raised_and_confirmed(app, mailbox, interviewed_on="2026-11-21", closes_on="2026-12-20", manager=MANAGER)
    assert mailbox.receivers == [BEN]
    await days(app, mailbox, 1)
    assert mailbox.receivers == sorted([BEN, ADA, OMAR, LIN, CLEO])
    await days(app, mailbox, 2)
    assert len(mailbox.to(OMAR)) == 1
    await days(app, mailbox, 1)
    assert len(mailbox.to(OMAR)) == 2


async def test_mail_does_not_depend_on_answers(database_url: str, tmp_path: Any) -> None:
    """The same story with nobody and with all but one answering, declining and asking: the same mails on each day."""
    told = []
    for answering in (0, 2):
        folder = tmp_path / str(answering)
        folder.mkdir()
        mailbox = Mailbox()
        async with an_app(database_url, folder) as app:
            raised = await raised_and_confirmed(app, mailbox)
            for address in (OMAR, LIN)[:answering]:
                response = await send(app.client, round_id(raised), code_in(mailbox.to(address)[0]), a_sealed_answer())
                assert response.status_code == 201
            daily = []
            for _ in range(7):
                mailbox.sent.clear()
                await days(app, mailbox, 1)
                daily.append([(to, str(message["Subject"])) for to, message in sorted(mailbox.sent, key=str)])
            told.append(daily)
            await app.client.delete(f"/v1/feedback-requests/{raised['id']}", headers=as_candidate(raised))
    assert told[0] == told[1]
    assert sum(map(len, told[0])) == 6
