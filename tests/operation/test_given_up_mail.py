"""Mail that was given up is reported to the operator, in numbers that no answer changes."""

from pathlib import Path

import pytest

from app.commands.check import diagnose
from app.core.db import connect
from app.core.settings import load_settings
from app.delivery.mail.mailers import SendingFailed
from app.delivery.worker import work_once
from tests.delivery.post import (
    CLEO,
    LIN,
    OMAR,
    Mailbox,
    a_post,
    a_row,
    code_in,
    enqueue,
    raise_mailed,
    raised_and_confirmed,
)
from tests.operation.test_metrics import scrape
from tests.support.app import FixedClock, Running, nonce, round_id, send, tick
from tests.vocabulary.builders import a_sealed_answer, a_signed_answer


def told(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("debrief_outbox_rows")]


async def test_metrics_count_outbox_rows_by_state(app: Running) -> None:
    states = ("cancelled", "dead", "sent", "waiting")
    assert told(await scrape(app)) == [f'debrief_outbox_rows{{state="{state}"}} 0' for state in states]
    await raise_mailed(app)
    # The question to the candidate; an invitation and two reminders to each of three.
    assert 'debrief_outbox_rows{state="waiting"} 10' in told(await scrape(app))


@pytest.mark.parametrize("people", [3, 1])
async def test_no_number_of_mail_moves_when_somebody_answers(app: Running, people: int) -> None:
    mailbox = Mailbox()
    asked = [{"role": "interviewer", "email": address} for address in (OMAR, LIN, CLEO)[:people]]
    raised = await raised_and_confirmed(app, mailbox, invitees=asked)
    await tick(app)
    before = await scrape(app)
    codes = [code_in(mailbox.to(address)[0]) for address in (OMAR, LIN, CLEO)[:people]]
    round_ = round_id(raised)
    if people == 1:
        assert (await send(app.client, round_, codes[0], a_signed_answer())).status_code == 201
    else:
        for code in codes[:2]:
            assert (await send(app.client, round_, code, a_sealed_answer())).status_code == 201
        declined = {"code": codes[2], "nonce": nonce(), "reason": "no_time", "understood": True}
        assert (await app.client.post(f"/v1/rounds/{round_}/declines", json=declined)).status_code == 201
    await tick(app)
    after = await scrape(app)
    assert told(after) == told(before)
    if people > 1:
        assert after == before


async def test_check_names_how_many_mails_are_dead(database_url: str, tmp_path: Path) -> None:
    settings = load_settings(_env_file=None, data_dir=tmp_path / "data", database_url=database_url)
    settings.data_dir.mkdir(mode=0o700, exist_ok=True)
    assert "No mail was given up." in [finding.text for finding in await diagnose(settings) if finding.good]
    db = connect(database_url)
    refused = Mailbox(fail=lambda _to: SendingFailed("recipient_refused_550", permanent=True))
    for count, text in ((1, "1 mail was given up after many tries."), (2, "2 mails were given up after many tries.")):
        await enqueue(db, a_row())
        assert await work_once(a_post(db, FixedClock(), refused)) == 1
        (bad,) = [finding for finding in await diagnose(settings) if "given up" in finding.text]
        assert (bad.good, bad.text) == (False, text), count
        assert bad.remedy == "debrief outbox list, then debrief outbox requeue"
    await db.close()
