"""Greenhouse edge cases: unreject, hire, merge, deletion, odd interviewers and jobs."""

from pathlib import Path
from typing import Any

import pytest

from tests.ats.greenhouse.fake import ADA, BEN, CANDIDATE, CLEO, LIN, OMAR, THEM, UNSAID
from tests.ats.greenhouse.story import REMOTE, Story, a_story
from tests.support.ats import accept_offer


async def asked(story: Story) -> list[str]:
    """Let Ben accept. Return the people who are asked, besides the hiring manager."""
    await accept_offer(story.app, *await story.offered())
    await story.go_on()
    return sorted(one for one in story.mailbox.receivers if one not in (BEN, ADA))


async def test_unreject_after_offer_pauses_it(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await story.offered()
        story.greenhouse.unreject()
        await story.tell("unreject_candidate")
        await story.go_on(hours=1)
        assert (await story.standing())[0] == "paused"
        assert story.mailbox.receivers == [BEN]
        assert await story.notices() == ["reinstated"]


@pytest.mark.parametrize("undone", [False, True])
async def test_hire_after_rejection_ends_offer(sqlite_url: str, tmp_path: Path, undone: bool) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await story.reject()
        story.app.clock.advance(hours=1)
        story.greenhouse.touch(status="hired", rejected_at=None, rejection_reason_id=None)
        await story.tell("hire_candidate")
        assert (await story.row()).status == "hired"
        if undone:
            story.app.clock.advance(hours=1)
            story.greenhouse.unreject()
            await story.tell("unhire_candidate")
            assert (await story.row()).status == "active"
        await story.go_on(hours=200)
        assert not story.mailbox.sent


async def test_two_applications_of_candidate_get_two_offers(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        story.greenhouse.add(7000, CANDIDATE, BEN, job_id=55)
        await story.reject()
        story.greenhouse.reject(at=1)
        await story.deliver(*story.greenhouse.webhook("reject_candidate", at=1))
        await story.look()
        first, second = await story.row(), await story.row("7000")
        assert (first.job_remote_id, second.job_remote_id) == ("371417", "55")
        await story.go_on(hours=73)
        assert story.mailbox.receivers == [BEN, BEN]


async def test_merge_moves_open_request_to_remaining_candidate(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await accept_offer(story.app, *await story.offered())
        await story.tell("merge_candidate", {"person": {"id": CANDIDATE, "new_candidate_id": 77}})
        row = await story.row()
        assert (row.candidate_remote_id, row.uptake) == ("77", "accepted")


async def test_deletion_that_is_merge_is_pulled_again_after_a_day(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await story.reject()
        await story.tell("delete_candidate", {"person": {"id": CANDIDATE, "deleted_application_ids": []}})
        assert await story.standing() == ("held", "possible_merge")
        # No webhook reports the merge, but the application still exists and belongs to another candidate.
        story.greenhouse.touch(candidate_id=77)
        story.greenhouse.rows["candidates"][0]["id"] = 77
        await story.go_on(hours=25)
        await story.look()
        assert (await story.row()).candidate_remote_id == "77"
        await story.go_on(hours=73)
        assert story.mailbox.receivers == [BEN]


async def test_deletion_that_is_no_merge_erases_after_a_day(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await story.reject()
        await story.tell("delete_candidate", {"person": {"id": CANDIDATE, "deleted_application_ids": []}})
        story.greenhouse.rows["applications"].clear()
        story.app.clock.advance(hours=25)
        await story.look()
        assert await story.found() is None


@pytest.mark.parametrize(
    ("action", "payload"),
    [
        ("delete_candidate", {"person": {"id": CANDIDATE, "deleted_application_ids": [int(REMOTE)]}}),
        ("candidate_anonymized", {"candidate_id": CANDIDATE, "anonymized_fields": ["full_name"]}),
        ("delete_application", {"application": {"id": int(REMOTE), "candidate_id": CANDIDATE}}),
    ],
)
async def test_late_event_does_not_restore_erased_candidate(
    sqlite_url: str, tmp_path: Path, action: str, payload: dict[str, Any]
) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await story.offered()
        late = story.greenhouse.webhook("reject_candidate")
        await story.tell(action, payload)
        assert (await story.deliver(*late)).status_code == 200
        await story.look()
        await story.go_on(hours=100)
        assert await story.found() is None
        assert story.mailbox.receivers == [BEN]


@pytest.mark.parametrize(
    ("candidate", "job", "reason", "standing"),
    [
        pytest.param({"email_addresses": []}, {}, 1, ("none", "awaiting_contact"), id="candidate_e_mail_missing"),
        pytest.param(
            {"email_addresses": [{"value": BEN, "type": "work"}]}, {}, 1, ("held", "work_address"), id="only_work"
        ),
        pytest.param(
            {"email_addresses": [{"value": OMAR, "type": "personal"}]},
            {},
            1,
            ("held", "internal_applicant"),
            id="equals_an_interviewers",
        ),
        pytest.param({"can_email": False}, {}, 1, ("none", "no_mail_wished"), id="can_email_false"),
        pytest.param({"private": True}, {}, 1, ("held", "private_candidate"), id="private_candidate"),
        pytest.param({}, {"confidential": True}, 1, ("held", "confidential_job"), id="confidential_job"),
        pytest.param({}, {}, UNSAID, ("held", "unclear_rejection"), id="rejected_unclear"),
        pytest.param({}, {}, None, ("held", "unclear_rejection"), id="rejected_without_a_reason"),
        pytest.param({}, {}, THEM, ("none", "not_rejected"), id="they_rejected_us"),
    ],
)
async def test_reason_for_no_offer_or_held_offer(
    sqlite_url: str,
    tmp_path: Path,
    candidate: dict[str, Any],
    job: dict[str, Any],
    reason: int | None,
    standing: tuple[str, str],
) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        story.greenhouse.rows["candidates"][0].update(candidate)
        story.greenhouse.rows["jobs"][0].update(job)
        story.greenhouse.reject(reason)
        await story.tell("reject_candidate")
        assert await story.standing() == standing
        await story.go_on(hours=200)
        assert not story.mailbox.sent


@pytest.mark.parametrize(
    ("rows", "over"),
    [
        ("candidates", {"can_email": False}),
        ("candidates", {"private": True}),
        ("jobs", {"name": "A secret", "confidential": True}),
    ],
)
async def test_pull_before_offer_sees_change_without_event(
    sqlite_url: str, tmp_path: Path, rows: str, over: dict[str, Any]
) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await story.reject()
        story.greenhouse.rows[rows][0].update(over)
        await story.go_on(hours=73)
        assert not story.mailbox.sent


async def test_prospect_is_ignored_until_application(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        story.greenhouse.touch(prospect=True)
        await story.reject()
        assert await story.found() is None
        story.app.clock.advance(hours=1)
        story.greenhouse.touch(prospect=False)
        await story.tell("reject_candidate")
        assert await story.standing() == ("waiting", None)


async def test_candidate_is_not_asked_about_themselves(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        story.greenhouse.rows["users"][1]["linked_candidate_ids"] = [CANDIDATE, 1]
        assert await asked(story) == sorted([OMAR, CLEO])


async def test_interviewers_without_address_or_disabled_are_not_asked(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        story.greenhouse.rows["users"][2]["disabled"] = True
        story.greenhouse.rows["interviewers"] += [
            {"id": 11, "interview_id": 9002, "user_id": 4080, "email": OMAR.upper(), "response_status": "tentative"},
            {"id": 12, "interview_id": 9002, "user_id": None, "email": None},
            {"id": 13, "interview_id": 9002, "user_id": 4083, "email": None, "response_status": "accepted"},
            {"id": 14, "interview_id": 9002, "user_id": None, "email": "panel@acme.example"},
        ]
        assert await asked(story) == sorted([OMAR, LIN, CLEO])


async def test_interviewer_hidden_from_credentials_is_left_out(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        story.greenhouse.rows["users"].pop(0)
        assert await asked(story) == sorted([OMAR, LIN, CLEO])


@pytest.mark.parametrize("status", ["to_be_scheduled", "skipped", "to_be_sent", "sent", "received"])
async def test_interview_that_did_not_take_place_has_no_interviewers(
    sqlite_url: str, tmp_path: Path, status: str
) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        story.greenhouse.rows["interviews"][1].update(status=status, all_day_start_on=None)
        assert await asked(story) == sorted([OMAR, LIN])


@pytest.mark.parametrize("how", ["told", "vanished"])
async def test_cancelled_interview_has_no_interviewers(sqlite_url: str, tmp_path: Path, how: str) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        await story.tell("candidate_stage_change")
        if how == "told":
            await story.tell("interview_deleted", {"interview": {"id": 9002}})
        story.greenhouse.rows["interviews"].pop(1)
        assert await asked(story) == sorted([OMAR, LIN])


async def test_rejection_without_interview_gets_no_offer(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        story.greenhouse.rows["interviews"].clear()
        await story.reject()
        assert await story.standing() == ("none", "nobody_met")


@pytest.mark.parametrize("stage", ["Onsite", "2708728"])
async def test_only_applications_that_reached_stage_get_offer(sqlite_url: str, tmp_path: Path, stage: str) -> None:
    async with a_story(sqlite_url, tmp_path, stages=[stage]) as story:
        story.greenhouse.touch(stage_name="Application review", job_interview_stage_id=1)
        await story.reject()
        assert await story.standing() == ("none", "stage_not_reached")
        story.app.clock.advance(hours=1)
        story.greenhouse.touch(stage_name="Onsite", job_interview_stage_id=2708728)
        await story.tell("candidate_stage_change")
        # In the webhook format, and in that of Harvest, which has no `current_stage`.
        assert await story.standing() == ("waiting", None)


async def test_long_names_are_cut_and_invisible_characters_removed(database_url: str, tmp_path: Path) -> None:
    async with a_story(database_url, tmp_path) as story:
        story.greenhouse.rows["candidates"][0].update(first_name="B\x00e\x07n " * 30, last_name="O" * 300)
        story.greenhouse.rows["jobs"][0].update(name="\x00Technical writer " * 20)
        story.greenhouse.rows["users"][0].update(first_name="Omar\x00 " * 40)
        assert await asked(story) == sorted([OMAR, LIN, CLEO])


async def test_interviews_beyond_id_limit_take_several_requests(sqlite_url: str, tmp_path: Path) -> None:
    async with a_story(sqlite_url, tmp_path) as story:
        held = story.greenhouse.rows["interviews"][0]
        for at in range(60):
            story.greenhouse.rows["interviews"].append({**held, "id": 20_000 + at})
            user = {"id": 30_000 + at, "primary_email": f"user-{at}@acme.example", "disabled": at != 59}
            story.greenhouse.rows["users"].append(user)
            attendee = {"id": 40_000 + at, "interview_id": 20_000 + at, "user_id": 30_000 + at}
            story.greenhouse.rows["interviewers"].append(attendee)
        assert await asked(story) == sorted([OMAR, LIN, CLEO, "user-59@acme.example"])
