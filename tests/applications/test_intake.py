"""Intake: repeated, reversed and old rejections."""

from pathlib import Path

from tests.applications.story import PANEL, a_story, met_by, status_update
from tests.delivery.post import BEN
from tests.support.neutral_ats import an_application


async def test_two_rejections_make_one_offer(database_url: str, tmp_path: Path) -> None:
    """Ashby tells of one rejection twice, as a change of the stage and as one of the application."""
    async with a_story(database_url, tmp_path) as story:
        await story.offered()
        await story.ats.put(met_by(*PANEL, application=an_application(hours=25)))
        await story.go_on()
        assert story.mailbox.receivers == [BEN]


async def test_rejection_reversed_during_hold_sends_nothing(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path, hold_hours=200) as story:
        await story.ats.put(met_by(*PANEL))
        await story.go_on()
        await story.ats.put(status_update("ACTIVE", 30))
        story.app.clock.advance(days=30)
        await story.go_on()
        assert story.mailbox.sent == []
        assert await story.ats.standing() == ("none", "not_rejected")


async def test_rejection_of_long_ago_needs_manual_release(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        old = an_application(rejected_at="2019-03-01T12:00:00Z")
        assert (await story.ats.put(met_by(*PANEL, application=old))).status_code == 201
        await story.go_on()
        assert story.mailbox.sent == []
        assert await story.ats.standing() == ("held", "long_ago")
        assert (await story.ats.ask("POST", "/applications/a1/release")).status_code == 200
        await story.go_on()
        assert story.mailbox.receivers == [BEN]
