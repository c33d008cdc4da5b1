"""Lever edge cases: repetitions, forgeries, merges, deletions, odd records and credentials."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.ats.lever.fake import BEN, HIRED, LIN, ODD, OMAR, OPPORTUNITY, POSTING, UNDERQUALIFIED, WITHDREW
from tests.ats.lever.story import CREDENTIALS, Story, a_story
from tests.delivery.post import text_of
from tests.support.ats import accept_offer, read_offer, round_link


async def offered(story: Story) -> tuple[str, str]:
    """Reject Ben and make his offer. Return its id and code."""
    await story.reject()
    await story.go_on(hours=73)
    return read_offer(text_of(story.mailbox.to(BEN)[-1]))


async def test_repeated_delivery_changes_nothing(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        story.lever.archive()
        body = story.lever.delivery()
        assert [(await story.deliver(body)).status_code for _ in range(3)] == [200] * 3
        await story.look()
        await story.go_on(hours=73)
        assert (await story.deliver(body)).status_code == 200
        await story.look()
        await story.go_on(hours=73)
        assert story.mailbox.receivers == [BEN]


async def test_replayed_token_with_other_data_changes_nothing(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        story.lever.add("o-other", posting="p-other")
        body = json.loads(story.lever.delivery())
        assert (await story.deliver(json.dumps(body).encode())).status_code == 200
        await story.look()
        asked = len(story.lever.asked)
        for event, about in (("candidateArchiveChange", "o-other"), ("candidateDeleted", OPPORTUNITY)):
            replayed = json.dumps({**body, "event": event, "data": {"opportunityId": about}}).encode()
            assert (await story.deliver(replayed)).status_code == 200
        await story.look()
        assert len(story.lever.asked) == asked
        assert await story.row("o-other") is None
        assert await story.row() is not None


async def test_old_event_only_causes_pull(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        story.lever.archive()
        old = story.lever.delivery()
        story.lever.unarchive()
        story.app.clock.advance(hours=30)
        assert (await story.deliver(old)).status_code == 200
        await story.look()
        assert await story.standing() == ("none", "not_rejected")


async def test_unreject_within_hold_leaves_no_trace(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await story.reject()
        story.app.clock.advance(hours=1)
        # Lever sends no event for it: the pull before the offer sees the change.
        story.lever.unarchive()
        await story.go_on(hours=73)
        assert await story.standing() == ("none", "not_rejected")
        assert not story.mailbox.sent


async def test_unreject_after_offer_pauses_it(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await offered(story)
        story.lever.unarchive()
        await story.tell()
        assert (await story.standing())[0] == "paused"
        assert await story.notices() != []
        await story.go_on(hours=1)
        assert story.mailbox.receivers == [BEN]


async def test_hire_after_rejection_ends_offer(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await offered(story)
        story.lever.archive(HIRED)
        await story.tell("candidateHired")
        assert (await story.standing())[0] == "withdrawn"


async def test_two_applications_of_candidate_get_two_offers(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        story.lever.add("o-other", posting="p-other")
        story.lever.panels["o-other"] = [
            story.lever.a_panel("i-other", interviewers=[{"id": "u-lin", "name": "Lin Mei", "email": LIN}])
        ]
        await story.reject()
        await story.tell(remote_id="o-other")
        assert await story.standing() == ("waiting", None)
        assert await story.standing("o-other") == ("none", "not_rejected")
        (met,) = (await story.dossier("o-other")).interviews
        assert [one.email for one in met.interviewers] == [LIN]


async def test_merge_changes_contact_of_candidate(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await story.reject()
        story.app.clock.advance(hours=1)
        story.lever.opportunities[OPPORTUNITY]["contact"] = "c-winner"
        await story.tell("candidateStageChange")
        row = await story.row()
        assert row is not None
        assert (row.candidate_remote_id, row.offer) == ("c-winner", "waiting")


@pytest.mark.parametrize("how", ["deleted", "anonymised"])
async def test_late_event_does_not_restore_erased_candidate(sqlite_url: str, tmp_path: Path, how: str) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await story.reject()
        if how == "deleted":
            story.lever.delete()
            await story.tell("candidateDeleted")
        else:
            story.lever.opportunities[OPPORTUNITY]["isAnonymized"] = True
            await story.tell("candidateStageChange")
        # Suspended for a day: no mail goes out, and nothing is lost if it was a mistake.
        await story.go_on(hours=23)
        assert not story.mailbox.sent
        story.app.clock.advance(hours=26)
        await story.look()
        row = await story.row()
        assert row is None or not row.dossier
        # A late event does not restore it, not even if Lever shows it again.
        story.lever.add()
        story.lever.archive()
        await story.tell()
        await story.go_on(hours=80)
        row = await story.row()
        assert row is None or not row.dossier
        assert not story.mailbox.sent


async def test_interviewer_removed_from_panel_is_removed_from_facts(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        both = story.lever.panels[OPPORTUNITY]
        offer_id, code = await offered(story)
        await accept_offer(story.app, offer_id, code)
        await story.go_on()
        assert round_link(story.mailbox, OMAR)
        both[0]["interviews"][0]["interviewers"].pop(1)
        await story.tell("interviewUpdated")
        (met,) = (await story.dossier()).interviews
        assert [one.email for one in met.interviewers] == [OMAR]


STANDING: list[tuple[str, Any, tuple[str, str | None]]] = [
    ("candidate_email_missing", lambda lever: lever.add(emails=[]), ("none", "awaiting_contact")),
    ("work_address", lambda lever: lever.add(emails=["ben@acme.example"]), ("held", "work_address")),
    ("several_addresses", lambda lever: lever.add(emails=[BEN, "ben@acme.example"]), ("waiting", None)),
    ("internal_applicant", lambda lever: lever.add(emails=[OMAR]), ("held", "internal_applicant")),
    ("origin_internal", lambda lever: lever.add(origin="internal"), ("held", "internal_applicant")),
    ("origin_unknown", lambda lever: lever.add(origin="somewhere"), ("waiting", None)),
    ("no_interviews", lambda lever: lever.panels.update({OPPORTUNITY: []}), ("none", "nobody_met")),
    ("private_candidate", lambda lever: lever.add(confidentiality="confidential"), ("held", "private_candidate")),
    (
        "confidential_job",
        lambda lever: lever.things["postings"][POSTING].update(confidentiality="confidential"),
        ("held", "confidential_job"),
    ),
    ("lead", lambda lever: lever.add(stage="lead-new"), ("none", "prospect")),
    ("sourced", lambda lever: lever.applications.update({OPPORTUNITY: []}), ("none", "prospect")),
]


@pytest.mark.parametrize(("change", "standing"), [case[1:] for case in STANDING], ids=[case[0] for case in STANDING])
async def test_reason_for_no_offer_or_held_offer(
    sqlite_url: str, tmp_path: Path, change: Any, standing: tuple[str, str | None]
) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        change(story.lever)
        await story.reject()
        assert await story.standing() == standing


@pytest.mark.parametrize(
    ("reason", "standing"),
    [(ODD, ("held", "unclear_rejection")), (WITHDREW, ("none", "not_rejected")), (UNDERQUALIFIED, ("waiting", None))],
)
async def test_archive_reason_decides_offer(
    sqlite_url: str, tmp_path: Path, reason: str, standing: tuple[str, str | None]
) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await story.reject(reason)
        assert await story.standing() == standing
        # A reason that is classified later counts at the next pull.
        await story.change(credentials={**CREDENTIALS, "rejected_reasons": reason, "withdrew_reasons": "none"})
        story.app.clock.advance(minutes=1)
        await story.tell()
        assert await story.standing() == ("waiting", None)


async def test_bulk_rejection_stays_within_call_budget(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        for index in range(10):
            story.lever.add(f"o-{index}", emails=[f"ben{index}@example.test"], contact=f"c-{index}")
            story.lever.archive(remote_id=f"o-{index}")
            body = story.lever.delivery(data={"opportunityId": f"o-{index}"})
            assert (await story.deliver(body)).status_code == 200
        assert not story.lever.asked
        await story.look()
        assert {(await story.standing(f"o-{index}"))[0] for index in range(10)} == {"waiting"}
        assert len([path for path in story.lever.asked if path.startswith("users/")]) == 3


async def test_unknown_event_is_ignored(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await story.tell("candidateOwnerChange")
        assert await story.row() is None
        assert not story.lever.asked


async def test_verify_connection_is_answered_and_stores_nothing(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        for event in ("candidateHired", "candidateArchiveChange"):
            answer = await story.deliver(story.lever.delivery(event, {}))
            assert (answer.status_code, answer.content) == (200, b"{}")
        await story.look()
        assert not story.lever.asked
        assert set((await story.shown())["wired"]) == {"candidateHired", "candidateArchiveChange"}


async def test_token_of_each_webhook_is_accepted(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await story.change(credentials={**CREDENTIALS, "signature_tokens": "token-one token-two"})
        for secret, status in (("token-one", 200), ("token-two", 200), ("token-three", 401)):
            assert (await story.deliver(story.lever.delivery(secret=secret))).status_code == status


@pytest.mark.parametrize(
    ("body", "content_type", "statuses"),
    [
        (b"{" + b" " * 2_000_000 + b"}", "application/json", {413}),
        (b"token=1", "application/x-www-form-urlencoded", {415}),
        (b'{"token":"\xff"}', "application/json", {400, 401}),
        (b'{"token":"a","token":"b"}', "application/json", {400, 401}),
        (b'{"triggeredAt":1' + b"0" * 300 + b"}", "application/json", {400, 401}),
    ],
)
async def test_oversized_or_ambiguous_body_is_refused(
    sqlite_url: str, tmp_path: Path, body: bytes, content_type: str, statuses: set[int]
) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await story.deliver(story.lever.delivery("candidateHired", {}))
        assert (await story.deliver(body, content_type)).status_code in statuses


async def test_unknown_connection_answers_404(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        unknown = story.connected.hook_url.replace(story.connected.id, str(uuid4()))
        headers = {"Content-Type": "application/json"}
        answer = await story.app.client.post(unknown, content=story.lever.delivery(), headers=headers)
        assert answer.status_code == 404


async def test_secret_of_another_connection_is_refused(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await story.deliver(story.lever.delivery("candidateHired", {}))
        answer = await story.deliver(story.lever.delivery(secret="of-another-tenant"))
        assert answer.status_code == 401
        assert await story.notices() == ["bad_signature"]
        await story.look()
        assert not story.lever.asked


async def test_revoked_credentials_require_reconnect(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await story.deliver(story.lever.delivery("candidateHired", {}))
        story.lever.key = "another"
        await story.reject()
        assert (await story.shown())["state"] == "needs_reconnect"
        await story.tell("candidateStageChange")
        assert await story.row() is None
        await story.change(credentials={**CREDENTIALS, "api_key": "another"})
        await story.look()
        assert await story.standing() == ("waiting", None)


async def test_retry_after_is_respected(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        story.lever.busy = 3
        await story.reject()
        assert await story.row() is None
        for _ in range(4):
            story.app.clock.advance(hours=1)
            await story.look()
        assert await story.standing() == ("waiting", None)
