"""Greenhouse deliveries: repeated, late, reordered, shortened, forged, or lost."""

import json
import random
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from app.ats.http_client import Budget, HttpAtsClient
from app.ats.sync import reconcile
from tests.ats.greenhouse.fake import BEN, SECRET, signed
from tests.ats.greenhouse.sending import Message, Webhook
from tests.ats.greenhouse.story import Story, a_story
from tests.support.ats import as_operator

_PING = {"event": "Candidate or Prospect rejected"}


def a_webhook(story: Story, *, down: int = 0) -> Webhook:
    """Return a webhook of Acme's whose first `down` messages after the ping get no response."""
    left = down

    async def post(headers: dict[str, str], body: bytes) -> tuple[int, bytes] | None:
        nonlocal left
        if json.loads(body)["action"] != "ping" and left > 0:
            left -= 1
            return None
        answer = await story.deliver(headers, body)
        return answer.status_code, answer.content

    return Webhook(story.app.clock, post)


@pytest.mark.parametrize("down", [0, 1, 6])
async def test_delivery_is_retried_until_service_is_up(sqlite_url: str, tmp_path: Path, down: int) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        webhook = a_webhook(story, down=down)
        assert await webhook.make(story.greenhouse.webhook("ping", _PING))
        story.greenhouse.reject()
        rejected = story.app.clock.at
        assert await webhook.send(story.greenhouse.webhook("reject_candidate")) == down + 1
        await story.look()
        # A late delivery does not extend the hold, which began with the rejection.
        story.app.clock.at = rejected
        await story.go_on(hours=71)
        assert not story.mailbox.sent
        await story.go_on(hours=2)
        assert story.mailbox.receivers == [BEN]


async def test_message_lost_in_long_outage_is_found_by_nightly_pull(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        webhook = a_webhook(story, down=7)
        assert await webhook.make(story.greenhouse.webhook("ping", _PING))
        story.greenhouse.reject()
        assert await webhook.send(story.greenhouse.webhook("reject_candidate")) == 0
        await reconcile(story.app.ctx, story.gateway)
        await story.look()
        assert await story.standing() == ("waiting", None)


async def test_ping_before_secret_is_stored_is_answered(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        headers, body = story.greenhouse.webhook("ping", _PING)
        answer = await story.app.client.post(story.connected.hook_url, content=body, headers=headers)
        assert (answer.status_code, answer.content) == (200, b"")
        assert (await story.shown())["wired"] == {}
        await story.tell("ping", _PING)
        answer = await story.app.client.post(story.connected.hook_url, content=body, headers=headers)
        assert answer.status_code == 401


async def test_each_event_that_arrived_is_listed_under_wired(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await story.tell("ping", _PING)
        await story.tell("ping", {"event": "Candidate deleted"})
        await story.tell("candidate_stage_change")
        assert set((await story.shown())["wired"]) == {
            "Candidate or Prospect rejected",
            "Candidate deleted",
            "candidate_stage_change",
        }


async def test_repeated_delivery_changes_nothing(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        story.greenhouse.reject()
        message = story.greenhouse.webhook("reject_candidate")
        for _ in range(3):
            assert (await story.deliver(*message)).status_code == 200
        await story.look()
        await story.go_on(hours=73)
        asked = len(story.greenhouse.asked)
        assert (await story.deliver(*message)).status_code == 200
        await story.look()
        await story.go_on(hours=73)
        assert story.mailbox.receivers == [BEN]
        # A repetition causes no pull.
        assert len(story.greenhouse.asked) == asked


async def test_same_fact_under_another_id_changes_nothing(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        story.greenhouse.reject()
        for _ in range(3):
            # Greenhouse does not promise that a retry has the same id.
            await story.tell("reject_candidate")
        await story.go_on(hours=73)
        await story.tell("reject_candidate")
        await story.go_on(hours=73)
        assert story.mailbox.receivers == [BEN]


async def test_same_id_with_other_body_is_another_message(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        headers, body = story.greenhouse.webhook("candidate_stage_change")
        await story.deliver(headers, body)
        story.app.clock.advance(hours=1)
        story.greenhouse.reject()
        await story.deliver(headers, story.greenhouse.webhook("reject_candidate")[1])
        assert (await story.row()).status == "rejected"


@pytest.mark.parametrize("trimmed_first", [True, False])
@pytest.mark.parametrize("later", [0, 5])
async def test_shortened_retry_takes_nothing_back(
    sqlite_url: str, tmp_path: Path, trimmed_first: bool, later: int
) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        # Without credentials, only the other message can make up for it.
        await story.change(credentials={})
        story.greenhouse.rows["jobs"][0]["confidential"] = True
        story.greenhouse.reject()
        whole = story.greenhouse.webhook("reject_candidate")
        story.app.clock.advance(minutes=later)
        payload = story.greenhouse.payload()
        candidate = {"id": payload["application"]["candidate"]["id"]}
        payload["application"] |= {"candidate": candidate, "jobs": [{"id": payload["application"]["jobs"][0]["id"]}]}
        trimmed = story.greenhouse.webhook("reject_candidate", payload)
        for message in (trimmed, whole) if trimmed_first else (whole, trimmed):
            assert (await story.deliver(*message)).status_code == 200
        await story.change(credentials={"client_id": "client-of-acme", "client_secret": "client-secret-of-acme"})
        del story.greenhouse.rows["jobs"][:], story.greenhouse.rows["candidates"][:]
        await story.look()
        assert await story.standing() == ("held", "confidential_job")


async def test_older_event_that_arrives_late_changes_nothing(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        story.greenhouse.reject()
        rejected = story.greenhouse.webhook("reject_candidate")
        story.app.clock.advance(hours=1)
        story.greenhouse.unreject()
        await story.deliver(*story.greenhouse.webhook("unreject_candidate"))
        await story.deliver(*rejected)
        assert await story.standing() == ("none", "not_rejected")
        await story.look()
        await story.go_on(hours=200)
        assert not story.mailbox.sent


@pytest.mark.parametrize("seed", range(4))
async def test_any_order_and_repetition_give_same_state(sqlite_url: str, tmp_path: Path, seed: int) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        messages: list[Message] = []
        for action in ("reject_candidate", "unreject_candidate", "candidate_stage_change", "reject_candidate"):
            story.app.clock.advance(hours=1)
            if action == "reject_candidate":
                story.greenhouse.reject()
            elif action == "unreject_candidate":
                story.greenhouse.unreject()
            messages.append(story.greenhouse.webhook(action))
        shuffled = messages * 2
        random.Random(seed).shuffle(shuffled)
        for message in shuffled:
            assert (await story.deliver(*message)).status_code == 200
        await story.look()
        assert await story.standing() == ("waiting", None)
        await story.go_on(hours=73)
        assert story.mailbox.receivers == [BEN]


async def test_bulk_rejection_stays_within_call_budget(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        for at in range(1, 21):
            story.greenhouse.add(1000 * at, 1000 * at + 5, f"bulk-{at}@example.test")
            story.greenhouse.reject(at=at)
            for _ in range(2):
                await story.deliver(*story.greenhouse.webhook("reject_candidate", at=at))
        unlimited = HttpAtsClient(story.gateway.http, story.app.clock, Budget(1000, 1.0, lambda: 0.0))
        story.gateway.clients[UUID(story.connected.id)] = unlimited
        await story.look()
        # One pull for each application, however many messages: seven lists, and once the token and the reasons.
        assert len(story.greenhouse.asked) == 20 * 7 + 2
        assert await story.standing("20000") == ("waiting", None)


async def test_unknown_event_or_code_is_accepted_and_ignored(database_url: str, tmp_path: Path) -> None:
    async with a_story(database_url, tmp_path) as story:
        for action in ("offer_created", "something new", "a" * 64):
            answer = await story.deliver(*story.greenhouse.webhook(action, {"application": {"odd": True}}))
            assert (answer.status_code, answer.content) == (200, b"")
        assert await story.found() is None
        story.greenhouse.touch(status="something new")
        story.greenhouse.rows["interviewers"][0]["response_status"] = "perhaps"
        await story.tell("candidate_stage_change")
        await story.offered()
        assert story.mailbox.receivers == [BEN]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"\xff", 400),
        (b'{"action":"ping","action":"reject_candidate","payload":{}}', 400),
        (b'{"action":"reject_candidate","payload":{"application":{"id":' + b"9" * 400 + b"}}}", 400),
        (b"[]", 400),
        (b'{"action":"' + b"a" * 65 + b'","payload":{}}', 400),
        (b'{"action":"x","payload":{"x":"' + b"x" * 2**21 + b'"}}', 413),
    ],
)
async def test_oversized_or_ambiguous_body_is_refused(
    sqlite_url: str, tmp_path: Path, body: bytes, status: int
) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        assert (await story.deliver({"Greenhouse-Event-ID": "1"}, body)).status_code == status
        assert await story.found() is None


async def test_unknown_connection_answers_404(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        headers, body = story.greenhouse.webhook("ping", _PING)
        url = story.connected.hook_url.replace(story.connected.id, str(uuid4()))
        assert (await story.app.client.post(url, content=body, headers=headers)).status_code == 404


async def test_secret_of_another_connection_is_refused(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await story.tell("ping", _PING)
        body = story.greenhouse.webhook("reject_candidate")[1]
        answer = await story.app.client.post(story.connected.hook_url, content=body, headers=signed(body))
        assert answer.status_code == 401
        assert await story.found() is None
        assert await story.notices() == ["bad_signature"]


async def test_both_secrets_are_valid_for_a_day_after_rotation(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        path = f"/v1/connections/{story.connected.id}/rotate-secret"
        answer = await story.app.client.post(path, headers=as_operator(story.app))
        body = story.greenhouse.webhook("candidate_stage_change")[1]

        async def post(secret: str) -> int:
            headers = signed(body, secret=secret)
            return (await story.app.client.post(story.connected.hook_url, content=body, headers=headers)).status_code

        old, new = story.connected.hook_secret, answer.json()["hook_secret"]
        assert [await post(secret) for secret in (old, new, SECRET)] == [200, 200, 401]
        story.app.clock.advance(hours=25)
        assert [await post(secret) for secret in (old, new)] == [401, 200]


async def test_new_credentials_replace_token_of_old_ones(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        story.greenhouse.denied = {"interviewers"}
        await story.reject()
        assert (await story.shown())["state"] == "needs_reconnect"
        story.greenhouse.denied = set()
        credentials = {"client_id": "client-of-acme", "client_secret": "client-secret-of-acme", "sub": "2"}
        await story.change(credentials=credentials)
        story.app.clock.advance(minutes=30)
        await story.look()
        # The old token would have been valid for another half hour.
        assert ((await story.shown())["state"], await story.standing()) == ("active", ("waiting", None))
