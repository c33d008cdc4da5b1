"""Lever webhook set-up: each token is stored at once, even if a later webhook fails."""

from pathlib import Path
from uuid import UUID

import pytest

from app.ats.connector import Busy
from app.ats.lever.webhook import EVENTS
from app.ats.lever.webhook_setup import create_webhooks
from tests.ats.lever.story import a_story


async def test_message_is_accepted_as_soon_as_its_webhook_exists(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        http = story.gateway.client(story.app.ctx, UUID(story.connected.id))
        assert await create_webhooks(story.app.ctx, http, UUID(story.connected.id), story.connected.hook_url) == ()
        assert [(one["event"], one["url"]) for one in story.lever.hooks] == [
            (event, story.connected.hook_url) for event in EVENTS
        ]
        for event in EVENTS:
            signed = story.lever.delivery(event, secret=f"token-of-{event}")
            assert (await story.deliver(signed)).status_code == 200
        # Earlier tokens are still stored.
        await story.reject()
        assert await story.standing() == ("waiting", None)


async def test_tokens_created_before_an_error_are_stored(sqlite_url: str, tmp_path: Path) -> None:
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
