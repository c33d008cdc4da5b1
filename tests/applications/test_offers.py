"""Making due offers: once, in batches, never on facts that could not be read again."""

import asyncio
from pathlib import Path
from typing import Any

from app.applications import offers
from tests.applications.story import ADA, OMAR, PANEL, a_job, a_story, met_by, somebody
from tests.delivery.post import BEN, work
from tests.support.app import nonce
from tests.support.neutral_ats import a_candidate, a_snapshot, an_application, an_interview


async def test_concurrent_workers_make_one_offer(database_url: str, tmp_path: Path) -> None:
    async with a_story(database_url, tmp_path) as story:
        await story.ats.put(met_by(*PANEL))
        made = await asyncio.gather(*(offers.make_due_offers(story.app.ctx, story.app.clock.now()) for _ in range(4)))
        assert sum(made) == 1
        await story.go_on()
        assert story.mailbox.receivers == [BEN]


async def test_offer_without_hold_is_made_at_once(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path, hold_hours=0) as story:
        await story.ats.put(met_by(*PANEL))
        assert (await story.ats.standing())[0] == "offered"


async def test_two_applications_of_a_candidate_create_two_requests(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        first = await story.accepted()
        interview = an_interview(remote_id="i2", interviewers=[somebody(ADA), somebody("eve@acme.test")])
        body = a_snapshot(
            application=an_application(remote_id="a2"), job=a_job(remote_id="j2", name="Editor"), interviews=[interview]
        )
        await story.ats.put(body, "a2")
        story.mailbox.sent.clear()
        await story.go_on()
        answer = await story.ask("acceptance", story.code(), remote_id="a2", nonce=nonce())
        assert answer.status_code == 201, answer.text
        assert answer.json()["id"] != first["id"]
        await work(story.app, story.mailbox)
        assert set(story.mailbox.receivers) == {ADA, BEN, "eve@acme.test"}


async def test_confidential_job_needs_release_and_no_mail_names_its_title(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await story.ats.put(met_by(*PANEL, job=a_job(confidential=True)))
        await story.go_on()
        assert await story.ats.standing() == ("held", "confidential_job")
        assert story.mailbox.sent == []
        released = await story.ats.ask("POST", "/applications/a1/release")
        assert released.status_code == 200, released.text
        await story.go_on()
        await story.accept(story.code())
        await work(story.app, story.mailbox)
        assert len(story.mailbox.sent) == 6
        assert not [text for address in (BEN, *PANEL) for text in story.letters(address) if "Technical writer" in text]


async def test_due_offers_are_made_in_batches(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        count = offers.BATCH + 3
        for number in range(count):
            remote_id = f"a{number}"
            person = a_candidate(remote_id=remote_id, email_addresses=[{"value": f"c{number}@example.test"}])
            interview = an_interview(remote_id=f"i{number}", interviewers=[somebody(OMAR)])
            body = a_snapshot(candidate=person, application=an_application(remote_id=remote_id), interviews=[interview])
            assert (await story.ats.put(body, remote_id)).status_code == 201
        now = story.app.clock.now()
        assert await offers.make_due_offers(story.app.ctx, now) == offers.BATCH
        assert await offers.make_due_offers(story.app.ctx, now) == 3
        assert await offers.make_due_offers(story.app.ctx, now) == 0


async def test_offer_that_cannot_be_read_again_is_postponed(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await story.ats.put(met_by(*PANEL))

        async def refused(_application_id: Any) -> bool:
            return False

        now = story.app.clock.now()
        assert await offers.make_due_offers(story.app.ctx, now, reread=refused) == 0
        assert await offers.make_due_offers(story.app.ctx, now) == 0
        story.app.clock.advance(seconds=offers.PAUSE_SECONDS)
        assert await offers.make_due_offers(story.app.ctx, story.app.clock.now()) == 1
