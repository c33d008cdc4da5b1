"""Ashby permissions: what the connection check and the webhook set-up report about a key."""

from pathlib import Path
from uuid import UUID

import pytest

from app.ats.connection_check import check
from app.ats.connection_schemas import ConnectionTested
from app.ats.webhook_setup import set_up
from app.core.errors import Conflict
from tests.ats.ashby.fake import CANARY
from tests.ats.ashby.story import Story, a_story

READING = {"candidatesRead", "interviewsRead", "jobsRead", "hiringProcessMetadataRead"}


async def tried(story: Story) -> ConnectionTested:
    return await check(story.app.ctx, UUID(story.connected.id), None, http=story.gateway.http)


def asked_of(found: ConnectionTested) -> list[tuple[str, str]]:
    return [
        (one.code, one.message) for one in found.missing if one.code in {"permission_missing", "credentials_refused"}
    ]


@pytest.mark.parametrize("shape", [0, 1, 2])
@pytest.mark.parametrize("status", [200, 403])
async def test_each_missing_permission_is_named(sqlite_url: str, tmp_path: Path, status: int, shape: int) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        story.ashby.not_permitted, story.ashby.shape = status, shape
        story.ashby.permissions = READING - {"interviewsRead", "jobsRead"}
        found = await tried(story)
        assert asked_of(found) == [
            ("permission_missing", "Our credentials may not read interviewsRead."),
            ("permission_missing", "Our credentials may not read jobsRead."),
        ]
        assert not found.too_much
        assert CANARY not in found.model_dump_json()


async def test_read_only_key_passes_connection_check(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        story.ashby.permissions = set(READING)
        assert asked_of(await tried(story)) == []


async def test_unknown_key_is_reported_as_refused(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        story.ashby.key = "another"
        assert [code for code, _ in asked_of(await tried(story))] == ["credentials_refused"]


async def test_webhook_setup_without_permission_creates_nothing(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        story.ashby.permissions = set(READING)
        with pytest.raises(Conflict) as refused:
            await set_up(story.app.ctx, UUID(story.connected.id), None, http=story.gateway.http)
        assert (refused.value.code, "apiKeysWrite" in refused.value.detail) == ("permission_missing", True)
        assert "webhook.create" not in story.ashby.asked
