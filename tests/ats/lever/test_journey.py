"""Lever journey: from an archived opportunity to released feedback, over HTTP and with real mail."""

from pathlib import Path
from uuid import UUID

import pytest

from app.applications.dossier import InterviewStatus
from app.ats.lever.webhook import EVENTS
from app.ats.webhook_setup import set_up
from tests.ats.lever.fake import BEN, CANARY, LIN, OMAR, OPPORTUNITY
from tests.ats.lever.story import Story, a_story
from tests.delivery.post import text_of, work
from tests.faults import storage
from tests.support.app import as_candidate, send, tick
from tests.support.ats import accept_offer, read_offer, round_link
from tests.vocabulary.builders import a_sealed_answer

CLEO = "cleo@agency.example"


def met_by_three(story: Story) -> None:
    """Let Omar, Lin and Cleo of the agency interview Ben; Dan declined."""
    people = [
        {"id": "u-omar", "name": "Omar Haddad", "email": OMAR},
        {"id": "u-lin", "name": "Lin Mei", "email": None},
        {"id": None, "name": "Cleo Brandt", "email": CLEO},
        {"id": "u-dan", "name": "Dan", "email": "dan@acme.example", "responseStatus": "declined"},
    ]
    story.lever.panels[OPPORTUNITY] = [story.lever.a_panel(interviewers=people)]


async def seen(story: Story) -> list[bytes]:
    """Return all that Acme's key can fetch of Ben's application."""
    paths = (f"/v1/ats/applications/{OPPORTUNITY}/feedback-status", "/v1/ats/applications")
    answers = [await story.app.client.get(path, headers=story.connected.headers) for path in paths]
    assert [one.status_code for one in answers] == [200, 200]
    return [one.content for one in answers]


async def test_rejection_in_lever_leads_to_released_feedback(database_url: str, tmp_path: Path) -> None:
    async with a_story(database_url, tmp_path) as story:
        met_by_three(story)
        # "Verify connection" has no data and stores nothing.
        assert (await story.deliver(story.lever.delivery("candidateHired", {}))).status_code == 200
        assert (await story.shown())["state"] == "active"

        await story.tell("interviewCreated")
        assert await story.standing() == ("none", "not_rejected")
        (interview,) = (await story.dossier()).interviews
        assert interview.status is InterviewStatus.COMPLETE

        await story.reject()
        assert await story.standing() == ("waiting", None)
        await story.go_on(hours=71)
        assert not story.mailbox.sent
        await story.go_on(hours=2)
        assert story.mailbox.receivers == [BEN]
        before = await seen(story)

        offer_id, code = read_offer(text_of(story.mailbox.to(BEN)[0]))
        accepted = await accept_offer(story.app, offer_id, code)
        await story.go_on()
        assert {OMAR, LIN, CLEO} < set(story.mailbox.receivers)
        assert "dan@acme.example" not in story.mailbox.receivers
        assert await seen(story) == before
        for address in (OMAR, LIN, CLEO):
            round_id, own = round_link(story.mailbox, address)
            assert (await send(story.app.client, round_id, own, a_sealed_answer())).status_code == 201
            assert await seen(story) == before

        await tick(story.app, days=9)
        path = f"/v1/feedback-requests/{accepted['id']}/feedback"
        feedback = await story.app.client.get(path, headers=as_candidate(accepted))
        assert feedback.json()["state"] == "released"
        assert len(feedback.json()["rounds"][0]["answers"]) == 3
        status = b"".join(await seen(story)).lower()
        for name in ("omar", "lin mei", "cleo", "dan", "ada", "ben ode", "@", "a sealed"):
            assert name.encode() not in status


async def test_duplicate_reordered_and_lost_events_give_same_state(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        sent = []
        for event in ("interviewCreated", "candidateStageChange", "interviewUpdated"):
            sent.append(story.lever.delivery(event))
            story.app.clock.advance(minutes=1)
        story.lever.archive()
        sent.append(story.lever.delivery())
        for body in [*reversed(sent), *sent]:
            assert (await story.deliver(body)).status_code == 200
        await story.look()
        asked = len(story.lever.asked)
        for body in sent:
            assert (await story.deliver(body)).status_code == 200
        await story.look()
        assert len(story.lever.asked) == asked
        assert await story.standing() == ("waiting", None)
        await story.go_on(hours=73)
        await story.go_on(hours=73)
        assert story.mailbox.receivers == [BEN]


async def test_bodies_and_forbidden_fields_are_stored_nowhere(
    sqlite_url: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        story.lever.archive()
        body = story.lever.delivery(data={"opportunityId": OPPORTUNITY, "eeo": CANARY, "notes": [CANARY]})
        assert (await story.deliver(body)).status_code == 200
        await story.look()
        await story.go_on(hours=73)
        assert story.mailbox.receivers == [BEN]
        kept = repr(await storage.dump(sqlite_url)).encode()
        kept += b"".join(storage.files_below(tmp_path).values())
        kept += b"".join(message.as_bytes() for _, message in story.mailbox.sent)
        kept += "".join(story.gateway.clients[next(iter(story.gateway.clients))].memory.values()).encode()
        kept += "".join(capfd.readouterr()).encode()
        assert CANARY.encode() not in kept


async def test_nightly_pull_finds_lost_events(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await story.tell("candidateStageChange")
        story.lever.archive()
        story.app.clock.advance(hours=23)
        await story.catch_up()
        assert await story.standing() == ("waiting", None)
        story.lever.delete()
        for _ in range(3):
            story.app.clock.advance(hours=25)
            await story.catch_up()
        row = await story.row()
        assert row is None or not row.dossier
        await work(story.app, story.mailbox)
        assert not story.mailbox.sent


async def test_webhook_setup_creates_lever_webhooks(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        failed = await set_up(story.app.ctx, UUID(story.connected.id), None, http=story.gateway.http)
        assert list(failed) == []
        assert {one["event"] for one in story.lever.hooks} == set(EVENTS)
        assert {one["url"] for one in story.lever.hooks} == {story.connected.hook_url}
        # The new signature tokens are stored.
        token = f"token-of-{EVENTS[0]}"
        assert (await story.deliver(story.lever.delivery(EVENTS[0], {}, secret=token))).status_code == 200
