"""Replay of an inbound message: Debrief pulls the application again."""

from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.ats.ashby.fake import APPLICATION
from tests.ats.ashby.story import Story, a_story
from tests.ats.harness import as_operator
from tests.ats.neutral.acme import a_snapshot, acme


async def _log(story: Story, path: str) -> list[dict[str, Any]]:
    answer = await story.app.client.get(path, headers=as_operator(story.app))
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


async def test_replay_pulls_application_again(database_url: str, tmp_path: Path) -> None:
    async with a_story(database_url, tmp_path) as story:
        operator = as_operator(story.app)
        path = f"/v1/connections/{story.connected.id}/deliveries"
        story.ashby.touch()
        await story.tell()
        [message, *_] = [one for one in await _log(story, path) if one["application_remote_id"] == APPLICATION]
        # No event reports this.
        story.ashby.archive(APPLICATION, "RejectedByOrg")
        await story.look()
        assert await story.standing() == ("none", "not_rejected")
        answer = await story.app.client.post(f"{path}/{message['id']}/replay", headers=operator)
        assert (answer.status_code, answer.json()) == (202, {"application_remote_id": APPLICATION})
        await story.look()
        assert await story.standing() == ("waiting", None)
        unknown = await story.app.client.post(f"{path}/{uuid4()}/replay", headers=operator)
        assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_delivery")


async def test_replay_of_neutral_message_answers_409(sqlite_url: str, tmp_path: Path) -> None:
    async with acme(sqlite_url, tmp_path) as ats:
        await ats.put(a_snapshot())
        operator = as_operator(ats.app)
        path = f"/v1/connections/{ats.connection_id}/deliveries"
        [message] = (await ats.app.client.get(path, headers=operator)).json()["data"]
        answer = await ats.app.client.post(f"{path}/{message['id']}/replay", headers=operator)
        assert (answer.status_code, answer.json()["code"]) == (409, "nothing_to_replay")
