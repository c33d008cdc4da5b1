"""Mails of offers."""

from pathlib import Path

from tests.applications.story import a_story
from tests.delivery.post import BEN


async def test_offer_mail_does_not_promise_that_invitees_learn_nothing(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await story.offered()
        letter = " ".join(story.letters(BEN)[0].split())
        assert "Those who are asked learn that you ask." in letter
        assert "Acme does not learn whether you accept" not in letter
