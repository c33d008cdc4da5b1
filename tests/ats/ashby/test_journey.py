"""Ashby journey: from an interview and a rejection to released feedback, over HTTP and with real mail."""

from pathlib import Path
from uuid import UUID

import pytest

from app.ats.ashby.client import EVENTS, create_webhooks
from tests.ats.ashby.fake import APPLICATION, BEN, CANARY, CLEO, DAN, KEY, LIN, OMAR, SCHEDULE
from tests.ats.ashby.story import Story, a_story
from tests.faults import storage
from tests.support.app import as_candidate, send, tick
from tests.support.ats import accept_offer, round_link
from tests.vocabulary.builders import a_sealed_answer


async def seen(story: Story) -> list[bytes]:
    """Return all that Acme's key can fetch of Ben's application."""
    paths = (f"/v1/ats/applications/{APPLICATION}/feedback-status", "/v1/ats/applications")
    return [(await story.app.client.get(path, headers=story.connected.headers)).content for path in paths]


async def test_rejection_in_ashby_leads_to_released_feedback(database_url: str, tmp_path: Path) -> None:
    async with a_story(database_url, tmp_path) as story:
        story.ashby.post = story.post
        way = story.gateway.client(story.app.ctx, UUID(story.connected.id))
        refused = await create_webhooks(way, {"api_key": KEY}, story.connected.hook_url, story.connected.hook_secret)
        assert not refused
        assert set(story.ashby.webhooks) == set(EVENTS)
        assert all(one["enabled"] for one in story.ashby.webhooks.values())
        shown = await story.asked_by_operator()
        assert shown["state"] == "active"
        assert set(EVENTS) <= set(shown["wired"])

        schedule = story.ashby.schedules[SCHEDULE]
        await story.deliver(story.ashby.message("interviewScheduleUpdate", {"interviewSchedule": schedule}))
        await story.look()
        assert await story.standing() == ("none", "not_rejected")
        await story.reject()
        assert await story.standing() == ("waiting", None)
        await story.go_on(hours=71)
        assert not story.mailbox.sent
        offer_id, code = await story.offered()
        assert story.mailbox.receivers == [BEN]
        before = await seen(story)

        accepted = await accept_offer(story.app, offer_id, code)
        await story.go_on()
        assert {OMAR, LIN, CLEO} < set(story.mailbox.receivers)
        assert not {DAN, "boss@acme.example"} & set(story.mailbox.receivers)
        for address in (OMAR, LIN, CLEO):
            round_id, own = round_link(story.mailbox, address)
            assert (await send(story.app.client, round_id, own, a_sealed_answer())).status_code == 201
            assert await seen(story) == before
        await tick(story.app, days=9)
        path = f"/v1/feedback-requests/{accepted['id']}/feedback"
        feedback = await story.app.client.get(path, headers=as_candidate(accepted))
        assert len(feedback.json()["rounds"][0]["answers"]) == 3
        assert await seen(story) == before
        told = b"".join(before).lower()
        for name in ("omar", "lin mei", "cleo", "ben ode", "@"):
            assert name.encode() not in told


async def test_bodies_and_forbidden_fields_are_stored_nowhere(
    database_url: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async with a_story(database_url, tmp_path) as story:
        for shape in range(3):
            story.ashby.shape = shape
            story.ashby.permissions.discard("jobsRead")
            await story.reject()
            story.ashby.permissions.add("jobsRead")
            await story.change(credentials={"api_key": KEY})
            story.app.clock.advance(hours=1)
            await story.look()
        await story.go_on(hours=73)
        assert story.mailbox.receivers == [BEN]
        kept = repr(await storage.dump(database_url)).encode()
        kept += b"".join(storage.files_below(tmp_path).values())
        kept += b"".join(message.as_bytes() for _, message in story.mailbox.sent)
        kept += "".join(capfd.readouterr()).encode()
        assert CANARY.encode() not in kept
        assert KEY.encode() not in kept
        assert story.connected.hook_secret.encode() not in kept
