"""Routes of the inbound log: subject and outcome of each message, and replay."""

from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.ats.ashby.fake import APPLICATION
from tests.ats.ashby.story import Story, a_story
from tests.faults import storage
from tests.support.app import Running, an_app, dump, follow
from tests.support.ats import Connected, a_connection, an_interview, as_operator, interviewer, put_application
from tests.support.neutral_ats import a_snapshot, acme, an_event

KATE = "kate@acme.example"


async def log(app: Running, connected: Connected) -> list[dict[str, Any]]:
    answer = await app.client.get(f"/v1/connections/{connected.id}/deliveries", headers=as_operator(app))
    assert answer.status_code == 200, answer.text
    return [{name: one[name] for name in one if name != "id"} for one in answer.json()["data"]]


def logged(day: str, outcome: str, kind: str = "application.snapshot", about: str | None = "265293") -> dict[str, Any]:
    return {"event_type": kind, "application_remote_id": about, "outcome": outcome, "received_on": day}


async def test_log_has_last_snapshot_of_application(database_url: str, tmp_path: Path) -> None:
    async with an_app(database_url, tmp_path) as app:
        connected = await a_connection(app)
        assert (await put_application(app, connected)).status_code == 201
        assert await log(app, connected) == [logged("2026-11-20", "accepted")]
        app.clock.advance(days=1)
        for _ in range(2):
            # A repeated snapshot is never refused and adds no row.
            assert (await put_application(app, connected)).status_code == 200
        assert await log(app, connected) == [logged("2026-11-21", "duplicate")]
        stale = {"status": "ACTIVE", "remote_updated_at": "2026-11-01T12:00:00Z"}
        assert (await put_application(app, connected, application=stale)).json()["code"] == "stale_update"
        (one,) = await log(app, connected)
        assert one["outcome"] == "stale"


async def test_log_has_last_snapshot_of_interview(sqlite_url: str, tmp_path: Path) -> None:
    async with an_app(sqlite_url, tmp_path) as app:
        connected = await a_connection(app)
        body = {"application_remote_id": "265293", **an_interview("1", interviewer(KATE))}
        for remote_id in ("1", "2", "1"):
            body["remote_id"] = remote_id
            answer = await app.client.put(f"/v1/ats/interviews/{remote_id}", json=body, headers=connected.headers)
            assert answer.status_code == 200, answer.text
        found = await log(app, connected)
        assert {(one["event_type"], one["application_remote_id"]) for one in found} == {
            ("interview.snapshot", "265293")
        }
        assert len(found) == 2


async def test_log_names_no_erased_application_and_stores_no_body(sqlite_url: str, tmp_path: Path) -> None:
    async with an_app(sqlite_url, tmp_path) as app:
        connected = await a_connection(app)
        await put_application(app, connected)
        assert "hedda" not in repr((await storage.dump(sqlite_url))["ats_inbound"]).lower()
        erasure = "/v1/ats/candidates/265788/erasure"
        assert (await app.client.post(erasure, json={}, headers=connected.headers)).status_code == 202
        assert [one["application_remote_id"] for one in await log(app, connected)] == [None]
        assert (await put_application(app, connected)).status_code == 410
        assert await log(app, connected) == [logged("2026-11-20", "erased", about=None)]
        await follow(app)
        assert "265293" not in repr(await storage.dump(sqlite_url))


async def test_repeated_event_adds_nothing_to_log(sqlite_url: str, tmp_path: Path) -> None:
    async with an_app(sqlite_url, tmp_path) as app:
        connected = await a_connection(app)
        event = an_event("application.snapshot 265293", "application.deleted", {"application": {"remote_id": "265293"}})
        for _ in range(2):
            answer = await app.client.post("/v1/ats/events", json=event, headers=connected.headers)
            assert answer.status_code == 202 or answer.json()["code"] == "erased", answer.text
        assert len(await log(app, connected)) == 1


@pytest.mark.parametrize("key", ["short", "k" * 200, "2f0a3c9e-6c1d-4b7e-9d55-0b6f6a1c8e42"])
async def test_idempotency_key_of_snapshot_is_accepted_and_ignored(sqlite_url: str, tmp_path: Path, key: str) -> None:
    async with an_app(sqlite_url, tmp_path) as app:
        connected = await a_connection(app)
        headers = {**connected.headers, "Idempotency-Key": key}
        put = await app.client.put(
            "/v1/ats/applications/1", json={"application": {"status": "ACTIVE"}}, headers=headers
        )
        assert put.status_code == 201, put.text
        for event_id in ("e-1", "e-2"):
            event = an_event(event_id, "application.stage_changed", {"application": {"remote_id": "1"}})
            answer = await app.client.post("/v1/ats/events", json=event, headers=headers)
            assert (answer.status_code, answer.json()["event_id"]) == (202, event_id)


async def test_inbound_messages_are_listed_in_pages_without_content(app: Running) -> None:
    made = await a_connection(app)
    for number in range(3):
        event = {
            "id": f"e{number}",
            "api_version": "1",
            "type": "application.unheard_of",
            "occurred_at": "2026-11-20T11:00:00Z",
            "data": {"candidate": {"remote_id": "265788", "first_name": "canary-5e"}},
        }
        assert (await app.client.post("/v1/ats/events", json=event, headers=made.headers)).status_code == 202
    path = f"/v1/connections/{made.id}/deliveries"
    first = await app.client.get(f"{path}?limit=2", headers=as_operator(app))
    link = first.headers["link"]
    second = await app.client.get(link[1 : link.index(">")], headers=as_operator(app))
    rows = first.json()["data"] + second.json()["data"]
    assert [len(one.json()["data"]) for one in (first, second)] == [2, 1]
    # An unknown event type may be anything, so it is not stored.
    assert [(one["event_type"], one["outcome"]) for one in rows] == [(None, "ignored")] * 3
    assert len({one["id"] for one in rows}) == 3
    assert "canary-5e" not in first.text + second.text + str(await dump(app))
    other = await a_connection(app)
    for url, status in [
        (f"{path}?cursor=x", 422),
        (f"/v1/connections/{other.id}/deliveries?cursor={first.json()['next_cursor']}", 422),
        (f"/v1/connections/{UUID(int=0, version=4)}/deliveries", 404),
    ]:
        assert (await app.client.get(url, headers=as_operator(app))).status_code == status, url
    assert (await app.client.get(path, headers=made.headers)).status_code == 401


async def story_log(story: Story, path: str) -> list[dict[str, Any]]:
    answer = await story.app.client.get(path, headers=as_operator(story.app))
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


async def test_replay_pulls_application_again(database_url: str, tmp_path: Path) -> None:
    async with a_story(database_url, tmp_path) as story:
        operator = as_operator(story.app)
        path = f"/v1/connections/{story.connected.id}/deliveries"
        story.ashby.touch()
        await story.tell()
        [message, *_] = [one for one in await story_log(story, path) if one["application_remote_id"] == APPLICATION]
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
