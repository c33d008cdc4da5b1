"""Ashby deliveries: repeated, late, reordered, forged, or lost."""

import random
from pathlib import Path
from uuid import UUID

import pytest

from app.ats.http_client import Budget, HttpAtsClient
from tests.ats.ashby.fake import BEN, SCHEDULE, signed
from tests.ats.ashby.story import BURST, a_story
from tests.support.ats import accept_offer


async def test_repeated_delivery_changes_nothing(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        story.ashby.archive()
        bodies = story.ashby.burst(*BURST)
        await story.deliver(*bodies, *bodies, bodies[0])
        await story.look()
        await story.go_on(hours=73)
        asked = len(story.ashby.asked)
        await story.deliver(*bodies)
        await story.look()
        await story.go_on(hours=73)
        assert story.mailbox.receivers == [BEN]
        # A repetition causes no pull.
        assert len(story.ashby.asked) == asked


async def test_same_fact_under_another_id_changes_nothing(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        story.ashby.archive()
        await story.tell(*BURST)
        await story.tell(*BURST)
        await story.go_on(hours=73)
        assert story.mailbox.receivers == [BEN]


async def test_events_of_one_action_share_id_and_all_count(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        story.ashby.touch(status="Hired")
        await story.tell("candidateStageChange", "applicationUpdate", "candidateHire")
        assert {"candidateStageChange", "applicationUpdate", "candidateHire"} <= set(
            (await story.asked_by_operator())["wired"]
        )


async def test_same_id_with_other_body_is_another_message(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        application = story.ashby.applications["app-1"]
        await story.deliver(story.ashby.message("candidateStageChange", {"application": application}, "one"))
        story.app.clock.advance(hours=1)
        story.ashby.archive()
        application = story.ashby.applications["app-1"]
        await story.deliver(story.ashby.message("candidateStageChange", {"application": application}, "one"))
        row = await story.row()
        assert row is not None
        assert row.status == "rejected"
        await story.look()
        assert await story.standing() == ("waiting", None)


async def test_older_event_that_arrives_late_changes_nothing(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        story.ashby.archive()
        rejected = story.ashby.burst(*BURST)
        story.app.clock.advance(hours=1)
        story.ashby.unarchive()
        taken_back = story.ashby.burst(*BURST)
        await story.deliver(*taken_back)
        await story.deliver(*rejected)
        assert await story.standing() == ("none", "not_rejected")
        await story.look()
        await story.go_on(hours=200)
        assert not story.mailbox.sent


@pytest.mark.parametrize("seed", range(4))
async def test_any_order_and_repetition_give_same_state(sqlite_url: str, tmp_path: Path, seed: int) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        bodies: list[bytes] = []
        for deed in (story.ashby.archive, story.ashby.unarchive, story.ashby.archive):
            story.app.clock.advance(hours=1)
            deed()
            bodies += story.ashby.burst(*BURST)
        shuffled = bodies * 2
        random.Random(seed).shuffle(shuffled)
        for body in shuffled:
            await story.deliver(body)
        await story.look()
        assert await story.standing() == ("waiting", None)
        await story.go_on(hours=73)
        assert story.mailbox.receivers == [BEN]


async def test_bulk_rejection_stays_within_call_budget(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        names = [f"bulk-{at}" for at in range(25)]
        for name in names:
            story.ashby.add(name, candidate=name, email=f"{name}@example.test")
            story.ashby.schedule(f"s-{name}", name)
            story.ashby.archive(name)
            await story.deliver(*story.ashby.burst(*BURST, remote_id=name))
        asked = len(story.ashby.asked)
        of_its_own = HttpAtsClient(story.gateway.http, story.app.clock, Budget(1000, 1.0, lambda: 0.0))
        story.gateway.clients[UUID(story.connected.id)] = of_its_own
        await story.look()
        # One pull for each application, however many events, with at most four calls.
        assert len(story.ashby.asked) - asked <= 4 * len(names)
        assert await story.standing(names[-1]) == ("waiting", None)


async def test_unknown_event_is_ignored_and_unknown_status_holds_the_offer(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await story.deliver(story.ashby.message("somethingNew", {"application": {"odd": True}}))
        assert await story.row() is None
        story.ashby.schedule(status="Invented")
        told = {"interviewSchedule": story.ashby.schedules[SCHEDULE]}
        await story.deliver(story.ashby.message("interviewScheduleUpdate", told))
        await story.look()
        assert (await story.dossier()).interviews[0].status == "unclear"
        await story.reject()
        assert await story.standing() == ("held", "unclear_interview")


async def test_both_secrets_are_valid_for_a_day_after_rotation(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        path = f"/v1/connections/{story.connected.id}/rotate-secret"
        operator = {"Authorization": f"Bearer {story.app.settings.operator_key.get_secret_value()}"}
        answer = await story.app.client.post(path, headers=operator)
        assert answer.status_code == 200, answer.text
        body = story.ashby.message("ping", {"webhookActionType": "applicationUpdate"})
        for secret in (story.connected.hook_secret, answer.json()["hook_secret"]):
            assert await story.post(story.connected.hook_url, signed(body, secret), body) == 200
        story.app.clock.advance(hours=25)
        assert await story.post(story.connected.hook_url, signed(body, story.connected.hook_secret), body) == 401


async def test_revoked_credentials_require_reconnect(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        story.ashby.key = "another"
        await story.reject()
        await story.tell()
        assert (await story.asked_by_operator())["state"] == "needs_reconnect"
        assert list(await story.notices()).count("needs_reconnect") == 1
        await story.go_on(hours=73)
        assert not story.mailbox.sent
        asked = len(story.ashby.asked)
        await story.look()
        assert len(story.ashby.asked) == asked
        await story.change(credentials={"api_key": "another"})
        await story.look()
        await story.go_on(hours=1)
        assert story.mailbox.receivers == [BEN]


async def test_retry_after_is_respected(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        story.ashby.busy = 3
        await story.reject()
        assert len(story.ashby.asked) == 1
        for _ in range(8):
            story.app.clock.advance(minutes=5)
            await story.look()
        assert (await story.met()) != []
        assert len(story.ashby.asked) <= 8


async def test_nightly_pull_finds_lost_events(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        story.ashby.page = 1
        await story.deliver(story.ashby.message("ping", {"webhookActionType": "applicationUpdate"}))
        story.ashby.add("app-2")
        story.ashby.archive()
        await story.catch_up()
        assert await story.standing() == ("waiting", None)
        assert await story.row("app-2") is None
        lists = story.ashby.asked.count("application.list")
        story.app.clock.advance(hours=5)
        await story.catch_up()
        assert story.ashby.asked.count("application.list") == lists


async def test_missing_application_is_erased_after_a_day(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await story.reject()
        kept = story.ashby.applications.pop("app-1")
        for hours in (0, 11, 12.5):
            # The first pull is at noon, the second on the same day, the third on the next; none is a day later.
            story.app.clock.advance(hours=hours)
            await story.deliver(story.ashby.message("candidateStageChange", {"application": kept}))
            await story.look()
            assert await story.standing() == ("held", "possible_merge")
        story.app.clock.advance(hours=1)
        await story.look()
        assert await story.row() is None


async def test_application_that_reappears_continues(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        offer_id, code = await story.offered()
        await accept_offer(story.app, offer_id, code)
        kept = story.ashby.applications.pop("app-1")
        await story.deliver(story.ashby.message("candidateStageChange", {"application": kept}))
        await story.look()
        assert await story.standing() == ("paused", "possible_merge")
        story.ashby.applications["app-1"] = kept
        story.app.clock.advance(hours=25)
        await story.look()
        assert await story.standing() == ("accepted", None)


async def test_bad_signature_answers_401_and_is_noticed_once_a_day(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        body = story.ashby.message("applicationUpdate", {"application": story.ashby.applications["app-1"]})
        assert await story.ashby.deliver(story.post, story.connected.hook_url, body, "not the secret") == [401]
        await story.ashby.deliver(story.post, story.connected.hook_url, body, "nor this")
        assert list(await story.notices()).count("bad_signature") == 1
        assert await story.row() is None


async def test_first_ping_may_precede_stored_secret(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        ping = story.ashby.message("ping", {"webhookActionType": "applicationUpdate"})
        assert await story.post(story.connected.hook_url, signed(ping, "not stored yet"), ping) == 200
        assert (await story.asked_by_operator())["state"] == "pending_setup"
        assert (await story.asked_by_operator())["wired"] == {}
        await story.deliver(ping)
        # From now on every message needs a valid signature.
        assert await story.post(story.connected.hook_url, signed(ping, "not stored yet"), ping) == 401
