"""Mails about replies: the same to everyone asked, one for all replies of a day, and one to the manager."""

from contextlib import suppress
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from app.core.tokens import digest
from app.exchange.replies import send as send_reply
from app.exchange.schemas import ReplyCreate
from tests.delivery.post import (
    ADA,
    BEN,
    CLEO,
    LIN,
    OMAR,
    Mailbox,
    code_in,
    days,
    raised_and_confirmed,
    rows,
    text_of,
    work,
)
from tests.exchange.story import REPLY, a_doubt, concerns, mailed, replies, reply, signed
from tests.faults.ports import Crash, Fuse, crashing
from tests.support.app import Running, an_app, as_candidate, round_id, send
from tests.vocabulary.builders import a_signed_answer

EVERYONE = sorted([OMAR, LIN, CLEO, ADA])


async def reply_to_all(app: Running, raised: dict[str, Any]) -> None:
    for concern in await concerns(app, raised):
        assert (await reply(app, raised, concern["id"])).status_code == 201


async def test_replies_of_a_day_make_one_mail_to_everyone(app: Running, mailbox: Mailbox) -> None:
    story = await mailed(app, mailbox)
    raised, links = story.raised, story.links
    await reply_to_all(app, raised)
    await work(app, mailbox)
    assert mailbox.receivers == []
    await days(app, mailbox, 1)
    assert mailbox.receivers == EVERYONE
    assert {message["Subject"] for _, message in mailbox.sent} == {"Ben Ode replied"}
    (mail,) = mailbox.to(OMAR)
    # The link of the mail opens what the first link opens, and nothing in it is the author's or the candidate's text.
    opened = await replies(app, raised, code_in(mail))
    assert opened.content == (await replies(app, raised, links[0])).content
    assert _before_code(mail) == _before_code(mailbox.to(LIN)[0])
    view = await app.client.post(f"/v1/manager/{raised['id']}/view", json={"code": code_in(mailbox.to(ADA)[0])})
    assert len(view.json()["replies"]) == len(await concerns(app, raised))
    await days(app, mailbox, 3)
    assert mailbox.receivers == EVERYONE
    assert BEN not in mailbox.receivers


async def test_a_reply_of_another_day_makes_another_mail(app: Running, mailbox: Mailbox) -> None:
    raised = (await mailed(app, mailbox)).raised
    first, second, *_ = await concerns(app, raised)
    await reply(app, raised, first["id"])
    await days(app, mailbox, 1)
    await reply(app, raised, second["id"])
    await days(app, mailbox, 2)
    assert mailbox.receivers == sorted(EVERYONE * 2)


async def test_on_the_last_day_the_mail_goes_at_once(app: Running, mailbox: Mailbox) -> None:
    raised = (await mailed(app, mailbox)).raised
    app.clock.advance(days=30)
    await reply_to_all(app, raised)
    await work(app, mailbox)
    assert mailbox.receivers == EVERYONE
    assert (await replies(app, raised, code_in(mailbox.to(LIN)[0]))).status_code == 200


@pytest.mark.parametrize("end", ["withdrawal", "erasure"])
async def test_nothing_is_mailed_after_the_end(app: Running, mailbox: Mailbox, end: str) -> None:
    raised = (await mailed(app, mailbox)).raised
    await reply_to_all(app, raised)
    path = f"/v1/feedback-requests/{raised['id']}"
    if end == "withdrawal":
        assert (await app.client.post(f"{path}/withdrawal", headers=as_candidate(raised))).is_success
    else:
        assert (await app.client.delete(path, headers=as_candidate(raised))).is_success
    await days(app, mailbox, 3)
    assert mailbox.receivers == []


async def test_mail_about_a_signed_answer_survives_the_close_of_its_round(app: Running, mailbox: Mailbox) -> None:
    person = {"role": "interviewer", "name": "Omar Haddad", "email": OMAR}
    raised = await raised_and_confirmed(app, mailbox, invitees=[person], closes_on="2026-11-21")
    await signed_by(app, mailbox, raised)
    app.clock.advance(days=1)
    mailbox.sent.clear()
    await reply_to_all(app, raised)
    await days(app, mailbox, 1)
    assert mailbox.receivers.count(OMAR) == 1
    assert (await replies(app, raised, code_in(mailbox.to(OMAR)[0]))).status_code == 200


async def test_links_that_were_handed_over_get_a_note_to_paste(app: Running) -> None:
    raised = await signed(app)
    (concern,) = await concerns(app, raised)
    before = await _feedback(app, raised)
    assert before["reply_note"] is None
    await reply(app, raised, concern["id"])
    note = (await _feedback(app, raised))["reply_note"]
    assert "I have replied to what was said" in note["text"]
    assert await rows(app) == []


async def test_nothing_is_lost_in_a_crash_between_reply_and_mail(sqlite_url: str, tmp_path: Path) -> None:
    """A reply that was stored has its mails, and mails have their reply, wherever the process stopped."""

    step, seen = 0, set()
    async with an_app(sqlite_url, tmp_path) as app:
        raised = (await mailed(app, Mailbox())).raised
        for concern in await concerns(app, raised):
            burnt = True
            while burnt:
                step += 1
                fuse = Fuse(step)
                with suppress(Crash):
                    await send_reply(
                        crashing(app.ctx, fuse),
                        UUID(raised["id"]),
                        digest(raised["manage_token"]),
                        UUID(concern["id"]),
                        ReplyCreate.model_validate(REPLY),
                    )
                burnt = fuse.burnt
                stored = [one for one in await concerns(app, raised) if one["reply"]]
                planned = [row for row in await rows(app) if row.kind == "replied"]
                assert bool(stored) == bool(planned)
                seen.add(bool(stored))
                if any(one["id"] == concern["id"] for one in stored):
                    break
        assert seen == {False, True}
        assert step > 3


async def signed_by(app: Running, mailbox: Mailbox, raised: dict[str, Any]) -> None:
    code = code_in(mailbox.to(OMAR)[0])
    sent = await send(app.client, round_id(raised), code, a_signed_answer(concerns=[a_doubt()]))
    assert sent.status_code == 201
    app.clock.advance(minutes=16)


async def _feedback(app: Running, raised: dict[str, Any]) -> dict[str, Any]:
    path = f"/v1/feedback-requests/{raised['id']}/feedback"
    found: dict[str, Any] = (await app.client.get(path, headers=as_candidate(raised))).json()["rounds"][0]
    return found


def _before_code(mail: EmailMessage) -> str:
    return text_of(mail).partition("#c=")[0]
