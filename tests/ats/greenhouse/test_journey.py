"""Greenhouse journey: from a rejection to released feedback, over HTTP and with real mail."""

from pathlib import Path
from uuid import UUID

import pytest

from app.applications.queries import find_row
from app.ats.connection_check import check
from app.ats.sync import reconcile
from tests.ats.greenhouse.fake import BEN, CANARY, CANDIDATE, CLEO, CLIENT, CLIENT_SECRET, LIN, OMAR, THEM
from tests.ats.greenhouse.story import REMOTE, Story, a_story
from tests.delivery.post import text_of
from tests.faults import storage
from tests.support.app import as_candidate, send, tick
from tests.support.ats import accept_offer, as_operator, read_offer, round_link
from tests.vocabulary.builders import a_sealed_answer


async def seen(story: Story) -> list[bytes]:
    """Return all that Acme's key can fetch of Ben's application."""
    paths = (f"/v1/ats/applications/{REMOTE}/feedback-status", "/v1/ats/applications")
    return [(await story.app.client.get(path, headers=story.connected.headers)).content for path in paths]


async def test_rejection_in_greenhouse_leads_to_released_feedback(database_url: str, tmp_path: Path) -> None:
    async with a_story(database_url, tmp_path) as story:
        await story.tell("ping", {"event": "Candidate or Prospect rejected"})
        shown = await story.app.client.get(f"/v1/connections/{story.connected.id}", headers=as_operator(story.app))
        assert shown.json()["state"] == "active"
        assert "Candidate or Prospect rejected" in shown.json()["wired"]

        story.greenhouse.reject()
        await story.tell("reject_candidate")
        assert await story.standing() == ("waiting", None)
        await story.go_on(hours=71)
        assert not story.mailbox.sent
        await story.go_on(hours=2)
        assert story.mailbox.receivers == [BEN]
        before = await seen(story)

        offer_id, code = read_offer(text_of(story.mailbox.to(BEN)[0]))
        accepted = await accept_offer(story.app, offer_id, code)
        await story.go_on()
        assert {OMAR, LIN, CLEO} < set(story.mailbox.receivers)
        assert "dan@acme.example" not in story.mailbox.receivers
        for address in (OMAR, LIN, CLEO):
            round_id, own = round_link(story.mailbox, address)
            assert (await send(story.app.client, round_id, own, a_sealed_answer())).status_code == 201
            assert await seen(story) == before
        await tick(story.app, days=9)
        path = f"/v1/feedback-requests/{accepted['id']}/feedback"
        feedback = await story.app.client.get(path, headers=as_candidate(accepted))
        assert len(feedback.json()["rounds"][0]["answers"]) == 3
        told = b"".join(await seen(story)).lower()
        assert await seen(story) == before
        for name in ("omar", "lin mei", "cleo", "ben ode", "@"):
            assert name.encode() not in told


async def test_unreject_within_hold_leaves_no_trace(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        story.greenhouse.reject()
        await story.tell("reject_candidate")
        rejected = story.greenhouse.webhook("reject_candidate")
        story.app.clock.advance(hours=5)
        story.greenhouse.unreject()
        await story.tell("unreject_candidate")
        # The rejection again, late: Debrief knows a newer state.
        assert (await story.deliver(*rejected)).status_code == 200
        await story.look()
        assert await story.standing() == ("none", "not_rejected")
        await story.go_on(hours=200)
        assert not story.mailbox.sent


async def test_application_is_pulled_again_before_offer(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        story.greenhouse.reject()
        await story.tell("reject_candidate")
        story.app.clock.advance(hours=72)
        # Greenhouse lost the webhook.
        story.greenhouse.unreject()
        await story.go_on(hours=2)
        assert not story.mailbox.sent
        assert await story.standing() == ("none", "not_rejected")


async def test_reason_type_they_rejected_us_is_withdrawal(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        story.greenhouse.reject(THEM)
        await story.tell("reject_candidate")
        assert (await story.standing())[0] == "none"
        assert (await story.row()).status == "withdrawn"


async def test_possible_merge_suspends_application_for_a_day(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        story.greenhouse.reject()
        await story.tell("reject_candidate")
        await story.tell("delete_candidate", {"person": {"id": CANDIDATE, "deleted_application_ids": []}})
        await story.go_on(hours=23)
        assert not story.mailbox.sent
        await story.row()
        await story.tell("merge_candidate", {"person": {"id": CANDIDATE, "new_candidate_id": 77}})
        story.greenhouse.application["candidate_id"] = 77
        story.greenhouse.rows["candidates"][0]["id"] = 77
        await story.go_on(hours=80)
        assert (await story.row()).candidate_remote_id == "77"


async def test_anonymised_candidate_is_not_restored(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        story.greenhouse.reject()
        await story.tell("reject_candidate")
        late = story.greenhouse.webhook("reject_candidate")
        await story.tell("candidate_anonymized", {"candidate_id": CANDIDATE, "anonymized_fields": ["full_name"]})
        assert (await story.deliver(*late)).status_code == 200
        await story.look()
        await story.go_on(hours=100)
        assert not story.mailbox.sent
        assert await story.app.ctx.db.read(find_row, UUID(story.connected.id), REMOTE) is None


@pytest.mark.parametrize("page", [1, 2])
async def test_all_pages_of_list_are_read(sqlite_url: str, tmp_path: Path, page: int) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        story.greenhouse.page = page
        story.greenhouse.reject()
        await story.tell("reject_candidate")
        assert await story.standing() == ("waiting", None)


async def test_retry_after_is_respected(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        story.greenhouse.reject()
        story.greenhouse.busy = 2
        await story.tell("reject_candidate")
        for _ in range(6):
            story.app.clock.advance(minutes=10)
            await story.look()
        assert await story.standing() == ("waiting", None)


async def test_revoked_credentials_require_reconnect(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        story.greenhouse.client_secret = "another"
        story.greenhouse.reject()
        await story.tell("reject_candidate")
        path = f"/v1/connections/{story.connected.id}"
        shown = await story.app.client.get(path, headers=as_operator(story.app))
        assert shown.json()["state"] == "needs_reconnect"
        # Webhooks are still accepted, and nothing is lost.
        assert (await story.deliver(*story.greenhouse.webhook("reject_candidate"))).status_code == 200
        body = {"credentials": {"client_id": CLIENT, "client_secret": "another"}}
        await story.app.client.patch(path, json=body, headers=as_operator(story.app))
        story.app.clock.advance(hours=2)
        await story.look()
        assert await story.standing() == ("waiting", None)


async def test_connection_check_probes_greenhouse_permissions(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        story.greenhouse.denied = {"interviewers"}
        story.greenhouse.rows["scorecards"] = []
        found = await check(story.app.ctx, UUID(story.connected.id), None, http=story.gateway.http)
        missing = {(one.code, "interviewers" in one.message) for one in found.missing}
        assert ("permission_missing", True) in missing
        assert [(one.code, "scorecards" in one.message) for one in found.too_much] == [("permission_too_much", True)]
        assert CANARY not in found.model_dump_json()


async def test_connection_check_reports_refused_credentials(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        story.greenhouse.client_secret = "another"
        found = await check(story.app.ctx, UUID(story.connected.id), None, http=story.gateway.http)
        assert "credentials_refused" in {one.code for one in found.missing}


async def test_webhook_setup_for_greenhouse_answers_409(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        path = f"/v1/connections/{story.connected.id}/webhooks"
        refused = await story.app.client.post(path, headers=as_operator(story.app))
        assert (refused.status_code, refused.json()["code"]) == (409, "set_up_by_hand")


async def test_nightly_pull_finds_lost_rejection(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await story.tell("ping", {"event": "Candidate or Prospect rejected"})
        story.greenhouse.add(7000, 7005, "dan@example.test")
        story.greenhouse.reject()
        story.app.clock.advance(hours=23)
        await reconcile(story.app.ctx, story.gateway)
        await story.look()
        assert await story.standing() == ("waiting", None)
        # Of all the changes of a day, only rejections need a pull.
        assert await story.found("7000") is None


async def test_token_that_expired_early_is_renewed_once(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await story.tell("candidate_stage_change")
        story.greenhouse._tokens.clear()
        story.greenhouse.reject()
        await story.tell("reject_candidate")
        assert await story.standing() == ("waiting", None)
        assert (await story.shown())["state"] == "active"


async def test_bodies_and_forbidden_fields_are_stored_nowhere(
    sqlite_url: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        story.greenhouse.reject()
        await story.tell("reject_candidate")
        await story.go_on(hours=73)
        assert story.mailbox.receivers == [BEN]
        kept = repr(await storage.dump(sqlite_url)).encode()
        kept += b"".join(storage.files_below(tmp_path).values())
        kept += b"".join(message.as_bytes() for _, message in story.mailbox.sent)
        kept += "".join(capfd.readouterr()).encode()
        assert CANARY.encode() not in kept
        assert CLIENT_SECRET.encode() not in kept
