"""Webhook events of an offer: made, and closed on a day fixed when it was made."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app.delivery.webhooks.models import DeliveryRow
from tests.applications.story import PANEL, Story, a_story, met_by
from tests.delivery.post import code_in, days
from tests.support.app import as_candidate, send, tick
from tests.support.neutral_ats import an_application
from tests.vocabulary.builders import a_sealed_answer

ALL = ["feedback_request.offered", "feedback_request.closed", "feedback_request.raised", "round.opened"]


async def listen(story: Story) -> None:
    """Subscribe Acme to all events."""
    answer = await story.app.client.post(
        "/v1/webhook-endpoints",
        json={"url": "https://hooks.acme.example/debrief", "event_types": ALL},
        headers={"Authorization": f"Bearer {story.ats.key}"},
    )
    assert answer.status_code == 201, answer.text


async def told(story: Story) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return the events: type, day, and names of the ids."""
    rows = await story.app.ctx.db.read(lambda session: list(session.scalars(select(DeliveryRow))))
    return sorted((row.event_type, row.event_on.isoformat(), tuple(sorted(row.data))) for row in rows)


async def accept(story: Story, code: str) -> None:
    raised = await story.accept(code)
    await story.go_on()
    for address in PANEL:
        await send(
            story.app.client, raised["rounds"][0]["id"], code_in(story.mailbox.to(address)[0]), a_sealed_answer()
        )


async def accept_and_withdraw(story: Story, code: str) -> None:
    raised = await story.accept(code)
    url = f"/v1/feedback-requests/{raised['id']}/withdrawal"
    assert (await story.app.client.post(url, headers=as_candidate(raised))).status_code == 204


async def accept_and_erase(story: Story, code: str) -> None:
    raised = await story.accept(code)
    url = f"/v1/feedback-requests/{raised['id']}"
    assert (await story.app.client.delete(url, headers=as_candidate(raised))).status_code == 204


async def decline(story: Story, code: str) -> None:
    await story.ask("decline", code)


async def be_silent(_story: Story, _code: str) -> None:
    """Do nothing."""


async def be_hired(story: Story, code: str) -> None:
    await story.accept(code)
    await story.ats.put({"application": an_application("HIRED", 100)})


async def be_reopened(story: Story, _code: str) -> None:
    await story.ats.put({"application": an_application("ACTIVE", 100)})


@pytest.mark.parametrize(
    "does", [accept, accept_and_withdraw, accept_and_erase, decline, be_silent, be_hired, be_reopened]
)
async def test_employer_gets_the_same_two_events_whatever_happens(
    sqlite_url: str, tmp_path: Path, does: Callable[[Story, str], Awaitable[None]]
) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await listen(story)
        code = await story.offered()
        offered = ("feedback_request.offered", "2026-11-20", ("application_remote_id", "connection_id"))
        before = await story.seen_by_employer()
        await does(story, code)
        await days(story.app, story.mailbox, 27)
        assert await told(story) == [offered]
        assert await story.seen_by_employer() == before
        await days(story.app, story.mailbox, 2)
        await tick(story.app)
        closed = ("feedback_request.closed", "2026-12-18", ("application_remote_id", "connection_id"))
        assert await told(story) == [closed, offered]
        assert b'"closed"' in (await story.seen_by_employer()).lower()


async def test_shared_state_sends_events_of_the_request_and_its_round(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await listen(story)
        raised = await story.accepted(share_state_with_employer=True)
        names: list[Any] = [event for event, _, _ in await told(story)]
        assert names == ["feedback_request.offered", "feedback_request.raised", "round.opened"]
        assert b"collecting" in (await story.seen_by_employer()).lower()
        number = raised["rounds"][0]["id"]
        open_ = await story.seen_by_employer()
        await send(story.app.client, number, code_in(story.mailbox.to(PANEL[0])[0]), a_sealed_answer())
        assert await story.seen_by_employer() == open_
        assert len(await told(story)) == 3


async def test_withdrawn_application_sends_no_event_and_no_mail(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await listen(story)
        await story.ats.put(met_by(*PANEL, application=an_application("WITHDRAWN")))
        await days(story.app, story.mailbox, 30)
        assert await told(story) == []
        assert story.mailbox.sent == []
