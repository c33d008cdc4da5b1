"""Making webhooks in Lever: each token is kept at once, also of those that were made before something went wrong."""

from pathlib import Path
from uuid import UUID

import pytest

from app.ats.connector import Busy
from app.ats.lever.webhook import EVENTS
from app.ats.lever.webhook_setup import create_webhooks
from tests.ats.lever.story import a_story


async def test_what_each_webhook_signs_is_taken_as_soon_as_it_is_made(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        http = story.gateway.client(story.app.ctx, UUID(story.connected.id))
        assert await create_webhooks(story.app.ctx, http, UUID(story.connected.id), story.connected.hook_url) == ()
        assert [(one["event"], one["url"]) for one in story.lever.hooks] == [
            (event, story.connected.hook_url) for event in EVENTS
        ]
        for event in EVENTS:
            signed = story.lever.delivery(event, secret=f"token-of-{event}")
            assert (await story.deliver(signed)).status_code == 200
        # What was known before is not forgotten.
        await story.reject()
        assert await story.standing() == ("waiting", None)


async def test_tokens_of_those_made_before_trouble_are_kept(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        story.lever.busy_after = 3
        http = story.gateway.client(story.app.ctx, UUID(story.connected.id))
        with pytest.raises(Busy):
            await create_webhooks(story.app.ctx, http, UUID(story.connected.id), story.connected.hook_url)
        await story.deliver(story.lever.delivery("candidateHired", {}))
        statuses = [
            (await story.deliver(story.lever.delivery(event, secret=f"token-of-{event}"))).status_code
            for event in EVENTS
        ]
        assert statuses == [200] * 3 + [401] * 4
